"""Metric: escalations past their due time."""

from review.metrics.contract import Better, Limits, Measurement, Metric, Unit
from review.metrics.slices import Slice


def measure(part: Slice) -> Measurement:
    """How many open escalations are past their due time now; without open ones that is 0, and known."""
    return Measurement(part.counts["overdue"], part.counts["open"])


METRIC = Metric(
    name="overdue",
    label="Escalations overdue",
    meaning="Open escalations past their due time, now. Each has one owner.",
    unit=Unit.COUNT,
    better=Better.LOWER,
    counted="open",
    least=0,
    measure=measure,
    limits=Limits(target=0, alarm=2),
    by_day=False,
)
