"""What the queue and the scheduler call in this app."""

import logging
from collections.abc import Callable

from catalog import batches, partials, stages, unpacking
from processing import exports, runs
from review import acceptance, escalations, placement, retouch

log = logging.getLogger(__name__)


def place_photo(pk: int) -> None:
    """A photo was processed: send it to review, or hold it for its batch's sample."""
    placement.place(pk)


def settle_photo(pk: int) -> None:
    """A photo was refused or failed: its batch may be complete without it."""
    placement.settle_photo(pk)


def use_original(decision_pk: int) -> None:
    """A reviewer wants the original: make it an output of its own."""
    retouch.use_original(decision_pk)


SWEEPERS: tuple[Callable[[], object], ...] = (
    runs.recover,
    stages.requeue_stalled,
    unpacking.requeue_stalled,
    partials.expire,
    partials.close_abandoned,
    batches.seal_due,
    exports.requeue_stalled,
    placement.draw_due,
    acceptance.judge_due,
    escalations.reassign_overdue,
    retouch.requeue_originals,
)


def sweep() -> None:
    """Every minute: pick up what a dead worker or an emptied queue left behind. One failing part stops no other."""
    broken = []
    for part in SWEEPERS:
        try:
            part()
        except Exception as error:
            log.exception("the sweep's part %s broke", part.__name__)
            broken.append(error)
    if broken:
        raise broken[0]
