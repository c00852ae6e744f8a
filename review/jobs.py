"""What the queue and the scheduler call in this app."""

from catalog import stages
from processing import runs
from review import placement


def place_photo(pk: int) -> None:
    """A photo was processed: send it to review, or hold it for its batch's sample."""
    placement.place(pk)


def sweep() -> None:
    """Every minute: pick up what a dead worker or an emptied queue left behind."""
    runs.recover()
    stages.requeue_stalled()
    placement.draw_due()
