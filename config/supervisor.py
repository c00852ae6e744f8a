"""Owns keeping programs alive: starts them, restarts what dies with a growing pause, and stops them in order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from config.programs import LAST_STAGE, Program, tied_to_parent

POLL_SECONDS = 0.1
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# A program that ran this long was well; the next pause is short again.
WELL_SECONDS = 20.0
LOG_BYTES = 10_000_000
LOG_TAIL = 2_000

Say = Callable[[str], None]
# The program and the id of its process, which has ended.
Ended = Callable[[Program, int], None]


@dataclass
class Child:
    """A program and the process that runs it now; without one, `due` says when the next is started."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    due: float = 0.0
    deaths: int = 0


class Supervisor:
    """Runs programs until told to stop. Not thread-safe: one thread calls tick()."""

    def __init__(
        self, programs: Iterable[Program], logs: Path, say: Say, ended: Ended = lambda program, pid: None
    ) -> None:
        self.children = [Child(program) for program in programs]
        self.logs = logs
        self.say = say
        self.ended = ended

    def tick(self, upto: int = LAST_STAGE) -> None:
        """Notice what has ended, and start what is due of the stages up to `upto`."""
        for child in self.children:
            if child.process is None:
                if child.program.stage <= upto and time.monotonic() >= child.due:
                    self.start(child)
            elif child.process.poll() is not None:
                self.bury(child, child.process)

    def start(self, child: Child) -> None:
        program = child.program
        with log_file(self.logs, program.name).open("ab") as output:
            child.process = subprocess.Popen(
                [*tied_to_parent(), *program.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **program.environment},
                # A session of its own: Ctrl-C reaches the supervisor alone, and that stops things in order.
                start_new_session=True,
            )
        child.started = time.monotonic()
        self.write_down()

    def bury(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        """Plan the restart of a program that ended."""
        lived, status = time.monotonic() - child.started, process.returncode
        child.process = None
        child.deaths += 1
        child.pause = FIRST_PAUSE if lived >= WELL_SECONDS else min(max(child.pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
        if status == 0 and lived >= WELL_SECONDS:
            child.pause = 0.0
            self.say(f"{child.program.name} has done its share and is started afresh")
        else:
            self.say(
                f"{child.program.name} {ending(status)} after {lived:.0f} s; next start in {child.pause:.1f} s "
                f"(log: {self.logs / child.program.name}.log)"
            )
        child.due = time.monotonic() + child.pause
        self.ended(child.program, process.pid)

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask the programs to end, the last started first; kill those that do not, or all once `hurry` is true."""
        for stage in sorted({child.program.stage for child in self.children}, reverse=True):
            living = [child for child in self.children if child.program.stage == stage and child.process]
            for child in living:
                send(child, signal.SIGTERM)
            self.wait_for(living, hurry)

    def wait_for(self, living: list[Child], hurry: Callable[[], bool]) -> None:
        asked = time.monotonic()
        for child in living:
            while child.process and child.process.poll() is None:
                if hurry() or time.monotonic() - asked > child.program.stop_seconds:
                    self.say(f"{child.program.name} is killed; what it was doing is taken up again at the next start")
                    send(child, signal.SIGKILL)
                    child.process.wait()
                time.sleep(POLL_SECONDS)
            child.process = None

    def process_of(self, name: str) -> subprocess.Popen[bytes] | None:
        return next((child.process for child in self.children if child.program.name == name), None)

    def write_down(self) -> None:
        """Keep the processes' ids where people and tests find them; without room for that they run all the same."""
        lines = [f"{name} {pid}\n" for name, pid in self.process_ids().items()]
        part = self.logs / "processes.part"
        try:
            part.write_text("".join(lines))
            part.replace(self.logs / "processes")
        except OSError as error:
            self.say(f"{self.logs / 'processes'} can't be written ({error.strerror})")

    def process_ids(self) -> dict[str, int]:
        return {child.program.name: child.process.pid for child in self.children if child.process}


def send(child: Child, sign: signal.Signals) -> None:
    """Signal the program itself; on a kill also what it forked, which could not hear of it otherwise."""
    if child.process is None or child.process.poll() is not None:
        return
    if sign == signal.SIGKILL:
        os.killpg(child.process.pid, sign)
    else:
        child.process.send_signal(sign)


def ending(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name}"


def log_file(folder: Path, name: str) -> Path:
    """The program's log; one that has grown large makes room, and one older copy is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.log"
    if file.exists() and file.stat().st_size > LOG_BYTES:
        file.replace(file.with_suffix(".log.1"))
    return file


def last_lines(folder: Path, name: str, count: int = 12) -> str:
    """The end of a program's log, for a message about its failure."""
    file = folder / f"{name}.log"
    if not file.exists():
        return ""
    lines = file.read_bytes()[-LOG_TAIL:].decode(errors="replace").splitlines()
    return "\n".join(lines[-count:])


@contextmanager
def running(
    programs: Iterable[Program], logs: Path, say: Say, ended: Ended = lambda program, pid: None
) -> Iterator[Supervisor]:
    """Keep programs alive in the background for the length of a block, and stop them in order at its end."""
    supervisor = Supervisor(programs, logs, say, ended)
    leave, hurried = Event(), Event()

    def keep() -> None:
        while not leave.wait(POLL_SECONDS):
            try:
                supervisor.tick()
            except OSError as error:  # no room for a log, no process to be had: the next tick tries again
                say(f"A worker can't be started ({error.strerror or error}); trying again in {LONGEST_PAUSE:.0f} s.")
                leave.wait(LONGEST_PAUSE)
        supervisor.stop(hurried.is_set)

    keeper = Thread(target=keep, name="supervisor")
    keeper.start()
    try:
        yield supervisor
    finally:
        leave.set()
        try:
            keeper.join()
        except BaseException:  # asked to end once more: whatever works on is killed, and nothing stays behind
            hurried.set()
            keeper.join()
            raise
