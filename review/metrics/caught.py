"""Metric: how many photos reviewers stopped before they went out."""

from review.metrics.contract import Better, Measurement, Metric, Unit
from review.metrics.samples import audits, rates_of
from review.metrics.slices import Slice


def measure(part: Slice) -> Measurement:
    """The defects found in the samples as a share of all photos; counted, so without an interval."""
    samples = part.read_samples()
    return Measurement(rates_of(samples).caught, audits(samples))


METRIC = Metric(
    name="caught",
    label="Caught in review",
    meaning="Share of all photos whose defect a reviewer of the sample found. Error rate less caught is what escaped.",
    unit=Unit.SHARE,
    better=Better.NEITHER,
    counted="audited photos",
    least=5,
    measure=measure,
)
