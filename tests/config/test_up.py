"""`manage.py up` for real: says where to go, survives kills of its parts, and stops cleanly."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.people import DEMO_PEOPLE
from tests.instances import Instance, wait_until

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with Instance(tmp_path_factory.mktemp("instance")).up("--workers", "1") as instance:
        yield instance


def is_well(instance: Instance) -> bool:
    try:
        return instance.get("/health/").status == 200
    except OSError:
        return False


def test_it_says_where_to_go_and_lets_people_in_once(running: Instance) -> None:
    site = f"http://localhost:{running.port}"
    assert f"Loupe is ready: {site}/" in running.said()
    lines = [line.split() for line in running.said().splitlines() if "token=" in line]
    assert [line[0] for line in lines] == list(DEMO_PEOPLE)
    links = [line[1] for line in lines]
    assert running.get("/sign-in/").status == 200
    assert running.get(links[0].removeprefix(site)).status == 302
    assert running.get(links[0].removeprefix(site)).status == 403


def test_a_link_can_be_asked_for_later(running: Instance) -> None:
    found = running.manage("sign_in_link", "manager", "--site", f"http://localhost:{running.port}")
    assert found.stdout.startswith(f"http://localhost:{running.port}/sign-in/link/?token=")
    unknown = running.manage("sign_in_link", "nobody")
    assert unknown.returncode == 1
    assert "There is nobody active called 'nobody'. There are: operator, reviewer" in unknown.stderr


def test_a_second_start_in_the_same_home_is_refused(running: Instance) -> None:
    second = running.manage("up", "--port", "1")
    assert second.returncode == 1
    assert "is running already" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_taken_port_is_refused_with_a_clear_message(running: Instance, tmp_path: Path) -> None:
    second = Instance(tmp_path / "second", port=running.port).manage("up", "--port", str(running.port))
    assert second.returncode == 1
    assert f"Port {running.port} of 127.0.0.1 is taken" in second.stderr
    assert "Traceback" not in second.stderr


def test_another_home_lives_side_by_side(running: Instance, tmp_path: Path) -> None:
    with Instance(tmp_path / "other").up("--workers", "1", "--no-links") as other:
        assert is_well(other) and is_well(running)
        assert "token=" not in other.said()


@pytest.mark.parametrize("name", ["valkey", "web", "imaging-1", "light", "scheduler"])
def test_whatever_is_killed_comes_back(running: Instance, name: str) -> None:
    wait_until(lambda: name in running.processes(), f"{name} has started")
    before = running.processes()[name]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: running.processes().get(name, before) != before, f"{name} is started again")
    wait_until(lambda: is_well(running), "the site answers again")
    assert f"{name} was ended by SIGKILL" in running.said()


def test_ctrl_c_stops_everything_cleanly(tmp_path: Path) -> None:
    with Instance(tmp_path / "stopped").up("--workers", "1") as instance:
        wait_until(lambda: len(instance.processes()) == 5, "all programs have started")
        processes = instance.processes()
        assert instance.stop() == 0
    assert instance.said().rstrip().endswith("stopped")
    assert "killed" not in instance.said()
    for pid in processes.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
