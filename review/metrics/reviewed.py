"""Metric: how much of what was made people looked at."""

from review.metrics.contract import Better, Measurement, Metric, Unit
from review.metrics.slices import Slice


def measure(part: Slice) -> Measurement:
    """Photos with a decision over all photos of batches with a sample, widened batches included."""
    size = sum(sample.size for sample in part.samples)
    seen = sum(min(sample.seen, sample.size) for sample in part.samples)
    return Measurement(seen / size if size else None, size, note=f"{seen} seen")


METRIC = Metric(
    name="reviewed",
    label="Reviewed",
    meaning="Share of the photos in sampled batches that somebody decided on. The plan is 10 to 15 %.",
    unit=Unit.SHARE,
    better=Better.NEITHER,
    counted="photos",
    least=5,
    measure=measure,
)
