"""What the clock does, and which workers serve which queue."""

from typing import Any

from django_rq.cron import DjangoCronScheduler

from catalog import queueing
from config import programs


def test_the_sweep_is_queued_as_often_as_the_settings_say(settings: Any) -> None:
    scheduler = DjangoCronScheduler()
    scheduler.load_config_from_file("config.cron")
    found = [(job.func_name, job.queue_name, job.interval) for job in scheduler.get_jobs()]
    assert found == [("review.jobs.sweep", "light", settings.SWEEP_SECONDS)]


def test_every_queue_has_a_worker_and_intake_comes_first() -> None:
    served = [word for program in programs.workers(2) for word in program.command if word in queueing.names()]
    assert set(served) == set(queueing.names())
    assert served[0] == "intake"
    last = [served.index(queue) for queue in ("imaging", "mockups", "trials")]
    assert last == sorted(last), "somebody's batch comes before a mock-up, and both before a trial"
    assert [program.name for program in programs.workers(2)] == ["imaging-1", "imaging-2", "light"]


def test_imaging_workers_have_one_inference_thread_and_keep_blocks_as_large_as_a_picture() -> None:
    environment = programs.imaging_worker(1).environment
    assert environment["OMP_NUM_THREADS"] == "1"
    assert 4000 * 2500 * 3 < int(environment["MALLOC_MMAP_THRESHOLD_"]) < int(environment["MALLOC_TRIM_THRESHOLD_"])
    assert "OMP_NUM_THREADS" not in programs.light_worker().environment
