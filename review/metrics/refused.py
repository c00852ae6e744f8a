"""Metric: how many photos intake sent back."""

from review.metrics.contract import Better, Limits, Measurement, Metric, Unit
from review.metrics.slices import Slice
from review.statistics.intervals import wilson


def measure(part: Slice) -> Measurement:
    """Refused over inspected, with Wilson's 95 % interval."""
    # A day may take back more refusals than it made; the day that made them has them.
    refused = max(0, part.counts["refused"])
    inspected = refused + part.counts["accepted"]
    interval = wilson(refused, inspected)
    if interval is None:
        return Measurement(None, 0)
    return Measurement(refused / inspected, inspected, interval.lower, interval.upper)


METRIC = Metric(
    name="refused",
    label="Refused at intake",
    meaning="Share of the files inspected that break the intake standard, by the last inspection of each.",
    unit=Unit.SHARE,
    better=Better.LOWER,
    counted="files",
    least=10,
    measure=measure,
    limits=Limits(target=0.10, alarm=0.25),
    by_route=False,
)
