"""Metric: complaints for every thousand photos delivered."""

from review.metrics.contract import Better, Limits, Measurement, Metric, Unit
from review.metrics.slices import Slice


def measure(part: Slice) -> Measurement:
    """Complaints recorded over photos delivered in the same days; `note` gives the plain number."""
    complaints, delivered = part.counts["complaints"], part.counts["delivered"]
    rate = 1000 * complaints / delivered if delivered else None
    return Measurement(rate, delivered, note=f"{complaints} recorded")


METRIC = Metric(
    name="complaints",
    label="Complaints",
    meaning="Complaints recorded for every 1,000 photos delivered.",
    unit=Unit.PER_THOUSAND,
    better=Better.LOWER,
    counted="delivered",
    least=50,
    measure=measure,
    limits=Limits(target=5, alarm=20),
)
