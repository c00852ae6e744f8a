"""Metric: how fast the machines work while they work."""

from review.metrics.contract import Better, Measurement, Metric, Unit
from review.metrics.slices import Slice, working_time


def measure(part: Slice) -> Measurement:
    """Photos finished by the machine, each time anew, over the hours in which it was at work."""
    hours = working_time(part.spans).total_seconds() / 3600
    finished = sum(span.finished for span in part.spans)
    at_work = f"{hours:,.1f} h" if hours >= 1 else f"{60 * hours:.0f} min"
    return Measurement(finished / hours if hours else None, finished, note=f"{at_work} at work")


METRIC = Metric(
    name="images_an_hour",
    label="Images an hour",
    meaning="Photos that the machines finished in each hour at work, counted each time they are processed. Pauses of "
    "more than five minutes are left out, shorter ones are not: a batch's own page, without the pauses between, may "
    "show more.",
    unit=Unit.PER_HOUR,
    better=Better.HIGHER,
    counted="photos",
    least=20,
    measure=measure,
)
