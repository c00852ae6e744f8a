"""When an imaging worker gives way to a fresh process."""

import pytest

from config import workers
from config.workers import SETTLING_JOBS, ImagingWorker, megabytes


@pytest.fixture
def worker() -> ImagingWorker:
    return ImagingWorker.__new__(ImagingWorker)


def worn_after(worker: ImagingWorker, sizes: list[float], light: int = 0) -> int | None:
    """The job after which the worker stops, given its size after each; the first ``light`` need no model."""
    for worker.jobs_done, size in enumerate(sizes, start=1):
        worker.model_jobs_done = max(0, worker.jobs_done - light)
        if worker.is_worn(size):
            return worker.jobs_done
    return None


def test_loading_large_models_is_no_reason(worker: ImagingWorker) -> None:
    loading = [400.0, 1200.0, 3100.0] + [3200.0] * 200
    assert worn_after(worker, loading) is None


def test_loading_models_after_many_light_jobs_is_no_reason(worker: ImagingWorker) -> None:
    sizes = [400.0] * 100 + [1200.0, 3100.0] + [3200.0] * 200
    assert worn_after(worker, sizes, light=100) is None


def test_growing_by_half_is(worker: ImagingWorker) -> None:
    growing = [1000.0] * SETTLING_JOBS + [1400.0, 1501.0]
    assert worn_after(worker, growing) == SETTLING_JOBS + 2


def test_a_share_of_jobs_is(worker: ImagingWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MAX_JOBS", 30)
    assert worn_after(worker, [1000.0] * 100) == 30


def test_this_process_has_a_size() -> None:
    assert 10 < megabytes() < 100_000
