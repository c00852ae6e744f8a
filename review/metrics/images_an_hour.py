"""Metric: how fast the machines work while they work."""

from review.metrics.contract import Better, Measurement, Metric, Unit
from review.metrics.slices import Slice, working_time


def measure(part: Slice) -> Measurement:
    """Photos finished by the machine over the hours in which it was at work."""
    hours = working_time(part.spans).total_seconds() / 3600
    finished = sum(span.finished for span in part.spans)
    return Measurement(finished / hours if hours else None, finished, note=f"{hours:,.1f} h at work")


METRIC = Metric(
    name="images_an_hour",
    label="Images an hour",
    meaning="Photos that the machines finished in each hour at work; pauses longer than five minutes are left out.",
    unit=Unit.PER_HOUR,
    better=Better.HIGHER,
    counted="photos",
    least=20,
    measure=measure,
)
