"""Starts whole instances in homes of their own, for tests that kill their parts."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from django.conf import settings

START_SECONDS = 240.0
# What is set for the suite must not leak into an instance of its own.
NOT_INHERITED = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "STORAGE_URL", "PORT", "HOST")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, f"waited {seconds:.0f} s for this: {what}"
        time.sleep(0.1)


@dataclass
class Instance:
    """One instance: its home, its port, and the process of `manage.py up` while it runs."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        own = {"LOUPE_HOME": str(self.home), "LOUPE_MODELS": str(settings.MODELS_DIR), "PYTHONUNBUFFERED": "1"}
        return {**kept, **own, **self.environment}

    def manage(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run one management command to its end."""
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
        return subprocess.run(
            command, env=self.variables(), input=given, capture_output=True, text=True, timeout=300, check=False
        )

    @contextmanager
    def up(self, *words: str) -> Iterator["Instance"]:
        """Run `manage.py up` around a block; it is stopped at the end as Ctrl-C would."""
        self.home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up", "--port", str(self.port), *words]
        with (self.home / "console").open("wb") as console:
            # From a folder that is not the checkout: it may be started from anywhere.
            self.process = subprocess.Popen(
                command, cwd=self.home, env=self.variables(), stdout=console, stderr=console, start_new_session=True
            )
        try:
            wait_until(lambda: "Loupe is ready" in self.said() or self.process.poll() is not None, "a ready instance")
            assert self.process.poll() is None, self.said()
            yield self
        finally:
            self.stop()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def said(self) -> str:
        return (self.home / "console").read_text(errors="replace")

    def get(self, path: str) -> HTTPResponse:
        """The answer to one request, its body read."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request("GET", path, headers={"Host": "localhost"})
            response = connection.getresponse()
            response.read()
            return response

    def processes(self) -> dict[str, int]:
        """The ids of the instance's programs, by name, as the supervisor wrote them down."""
        lines = (self.home / "logs" / "processes").read_text().splitlines()
        return {name: int(pid) for name, pid in (line.split() for line in lines)}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the instance's SQLite database, read beside the running instance."""
        with closing(sqlite3.connect(f"file:{self.home / 'loupe.sqlite3'}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(sql).fetchall()
