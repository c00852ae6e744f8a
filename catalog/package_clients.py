"""Package clients such as npm and pip: run over a scratch folder, telling how much they have fetched so far."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

POLL_SECONDS = 0.2
# What npm says of itself before it says what is wrong, and where its own log is.
BESIDE_THE_POINT = ("code ", "syscall ", "errno ", "A complete log of this run")

# bytes received so far
Progress = Callable[[int], None]


class ClientFailed(Exception):
    """A client ended with an error; the message is its own most telling line."""


class ClientMissing(ClientFailed):
    """There is no such program here; the message says so."""


def run(
    command: Sequence[str], scratch: Path, progress: Progress, environment: Mapping[str, str] | None = None
) -> None:
    """Run a client whose temporary files lie in ``scratch``, telling how many bytes are there. Raises ClientFailed."""
    temporary, log = scratch / "tmp", scratch / "client.log"
    temporary.mkdir(exist_ok=True)
    ours = {"npm_config_update_notifier": "false", "TMPDIR": str(temporary), **(environment or {})}
    with log.open("wb") as output:
        try:
            client = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **ours},
            )
        except FileNotFoundError as error:
            raise ClientMissing(f"{command[0]} is not installed") from error
        try:
            while client.poll() is None:
                progress(bytes_under(scratch))
                time.sleep(POLL_SECONDS)
        finally:
            if client.poll() is None:
                client.terminate()
                client.wait()
    if client.returncode:
        raise ClientFailed(last_words(log.read_text(errors="replace")))


def last_words(log: str) -> str:
    """The most telling line of a client's output: npm's first about the matter, another's last error, or the last."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    # npm 10.7 changed its mark.
    marks = ("npm error ", "npm ERR! ")
    npm = [line.partition(mark)[2] for line in lines for mark in marks if line.startswith(mark)]
    telling = [line for line in npm if not line.startswith(BESIDE_THE_POINT)]
    errors = [line for line in lines if "error" in line.lower()]
    return (telling[:1] or errors[-1:] or lines[-1:] or ["it failed without a word"])[0][:300].rstrip(".")


def bytes_under(folder: Path) -> int:
    """Bytes of all files below a folder that another process is writing to."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # the client has moved or removed it meanwhile
            continue
    return total
