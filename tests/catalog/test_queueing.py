"""The door to the queue, with a real server behind it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog import queueing
from config import environment, valkey

pytestmark = pytest.mark.server


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    url = f"unix://{environment.socket_file(tmp_path)}"
    settings.RQ_QUEUES = {name: {**queue, "URL": url} for name, queue in settings.RQ_QUEUES.items()}
    return tmp_path


@pytest.fixture
def server(home: Path) -> Iterator[None]:
    running = valkey.start(home)
    yield
    valkey.stop(running)


def open_files() -> int:
    """How many files and sockets this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.usefixtures("server")
def test_a_thousand_photos_take_no_thousand_connections() -> None:
    queueing.send("imaging", "processing.jobs.process_photo", 0, job_id="photo-0")
    before = open_files()
    for number in range(1, 200):
        queueing.send("imaging", "processing.jobs.process_photo", number, job_id=f"photo-{number}")
    assert len(queueing.waiting("imaging")) == 200
    assert open_files() <= before + 1


@pytest.mark.usefixtures("server")
def test_a_job_is_queued_once_by_its_id_from_whatever_thread() -> None:
    jobs = [("light", "review.jobs.place_photo", number % 5) for number in range(20)]
    threads = [threading.Thread(target=queueing.send, args=job, kwargs={"job_id": f"place-{job[2]}"}) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queueing.waiting("light") == {f"place-{number}" for number in range(5)}
    assert queueing.waiting("imaging") == set()


def test_a_server_that_was_away_is_found_again(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(2):
        running = valkey.start(home)
        try:
            queueing.send("light", "review.jobs.place_photo", number, job_id=f"place-{number}")
            assert f"place-{number}" in queueing.waiting("light")
        finally:
            valkey.stop(running)
        queueing.send("light", "review.jobs.place_photo", number, job_id=f"lost-{number}")
        assert f"lost-{number} later" in caplog.text
