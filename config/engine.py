"""Owns the queue and the workers that a headless run leans on: those that run already, or its own for the time."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import django_rq
from django.conf import settings
from django.core.management import call_command
from redis.exceptions import RedisError
from rq import Worker
from rq.worker import BaseWorker

from catalog import queueing, stages
from config import programs, startup, supervisor, valkey
from config.instance import Instance
from config.supervisor import Say
from review.jobs import sweep

IMAGING = "imaging"
# How long the workers of an instance that has just been started may take to come, on a busy machine too.
START_SECONDS = 60.0
# How often a run looks whether the workers that it borrowed still live, and how long they may be away at a restart.
LOOK_SECONDS = 2.0
GONE_SECONDS = 10.0


@dataclass(frozen=True)
class Engine:
    """What works for a run: how many imaging workers, and what to call now and then while waiting for them."""

    workers: int
    own: bool
    tend: Callable[[], None]


@contextmanager
def engine(workers: int, say: Say) -> Iterator[Engine]:
    """The configured queue with its live workers; without them its own, ended at the end of the block.

    Workers that run already may end before the block does: then it brings its own after all. Raises CannotStart and
    ValkeyError when something that it needs is missing, and so may ``tend``.
    """
    home = Path(settings.HOME)
    serving = workers_to_come(home, say)
    with ExitStack() as stack:
        bring = partial(_bring, stack, home, workers, say)
        if is_whole(serving):
            say(f"Using the workers that run already: {serving[IMAGING]} for imaging.")
            yield Engine(serving[IMAGING], own=False, tend=Stand(home, bring, say))
            return
        if serving:
            say("The workers that run serve only a part of the queues; starting further ones for this run.")
        yield Engine(workers, own=True, tend=bring())


@dataclass
class Stand:
    """Watches over borrowed workers: call it now and then; once they have gone it brings the run its own."""

    home: Path
    bring: Callable[[], Callable[[], None]]
    say: Say
    tend: Callable[[], None] | None = None
    seen: float = field(default_factory=time.monotonic)
    looked: float = field(default_factory=time.monotonic)

    def __call__(self) -> None:
        if self.tend is not None:
            self.tend()
            return
        if time.monotonic() - self.looked < LOOK_SECONDS:
            return
        self.looked = time.monotonic()
        if is_whole(live_workers()) or startup.is_running(self.home):
            self.seen = self.looked
        elif self.looked - self.seen > GONE_SECONDS:
            self.say("The workers that this run used have ended; it goes on with workers of its own.")
            # Another run that used them may be quicker: then its workers are the ones to use.
            with suppress(startup.IsRunning):
                self.tend = self.bring()


def workers_to_come(home: Path, say: Say) -> Counter[str]:
    """How many live workers serve each queue, once an instance that has just been started has all of its own.

    Its site answers some seconds before its last worker is ready. Raises CannotStart when they do not come.
    """
    serving = live_workers()
    until = time.monotonic() + START_SECONDS
    waits = False
    while not is_whole(serving) and startup.is_running(home):
        if time.monotonic() > until:
            missing = ", ".join(name for name in queueing.names() if name not in serving)
            raise startup.CannotStart(
                f"Loupe runs in {home}, but after {START_SECONDS:.0f} s no worker of it serves {missing}. "
                f"See {home / 'logs'} for what keeps it, or stop Loupe: this run then brings workers of its own."
            )
        if not waits:
            say(f"Workers of Loupe in {home} are still starting; waiting for them.")
        waits = True
        time.sleep(supervisor.POLL_SECONDS)
        serving = live_workers()
    return serving


def is_whole(serving: Counter[str]) -> bool:
    """Whether every queue is served."""
    return set(queueing.names()) <= set(serving)


def live_workers() -> Counter[str]:
    """How many live workers serve each queue; none when the queue does not answer."""
    try:
        workers = Worker.all(connection=django_rq.get_connection("light"))
    except (RedisError, OSError):
        return Counter()
    return Counter(name for worker in workers if lives(worker) for name in worker.queue_names())


def lives(worker: BaseWorker) -> bool:
    """Whether a worker is alive: by its process on this machine, by its last heartbeat elsewhere.

    rq itself forgets a killed worker only after some minutes.
    """
    if worker.hostname == os.uname().nodename:
        return startup.is_alive(str(worker.pid))
    beat = worker.last_heartbeat
    return beat is not None and time.time() - beat.timestamp() < worker.worker_ttl


def prepare(say: Say) -> None:
    """Bring the database up to date, check the models, and take back what dead workers held."""
    startup.check_database()
    startup.check_storage()
    call_command("migrate", verbosity=0, interactive=False)
    startup.check_models()
    startup.check_queue()
    if taken := startup.take_back_from_the_dead():
        say(f"{taken} runs of workers that are gone were taken back.")


def every(seconds: float, action: Callable[[], None]) -> Callable[[], None]:
    """A function that does ``action`` when called, but at most once in ``seconds``, and not at once."""
    last = time.monotonic()

    def tend() -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            action()

    return tend


def _bring(stack: ExitStack, home: Path, workers: int, say: Say) -> Callable[[], None]:
    """Start a queue and workers that end with the stack; returns what to call now and then while they work."""
    # A start that fails half-way must leave nothing behind, since it may be tried again.
    with ExitStack() as starting:
        _own_queue(starting, home)
        prepare(say)
        stages.requeue_stalled(seconds=0)
        instance = Instance(home, "127.0.0.1", 0, workers, links=False, say=say)
        starting.enter_context(supervisor.running(programs.workers(workers), instance.logs, say, instance.take_back))
        stack.enter_context(starting.pop_all())
    return every(settings.SWEEP_SECONDS, _sweep)


def _sweep() -> None:
    """What a part of the sweep stumbles over is in the log, and the next one may find it mended."""
    with suppress(Exception):
        sweep()


def _own_queue(stack: ExitStack, home: Path) -> None:
    """Start the embedded Valkey unless REDIS_URL names a server; one instance a home holds for both."""
    stack.enter_context(startup.only_instance(home))
    if os.environ.get("REDIS_URL"):
        startup.check_queue()
        return
    startup.end_leftover_queue(home)
    server = valkey.begin(home)
    stack.callback(valkey.stop, server)
    valkey.wait_until_ready(home, server)
