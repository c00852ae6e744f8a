"""Metric: how many photos the machine gave up and left to the manual lane."""

from review.metrics.contract import Better, Limits, Measurement, Metric, Unit
from review.metrics.slices import Slice
from review.statistics.intervals import wilson


def measure(part: Slice) -> Measurement:
    """Failed over finished one way or the other, with Wilson's 95 % interval; `note` tells how many wait now."""
    failed = part.counts["failed"]
    tried = failed + part.counts["processed"]
    interval = wilson(failed, tried)
    if interval is None:
        return Measurement(None, 0)
    return Measurement(failed / tried, tried, interval.lower, interval.upper, f"{part.counts['manual']} wait now")


METRIC = Metric(
    name="failed",
    label="Sent to the manual lane",
    meaning="Share of the photos processed, each time anew, that failed a check after a stage and went to a person.",
    unit=Unit.SHARE,
    better=Better.LOWER,
    counted="photos",
    least=10,
    measure=measure,
    limits=Limits(target=0.05, alarm=0.15),
)
