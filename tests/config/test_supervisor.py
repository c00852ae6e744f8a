"""The supervisor: what dies comes back, in growing pauses; what is stopped stops in order."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from config import supervisor
from config.programs import Program, tied_to_parent
from config.supervisor import Supervisor, last_lines, log_file, running

SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
# Ends by itself on SIGTERM, but only after noting when.
NOTES_ITS_END = """
import pathlib, signal, sys, time
def end(*_):
    time.sleep(0.2)
    with open(sys.argv[1], "a") as file:
        file.write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(60)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def program(name: str, *command: str, stage: int = 1, stop_seconds: float = 5) -> Program:
    return Program(name, command, stage, stop_seconds, {"MARK": name})


def until(condition: Callable[[], bool], watched: Supervisor, seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        watched.tick()
        time.sleep(0.02)


def is_up(folder: Path, *names: str) -> bool:
    return all("up" in last_lines(folder, name) for name in names)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)


def test_a_killed_program_comes_back_and_is_reported(tmp_path: Path) -> None:
    said: list[str] = []
    ended: list[tuple[str, int]] = []
    watched = Supervisor(
        [program("web", *SLEEPER)], tmp_path, said.append, lambda what, pid: ended.append((what.name, pid))
    )
    watched.tick()
    first = watched.process_ids()["web"]
    os.kill(first, signal.SIGKILL)
    until(lambda: watched.process_ids().get("web", first) != first, watched)
    watched.stop()
    assert ended == [("web", first)]
    assert "web was ended by SIGKILL" in said[0]
    assert watched.process_ids() == {}


def test_a_program_that_keeps_failing_is_tried_in_growing_pauses(tmp_path: Path) -> None:
    said: list[str] = []
    watched = Supervisor([program("broken", sys.executable, "-c", "raise SystemExit(3)")], tmp_path, said.append)
    until(lambda: len(said) >= 4, watched)
    watched.stop()
    pauses = [float(line.split("next start in ")[1].split()[0]) for line in said[:4]]
    assert pauses == sorted(pauses) and pauses[3] > pauses[0]
    assert "ended with status 3" in said[0]


def test_pauses_have_a_longest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.1)
    said: list[str] = []
    watched = Supervisor([program("broken", "false")], tmp_path, said.append)
    until(lambda: len(said) >= 3, watched)
    watched.stop()
    assert "next start in 0.1 s" in said[2]


def test_a_planned_end_is_followed_by_a_fresh_start_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "WELL_SECONDS", 0.0)
    said: list[str] = []
    watched = Supervisor([program("worker", "true")], tmp_path, said.append)
    until(lambda: bool(said), watched)
    watched.stop()
    assert "done its share" in said[0]


def test_programs_get_their_environment_and_write_to_their_own_log(tmp_path: Path) -> None:
    show = program("shown", sys.executable, "-c", "import os; print(os.environ['MARK'], os.environ['PATH'] != '')")
    watched = Supervisor([show], tmp_path, lambda line: None)
    until(lambda: "shown True" in last_lines(tmp_path, "shown"), watched)
    watched.stop()


def test_later_stages_stop_first(tmp_path: Path) -> None:
    order = tmp_path / "order"
    made = [
        program(name, sys.executable, "-c", NOTES_ITS_END, str(order), name, stage=stage)
        for name, stage in (("queue", 0), ("web", 1), ("worker", 2))
    ]
    watched = Supervisor(made, tmp_path, lambda line: None)
    watched.tick()
    until(lambda: is_up(tmp_path, "queue", "web", "worker"), watched)
    watched.stop()
    assert order.read_text().split() == ["worker", "web", "queue"]


def test_only_the_stages_asked_for_are_started(tmp_path: Path) -> None:
    watched = Supervisor([program("queue", *SLEEPER, stage=0), program("worker", *SLEEPER, stage=2)], tmp_path, print)
    watched.tick(0)
    assert set(watched.process_ids()) == {"queue"}
    watched.tick()
    assert set(watched.process_ids()) == {"queue", "worker"}
    watched.stop()


@pytest.mark.parametrize("hurry", [True, False])
def test_what_does_not_listen_is_killed(tmp_path: Path, hurry: bool) -> None:
    said: list[str] = []
    deaf = program("deaf", sys.executable, "-c", DEAF, stop_seconds=60 if hurry else 0.2)
    watched = Supervisor([deaf], tmp_path, said.append)
    watched.tick()
    until(lambda: is_up(tmp_path, "deaf"), watched)
    pid = watched.process_ids()["deaf"]
    watched.stop(lambda: hurry)
    assert said == ["deaf is killed; what it was doing is taken up again at the next start"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_programs_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    if not tied_to_parent():
        pytest.skip("this system has no setpriv --pdeathsig")
    code = (
        "import pathlib, sys, time\nfrom config.programs import Program\nfrom config.supervisor import Supervisor\n"
        f"s = Supervisor([Program('child', {SLEEPER!r}, 1, 5)], pathlib.Path({str(tmp_path)!r}), print)\n"
        f"s.tick()\npathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(s.process_ids()['child']))\ntime.sleep(60)"
    )
    parent = Supervisor([program("parent", sys.executable, "-c", code)], tmp_path, print)
    parent.tick()
    until(lambda: is_up(tmp_path, "child"), parent)
    child = int((tmp_path / "pid").read_text())
    os.kill(parent.process_ids()["parent"], signal.SIGKILL)
    limit = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and "zombie" not in Path(f"/proc/{child}/status").read_text():
        assert time.monotonic() < limit, "the child outlived its supervisor"
        time.sleep(0.05)


def test_running_keeps_and_ends_programs_around_a_block(tmp_path: Path) -> None:
    with running([program("worker", *SLEEPER)], tmp_path, print) as watched:
        limit = time.monotonic() + 20
        while not is_up(tmp_path, "worker"):
            assert time.monotonic() < limit
            time.sleep(0.02)
        pid = watched.process_ids()["worker"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_asked_to_end_once_more_it_kills_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second Ctrl-C comes while the supervisor waits for a program that takes its time."""
    joined, join = [], Thread.join

    def interrupted(thread: Thread, timeout: float | None = None) -> None:
        joined.append(thread.name)
        if thread.name == "supervisor" and joined.count("supervisor") == 1:
            raise KeyboardInterrupt
        join(thread, timeout)

    monkeypatch.setattr(Thread, "join", interrupted)
    began = time.monotonic()
    with (
        pytest.raises(KeyboardInterrupt),
        running([program("deaf", sys.executable, "-c", DEAF, stop_seconds=60)], tmp_path, print) as watched,
    ):
        while not is_up(tmp_path, "deaf"):
            assert time.monotonic() - began < 20
            time.sleep(0.02)
        pid = watched.process_ids()["deaf"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert time.monotonic() - began < 40, "it waited for what does not listen"


def test_a_large_log_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOG_BYTES", 10)
    log_file(tmp_path, "web").write_text("a long line of words\n")
    assert not log_file(tmp_path, "web").exists()
    assert (tmp_path / "web.log.1").read_text() == "a long line of words\n"


def test_last_lines_of_a_log_that_is_not_there(tmp_path: Path) -> None:
    assert last_lines(tmp_path, "web") == ""
