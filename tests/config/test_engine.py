"""The workers that a headless run leans on: those of an instance that has only just been started, too."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from catalog import queueing
from config import engine, startup
from config.engine import Stand
from config.startup import CannotStart

ALL = Counter(queueing.names())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.supervisor, "POLL_SECONDS", 0)


def seen(monkeypatch: pytest.MonkeyPatch, *looks: Counter[str]) -> None:
    """Let one look at the queue after the other find these workers, and the last of them from then on."""
    left = list(looks)
    monkeypatch.setattr(engine, "live_workers", lambda: left.pop(0) if len(left) > 1 else left[0])


def test_workers_that_are_still_starting_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, Counter(), Counter(imaging=1), ALL)
    said: list[str] = []
    with startup.only_instance(tmp_path):
        assert engine.workers_to_come(tmp_path, said.append) == ALL
    assert said == [f"Workers of Loupe in {tmp_path} are still starting; waiting for them."]


def test_nothing_is_waited_for_where_no_instance_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, Counter(imaging=1), ALL)
    said: list[str] = []
    assert engine.workers_to_come(tmp_path, said.append) == Counter(imaging=1)
    assert said == []


def test_workers_that_never_come_are_told_by_the_queue_they_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "START_SECONDS", 0.0)
    seen(monkeypatch, Counter(imaging=1))
    with (
        startup.only_instance(tmp_path),
        pytest.raises(CannotStart, match="no worker of it serves intake, export, mockups, trials, light.*stop Loupe"),
    ):
        engine.workers_to_come(tmp_path, print)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LOOK_SECONDS", -1.0)
    monkeypatch.setattr(engine, "GONE_SECONDS", -1.0)


def stand(home: Path, done: list[str], *, refusals: int = 0) -> Stand:
    """A stand whose own workers come at a call, after so many calls at which another run was quicker."""
    left = [refusals]

    def bring() -> Callable[[], None]:
        if left[0]:
            left[0] -= 1
            raise startup.IsRunning("another run")
        done.append("brought")
        return lambda: done.append("tended")

    return Stand(home, bring, done.append)


@pytest.mark.usefixtures("impatient")
def test_a_run_whose_borrowed_workers_end_goes_on_with_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, ALL, Counter())
    done: list[str] = []
    tend = stand(tmp_path, done)
    tend()
    assert done == []
    tend()
    assert done == ["The workers that this run used have ended; it goes on with workers of its own.", "brought"]
    tend()
    assert done[2:] == ["tended"]


@pytest.mark.usefixtures("impatient")
def test_workers_that_are_only_away_for_a_moment_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    with startup.only_instance(tmp_path):  # restarts them
        seen(monkeypatch, Counter(imaging=1))
        stand(tmp_path, done)()
    monkeypatch.setattr(engine, "GONE_SECONDS", 60.0)
    stand(tmp_path, done)()
    assert done == []


@pytest.mark.usefixtures("impatient")
def test_of_two_runs_that_lose_their_workers_one_brings_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, Counter(), ALL)
    done: list[str] = []
    tend = stand(tmp_path, done, refusals=1)
    tend()
    tend()
    assert "brought" not in done


def test_workers_of_its_own_take_up_at_once_what_others_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    @contextmanager
    def running(*words: object) -> Iterator[None]:
        done.append("workers")
        yield
        done.append("ended")

    monkeypatch.setattr(engine, "_own_queue", lambda stack, home: done.append("queue"))
    monkeypatch.setattr(engine, "prepare", lambda say: done.append("prepared"))
    monkeypatch.setattr(engine.stages, "requeue_stalled", lambda seconds: done.append(f"left {seconds} s ago"))
    monkeypatch.setattr(engine.supervisor, "running", running)
    with ExitStack() as stack:
        engine._bring(stack, tmp_path, 1, print)
        assert done == ["queue", "prepared", "left 0 s ago", "workers"]
    assert done[-1] == "ended"
