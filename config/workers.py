"""Owns the two kinds of RQ workers: one that keeps its models in memory, one that forks for each light job."""

import os
import resource
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from rq import SimpleWorker, Worker

# Loaded before the first job: half a second that each fork of a light worker would pay anew.
import catalog.jobs  # noqa: F401
import processing.jobs  # noqa: F401
import review.jobs  # noqa: F401

# Leaks of native libraries end with their process: after so many jobs, or once it has grown by half since it settled.
MAX_JOBS = settings.WORKER_JOBS
# Models are loaded by the first jobs that need them, so what is normal shows only after some of those: jobs of other
# queues, which may come first by the hundred, say nothing about it.
MODEL_QUEUES = ("imaging", "trials")
SETTLING_JOBS = 20
GROWTH = 1.5


class ImagingWorker(SimpleWorker):
    """Runs jobs in its own process, so that a model is loaded once; stops for a fresh start when it has grown."""

    jobs_done = 0
    model_jobs_done = 0
    settled_megabytes = 0.0

    def execute_job(self, job: Any, queue: Any) -> None:
        """Run the job with a live database connection, then see whether it is time for a fresh process."""
        close_old_connections()
        super().execute_job(job, queue)
        close_old_connections()
        self.jobs_done += 1
        self.model_jobs_done += queue.name in MODEL_QUEUES
        if self.is_worn(megabytes()):
            self.log.info("Worker %s: %d jobs, %.0f MB; stopping", self.name, self.jobs_done, megabytes())
            self._stop_requested = True

    def is_worn(self, now: float) -> bool:
        """Whether a process of `now` megabytes should give way to a fresh one."""
        if self.model_jobs_done <= SETTLING_JOBS:
            self.settled_megabytes = max(self.settled_megabytes, now)
        return self.jobs_done >= MAX_JOBS or now > GROWTH * self.settled_megabytes


class LightWorker(Worker):
    """Forks for each job; nothing heavy is loaded in it."""


def megabytes() -> float:
    """The resident memory of this process: now on Linux, at its largest elsewhere."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
