"""When an imaging worker gives way to a fresh process, and what a worker has loaded before its first job."""

import os
import subprocess
import sys

import pytest

from config import programs, workers
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


def loaded_by(code: str) -> set[str]:
    """The modules that a process of its own has in memory after ``code``: this one has imported everything."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    tell = "import atexit, sys; atexit.register(lambda: print(*sys.modules))\n"
    ran = subprocess.run([sys.executable, "-c", tell + code], env=environment, capture_output=True, text=True)
    return set(ran.stdout.splitlines()[-1].split())


def test_a_worker_has_its_jobs_in_memory_before_it_forks_and_no_page() -> None:
    loaded = loaded_by("import django; django.setup()\nimport config.workers")
    assert {"catalog.jobs", "processing.jobs", "review.jobs"} <= loaded
    assert not {"config.urls", "ninja", "rembg", "onnxruntime", "openvino"} & loaded


@pytest.mark.parametrize("program", programs.workers(1), ids=lambda program: program.name)
def test_a_worker_makes_no_checks_of_pages(program: programs.Program) -> None:
    assert "--skip-checks" in program.command


def test_a_headless_run_loads_no_page() -> None:
    line = "['manage.py', 'run_batch', '/nowhere', '--catalog', 'A']"
    loaded = loaded_by(f"from django.core.management import execute_from_command_line as run\nrun({line})")
    assert "config.headless" in loaded
    assert not {"config.urls", "config.api", "ninja"} & loaded
