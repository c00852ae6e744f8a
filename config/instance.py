"""Owns one running instance: prepared, started, watched, and stopped in order."""

import os
import signal
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, close_old_connections

from config import programs, startup, staticfiles, valkey
from config.programs import Program
from config.supervisor import POLL_SECONDS, Say, Supervisor, last_lines
from processing import runs

READY_SECONDS = 180.0
# The addresses that mean this machine, or all of its own.
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1", "0.0.0.0", "::"})  # noqa: S104


@dataclass
class Instance:
    """What `manage.py up` runs. `say` gets one short line an event; the programs' own words go to the logs."""

    home: Path
    host: str
    port: int
    workers: int
    links: bool
    say: Say
    stop_requests: int = field(default=0, init=False)

    def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP. Raises CannotStart or ValkeyError when something is missing."""
        with startup.only_instance(self.home):
            startup.check_port(self.host, self.port)
            startup.check_models()
            for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(sign, self.request_stop)
            self.run_alone()

    def run_alone(self) -> None:
        supervisor = Supervisor(self.programs(), self.logs, self.say, self.take_back)
        try:
            supervisor.tick(programs.QUEUE_STAGE)
            self.prepare(supervisor)
            self.wait_for_page(supervisor)
            while not self.stop_requests:
                supervisor.tick()
                time.sleep(POLL_SECONDS)
        finally:
            self.say("stopping: jobs in work are finished first; Ctrl-C again kills them")
            supervisor.stop(self.in_a_hurry)
            self.say("stopped")

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    def programs(self) -> list[Program]:
        """All programs of the instance; the embedded queue unless REDIS_URL names one."""
        queue = []
        if not os.environ.get("REDIS_URL"):
            startup.end_leftover_queue(self.home)
            queue.append(programs.queue_server(self.home))
        site = programs.web_server(self.host, self.port)
        return [*queue, site, *programs.workers(self.workers), programs.scheduler()]

    def prepare(self, supervisor: Supervisor) -> None:
        """Bring database and static files up to date while the queue's server starts."""
        startup.check_database()
        startup.check_storage()
        call_command("migrate", verbosity=0, interactive=False)
        staticfiles.collect()
        taken = startup.take_back_from_the_dead()
        if taken:
            self.say(f"{taken} runs of workers that are gone were taken back and are queued again")
        queue = supervisor.process_of("valkey")
        if queue is not None:
            valkey.wait_until_ready(self.home, queue)
        startup.check_queue()

    def wait_for_page(self, supervisor: Supervisor) -> None:
        """Start the web server and say where to go; CannotStart with its last words if no page comes."""
        until = time.monotonic() + READY_SECONDS
        while not self.stop_requests:
            supervisor.tick(programs.WEB_STAGE)
            if self.is_healthy():
                self.welcome()
                return
            if time.monotonic() > until:
                raise startup.CannotStart(f"The web server does not answer.\n{last_lines(self.logs, 'web')}")
            time.sleep(POLL_SECONDS)

    def welcome(self) -> None:
        site = address(self.host, self.port)
        lines = [f"Loupe is ready: {site}/", f"Everything it keeps is in {self.home}. Ctrl-C stops it."]
        links = startup.invitations(site) if self.links else []
        if links:
            lines += ["", "To sign in, once each and within a day (more: manage.py sign_in_link NAME):"]
            lines += [f"  {name:<12}{link}" for name, link in links]
        self.say("\n".join(["", "", *lines, ""]))

    def take_back(self, program: Program, pid: int) -> None:
        """What a dead imaging worker held goes back at once; the sweep would find it when its lease is over."""
        if not program.name.startswith("imaging"):
            return
        close_old_connections()
        try:
            taken = runs.recover(runs.worker_name(pid))
        except DatabaseError as error:
            self.say(f"its runs wait for the sweep, since the database does not answer: {error}")
            return
        if taken:
            self.say(f"{program.name} had a photo in work; it was taken back and is queued again")

    def is_healthy(self) -> bool:
        """Whether the web server answers, and finds database and queue well."""
        local = "::1" if ":" in self.host else "127.0.0.1"
        host = local if self.host in LOCAL_HOSTS else self.host
        connection = HTTPConnection(host, self.port, timeout=2)
        try:
            connection.request("GET", "/health/", headers={"Host": settings.ALLOWED_HOSTS[0]})
            return connection.getresponse().status == HTTPStatus.OK
        except (HTTPException, OSError):
            return False
        finally:
            connection.close()

    def request_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_requests += 1

    def in_a_hurry(self) -> bool:
        return self.stop_requests > 1


def address(host: str, port: int) -> str:
    """Where a browser on this machine finds the site."""
    if host in LOCAL_HOSTS:
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
