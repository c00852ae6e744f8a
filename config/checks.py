"""Checks that run before every start."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from catalog.flow import Stage

# The checks of what jobs need, without those of pages.
JOBS = "jobs"


def check_stage_jobs(app_configs: Any = None, **_: Any) -> Sequence[CheckMessage]:
    """Each row of STAGE_JOBS names a stage, a queue and a job that exist."""
    errors = []
    for stage, (queue, path) in settings.STAGE_JOBS.items():
        if stage not in Stage.values:
            errors.append(Error(f"STAGE_JOBS names the stage {stage!r}, which is not in catalog.flow.Stage."))
        if queue not in settings.RQ_QUEUES:
            errors.append(Error(f"STAGE_JOBS names the queue {queue!r}, which is not in RQ_QUEUES."))
        try:
            import_string(path)
        except ImportError as error:
            errors.append(Error(f"STAGE_JOBS names the job {path!r}, which can't be imported: {error}"))
    return errors
