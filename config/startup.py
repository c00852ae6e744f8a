"""Owns what must hold before an instance starts: one instance a home, a free port, a queue, a database, its models."""

import errno
import fcntl
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from redis import Redis
from redis.exceptions import RedisError

from catalog.people import DEMO_PEOPLE, ensure_demo_people, sign_in_link
from config import environment, valkey
from processing import runs, weights
from processing.models import Run

HIGHEST_PORT = 65_535
# Written and removed again at the start, to see whether the store takes files.
PROBE = "start-probe"


class CannotStart(Exception):
    """Something that an instance needs is not there; the message says what, and what to do."""


class IsRunning(CannotStart):
    """Another instance, or a run with workers of its own, has the home."""


@contextmanager
def only_instance(home: Path) -> Iterator[None]:
    """Hold the home's lock for as long as the instance runs; IsRunning names the process that has it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise IsRunning(
                f"Loupe is running already in {home} (process {lock.read().strip() or 'unknown'}). "
                "Stop that one, or set LOUPE_HOME to another folder for a second instance."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def only_run(home: Path, name: str) -> Iterator[None]:
    """Keep a second headless run of the same ``name`` out of the home; IsRunning where one is going on."""
    home.mkdir(parents=True, exist_ok=True)
    # One byte of the file for each name: a file for each would stay for ever.
    byte = int.from_bytes(hashlib.sha256(os.fsencode(name)).digest()[:4])
    with (home / "run.lock").open("a+") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except OSError as error:
            raise IsRunning("The same run is going on already. Wait for its end; its pictures are the same.") from error
        yield


def is_running(home: Path) -> bool:
    """Whether an instance, or a run with workers of its own, holds the home's lock now."""
    try:
        with (home / "up.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def check_port(host: str, port: int) -> None:
    """CannotStart when nobody could listen there."""
    if not 0 < port <= HIGHEST_PORT:
        raise CannotStart(f"The port is {port}, but must be a number from 1 to {HIGHEST_PORT}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As gunicorn does: a port that a stopped server has just left is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(_why_not(host, port, error)) from error


def _why_not(host: str, port: int, error: OSError) -> str:
    """What to do about an address that nobody can listen on: another port, or another host."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken by another program. Choose another one: PORT={port + 1} make run"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} of {host} is kept for the system. Choose one above 1023: PORT=8000 make run"
    return f"{host} can't be listened on ({error.strerror}): HOST must be an address of this machine, as 127.0.0.1 is."


def check_queue() -> None:
    """CannotStart when the server of REDIS_URL does not answer, or would forget jobs when its memory ends."""
    try:
        client = Redis.from_url(settings.QUEUE_URL, socket_connect_timeout=5)
        client.ping()
        client.close()
    except (RedisError, OSError, ValueError) as error:
        raise CannotStart(
            f"The queue of REDIS_URL does not answer ({error}). Start it, or unset REDIS_URL to use the embedded one."
        ) from error


def check_database() -> None:
    """CannotStart when DATABASE_URL leads nowhere, or its file is no database."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        if connection.vendor == "sqlite":
            raise CannotStart(
                f"The database {connection.settings_dict['NAME']} can't be opened ({str(error).strip()}). Put a sound "
                "copy in its place, move it away to begin anew, or correct DATABASE_URL."
            ) from error
        raise CannotStart(
            f"The database does not answer ({str(error).strip()}). Start it or correct DATABASE_URL; "
            "unset it to use SQLite."
        ) from error


def check_storage() -> None:
    """CannotStart when no file can be written to and read from the store of STORAGE_URL."""
    try:
        name = default_storage.save(PROBE, ContentFile(b"Loupe"))
        with default_storage.open(name) as file:
            file.read()
        default_storage.delete(name)
    except (OSError, BotoCoreError, ClientError) as error:
        where = environment.bare(os.environ.get("STORAGE_URL", "")) or str(settings.MEDIA_ROOT)
        raise CannotStart(
            f"Files can't be kept in {where} ({str(error).strip()}). Correct STORAGE_URL and its keys, or unset it to "
            "keep files in LOUPE_HOME."
        ) from error


def check_models() -> None:
    """CannotStart when a default model is missing or damaged."""
    try:
        for model in weights.defaults():
            weights.ready_path(model.name, settings.MODELS_DIR)
    except weights.WeightsError as error:
        raise CannotStart(f"{error}\nOr run: make setup") from error


def end_leftover_queue(home: Path) -> None:
    """Stop an embedded server whose supervisor was killed, so that two never write one append-only file."""
    if valkey.answers(home):
        client = valkey.client(home)
        try:
            client.shutdown(save=False)
        finally:
            client.close()


def take_back_from_the_dead() -> int:
    """Take back the runs of this machine's workers that are gone; returns how many."""
    here = f"{socket.gethostname()}:"
    names = Run.objects.filter(status=Run.Status.RUNNING, worker__startswith=here).values_list("worker", flat=True)
    return sum(runs.recover(name) for name in set(names) if not is_alive(name.removeprefix(here)))


def is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def demo_people() -> list[User]:
    """The demo people; they are made in a home without anybody, and never beside real accounts."""
    if not User.objects.exists():
        return ensure_demo_people()
    return list(User.objects.filter(username__in=DEMO_PEOPLE, is_active=True).order_by("pk"))


def invitations(base: str) -> list[tuple[str, str]]:
    """Name and one-time sign-in link of each demo person who has no password of their own."""
    return [(user.username, sign_in_link(user, base)) for user in demo_people() if not user.has_usable_password()]
