"""Metric: how many of all photos the machine made wrong, before anybody repaired them."""

from review.metrics.contract import Better, Limits, Measurement, Metric, Unit
from review.metrics.samples import audits, incoming_of
from review.metrics.slices import Slice
from review.metrics.standing import incoming_status
from review.statistics.posterior import Status


def measure(part: Slice) -> Measurement:
    """The stratified estimate of the share of defective outputs, with its 95 % interval."""
    samples = part.read_samples()
    found = incoming_of(samples)
    return Measurement(found.rate, audits(samples), found.lower, found.upper, found.method)


def judge(part: Slice, found: Measurement, limits: Limits) -> Status:
    """By the posterior of the photos that nobody saw, and by the CUSUM of the route."""
    return incoming_status(part.read_samples(), limits.target or 0.0)


METRIC = Metric(
    name="error_rate",
    label="Error rate",
    meaning="Share of all photos that came out of the machine wrong, estimated from the samples; "
    "not the mean of what was reviewed, which would count the flagged ones too often.",
    unit=Unit.SHARE,
    better=Better.LOWER,
    counted="audited photos",
    least=5,
    measure=measure,
    limits=Limits(target=0.02),
    judge=judge,
)
