"""Owns the two kinds of RQ workers: one that keeps its models in memory, one that forks for each light job."""

import os
import resource
import sys
from pathlib import Path
from typing import Any

from django.db import close_old_connections
from rq import SimpleWorker, Worker

# Both ends of a worker's life are planned: leaks of native libraries end with the process.
MAX_JOBS = int(os.environ.get("LOUPE_WORKER_JOBS", "1000"))
MAX_MEGABYTES = int(os.environ.get("LOUPE_WORKER_MEGABYTES", "3000"))


class ImagingWorker(SimpleWorker):
    """Runs jobs in its own process, so that a model is loaded once; stops for a fresh start when it has grown."""

    jobs_done = 0

    def execute_job(self, job: Any, queue: Any) -> None:
        """Run the job with a live database connection, then see whether it is time for a fresh process."""
        close_old_connections()
        super().execute_job(job, queue)
        close_old_connections()
        self.jobs_done += 1
        if self.jobs_done >= MAX_JOBS or megabytes() > MAX_MEGABYTES:
            self.log.info("Worker %s: %d jobs, %.0f MB; stopping", self.name, self.jobs_done, megabytes())
            self._stop_requested = True


class LightWorker(Worker):
    """Forks for each job; nothing heavy is loaded in it."""


def megabytes() -> float:
    """The resident memory of this process: now on Linux, at its largest elsewhere."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
