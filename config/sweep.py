"""Owns the minute sweep: takes up what dead workers, lost jobs and an emptied queue left behind."""

import logging

from catalog import stages
from processing import runs

log = logging.getLogger(__name__)


def sweep() -> dict[str, int]:
    """Take back runs whose worker died, then queue again what waits without a job; returns how many of each."""
    found = {"runs": runs.recover(), "photos": stages.requeue_stalled()}
    if any(found.values()):
        log.warning("the sweep took back %(runs)d runs and queued %(photos)d photos again", found)
    return found
