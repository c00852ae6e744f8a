"""Metric: how long a reviewer looks at a photo."""

from review.metrics.contract import Better, Measurement, Metric, Unit
from review.metrics.slices import Slice


def measure(part: Slice) -> Measurement:
    """Mean seconds of a decision; those longer than five minutes were interrupted and are left out."""
    timed = part.counts["timed"]
    seconds = part.counts["milliseconds"] / 1000 / timed if timed else None
    return Measurement(seconds, timed, note=f"{part.counts['decisions']} in all")


METRIC = Metric(
    name="pace",
    label="Review pace",
    meaning="Mean seconds that a decision took. Very short ones see little; look at what they missed.",
    unit=Unit.SECONDS,
    better=Better.NEITHER,
    counted="timed decisions",
    least=5,
    measure=measure,
)
