"""Starts a PostgreSQL server of the tests' own, in a temporary folder, and ends it."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
# The server refuses to run as root; the first of these that exists runs it then.
OTHER_USERS = ("postgres", "nobody")


def folder_of_programs() -> Path:
    """Where initdb and postgres lie: on the path, or where Debian keeps the newest of them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    assert versions, "PostgreSQL's server is not installed; `make test` installs it, or: apt-get install postgresql"
    return versions[-1].parent


def other_user() -> dict[str, Any]:
    """What makes subprocess run as somebody else; nothing when this is not root."""
    if os.getuid() != 0:
        return {}
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = next(name for name in OTHER_USERS if name in known)
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


@contextmanager
def server() -> Iterator[str]:
    """A running server's DATABASE_URL, for the length of a block; with a password, and on this machine alone."""
    # Not below pytest's own folder: that one is closed to the other user.
    folder = Path(tempfile.mkdtemp(prefix="loupe-postgresql-"))
    process = None
    try:
        user = other_user()
        password, port = secrets.token_hex(16), free_port()
        (folder / "password").write_text(password)
        if user:
            for path in (folder, folder / "password"):
                shutil.chown(path, user["user"])
        make_cluster(folder, user)
        process = start(folder, port, user)
        wait(folder, port, process)
        yield f"postgres://loupe:{password}@127.0.0.1:{port}/postgres"
    finally:
        if process:
            # SIGINT is the server's fast shutdown: clients are cut off.
            process.send_signal(2)
            process.wait(20)
        shutil.rmtree(folder)


def make_cluster(folder: Path, user: dict[str, Any]) -> None:
    command = [str(folder_of_programs() / "initdb"), "-D", str(folder / "data"), "-U", "loupe", "--no-sync"]
    command += ["-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "-E", "UTF8", "--locale=C"]
    made = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **user)
    assert made.returncode == 0, made.stderr


def start(folder: Path, port: int, user: dict[str, Any]) -> subprocess.Popen[bytes]:
    command = [str(folder_of_programs() / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
    for setting in ("listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off"):
        command += ["-c", setting]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, cwd="/", stdout=log, stderr=log, **user)


def wait(folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + START_SECONDS
    while not (folder / f".s.PGSQL.{port}").exists():
        log = (folder / "log").read_text()
        assert process.poll() is None and time.monotonic() < limit, f"PostgreSQL does not start:\n{log}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
