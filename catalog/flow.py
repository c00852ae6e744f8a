"""The flow of a photo as data: its stages, the moves between them, and the states of a batch. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import TextChoices


class Stage(TextChoices):
    """Where in the flow a photo is; ``catalog.stages.move()`` alone changes it."""

    RECEIVED = "received", "Received"
    REJECTED = "rejected", "Refused at intake"
    READY = "ready", "Ready"
    PROCESSING = "processing", "Processing"
    PROCESSED = "processed", "Processed"
    FAILED = "failed", "Manual lane"
    IN_REVIEW = "in_review", "In review"
    HELD = "held", "Held for sample"
    APPROVED = "approved", "Approved"
    ESCALATED = "escalated", "Escalated"
    DELIVERED = "delivered", "Delivered"


# The state machine: from each stage, where a photo may go next.
NEXT: dict[Stage, frozenset[Stage]] = {
    Stage.RECEIVED: frozenset({Stage.READY, Stage.REJECTED}),
    Stage.REJECTED: frozenset({Stage.RECEIVED}),
    # Ready again when its route or its order changes; back to review only when the decision that sent it is taken back.
    Stage.READY: frozenset({Stage.READY, Stage.PROCESSING, Stage.FAILED, Stage.IN_REVIEW}),
    Stage.PROCESSING: frozenset({Stage.PROCESSED, Stage.FAILED, Stage.READY}),
    Stage.PROCESSED: frozenset({Stage.IN_REVIEW, Stage.HELD}),
    Stage.FAILED: frozenset({Stage.READY, Stage.PROCESSED, Stage.ESCALATED, Stage.IN_REVIEW}),
    Stage.IN_REVIEW: frozenset(
        {Stage.APPROVED, Stage.READY, Stage.PROCESSED, Stage.ESCALATED, Stage.FAILED, Stage.HELD}
    ),
    Stage.HELD: frozenset({Stage.APPROVED, Stage.IN_REVIEW, Stage.READY, Stage.PROCESSED}),
    Stage.ESCALATED: frozenset({Stage.READY, Stage.PROCESSED, Stage.IN_REVIEW, Stage.APPROVED, Stage.FAILED}),
    Stage.APPROVED: frozenset({Stage.DELIVERED, Stage.IN_REVIEW, Stage.READY, Stage.PROCESSED}),
    Stage.DELIVERED: frozenset({Stage.IN_REVIEW, Stage.READY, Stage.PROCESSED}),
}

# Stages that a machine is to leave by itself; the sweep looks after photos that stay in them.
MACHINE_STAGES = frozenset({Stage.RECEIVED, Stage.READY, Stage.PROCESSING, Stage.PROCESSED})
# Stages that a photo is in before a machine has begun to cut it out.
UNBEGUN_STAGES = frozenset({Stage.RECEIVED, Stage.REJECTED, Stage.READY})
# Stages whose photos may be exported.
RELEASED_STAGES = frozenset({Stage.APPROVED, Stage.DELIVERED})


class BatchState(TextChoices):
    """How a batch stands as a lot; ``catalog.batches.advance()`` alone changes it."""

    FILLING = "filling", "Filling"
    PROCESSING = "processing", "Processing"
    IN_REVIEW = "in_review", "Sample in review"
    WIDENED = "widened", "Widened to full review"
    ACCEPTED = "accepted", "Accepted"


NEXT_BATCH: dict[BatchState, frozenset[BatchState]] = {
    BatchState.FILLING: frozenset({BatchState.PROCESSING}),
    BatchState.PROCESSING: frozenset({BatchState.IN_REVIEW, BatchState.FILLING}),
    BatchState.IN_REVIEW: frozenset({BatchState.WIDENED, BatchState.ACCEPTED}),
    BatchState.WIDENED: frozenset({BatchState.ACCEPTED}),
    BatchState.ACCEPTED: frozenset({BatchState.WIDENED}),
}


class Standing(NamedTuple):
    """How pages show a batch: a state that has a shape and a colour, and its word."""

    state: str
    label: str


def standing(state: str, counts: Mapping[str, int]) -> Standing:
    """How a batch in ``state``, with so many photos by stage, stands: a closed batch is ready until a machine has begun
    with the first of its photos, as each of them is; empty once they have all gone to other batches, and in the manual
    lane where nothing else is left to accept."""
    if state != BatchState.FILLING and not sum(counts.values()):
        return Standing("empty", "Empty")
    begun = any(count for stage, count in counts.items() if stage not in UNBEGUN_STAGES)
    if state == BatchState.PROCESSING and not begun:
        return Standing(Stage.READY.value, Stage.READY.label)
    if state == BatchState.ACCEPTED and counts.get(Stage.FAILED) == sum(counts.values()):
        return Standing(Stage.FAILED.value, Stage.FAILED.label)
    return Standing(state, BatchState(state).label)
