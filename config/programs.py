"""Owns which programs make up an instance, and how each one is started."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from config import valkey

# One inference thread a process: on a machine with n cores, n such processes beat one with n threads.
LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES}
# glibc gives a block as large as a picture back to the system as soon as it is free, and the next one comes page by
# page: a twentieth of a worker's time. So blocks up to the most it allows stay while less than this lies idle; with
# four times as much a worker was quicker by another fiftieth and grew to the size of its largest photo.
KEPT_BLOCKS = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(128 << 20)}
CHECKOUT = Path(__file__).resolve().parent.parent
WEB_PROCESSES = 2
WEB_THREADS = 8


# Programs start by stage and stop in reverse: the page first, since people wait for it, then what works behind it.
QUEUE_STAGE, WEB_STAGE, LAST_STAGE = 0, 1, 2


@dataclass(frozen=True)
class Program:
    """One long-running program."""

    name: str
    command: tuple[str, ...]
    stage: int
    stop_seconds: float
    environment: Mapping[str, str] = field(default_factory=dict)


def manage(*words: str) -> tuple[str, ...]:
    """The command line of a management command of this checkout."""
    return (sys.executable, str(CHECKOUT / "manage.py"), *words)


def worker(*queues: str, kind: str) -> tuple[str, ...]:
    """The command line of a worker. What starts it has made Django's checks, which load every page."""
    return manage("rqworker", *queues, "--worker-class", f"config.workers.{kind}", "--skip-checks")


def queue_server(home: Path) -> Program:
    return Program("valkey", tuple(valkey.command(home)), QUEUE_STAGE, stop_seconds=15)


def imaging_worker(number: int) -> Program:
    """Takes intake first, then exports: both have somebody waiting; trials last. A job in work is finished before it
    stops."""
    queues = ("intake", "export", "imaging", "mockups", "trials")
    command = worker(*queues, kind="ImagingWorker")
    return Program(f"imaging-{number}", command, LAST_STAGE, stop_seconds=60, environment=ONE_THREAD | KEPT_BLOCKS)


def light_worker() -> Program:
    """Takes webhooks last: their listeners may be slow, and batches are judged here."""
    command = worker("light", "webhooks", kind="LightWorker")
    return Program("light", command, LAST_STAGE, stop_seconds=60)


def scheduler() -> Program:
    """There may be only one of it: two would queue everything twice."""
    return Program("scheduler", manage("rqcron", "config.cron"), LAST_STAGE, stop_seconds=5)


def web_server(host: str, port: int) -> Program:
    """gunicorn with threads, since uploads are slow; its control socket would be shared by all instances, so none."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", bind]
    command += ["--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS)]
    # Wherever it is started from, it finds the site's modules.
    command += ["--pythonpath", str(CHECKOUT)]
    command += [
        "--preload",
        "--no-control-socket",
        "--timeout",
        "120",
        "--graceful-timeout",
        "10",
        "--access-logfile",
        "-",
    ]
    pool = {"DB_POOL": os.environ.get("DB_POOL", "1")}
    return Program("web", tuple(command), WEB_STAGE, stop_seconds=15, environment=pool)


def workers(count: int) -> list[Program]:
    """What turns photos into outputs: `count` imaging workers and one for light jobs."""
    return [imaging_worker(number) for number in range(1, count + 1)] + [light_worker()]


def cores() -> int:
    """The cores this process may use, which a container may have limited."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def tied_to_parent() -> tuple[str, ...]:
    """Words before a command that end it with the process that started it; none where the system cannot do that."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    words = (setpriv, "--pdeathsig", "TERM")
    probe = subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if probe.returncode == 0 else ()
