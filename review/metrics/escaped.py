"""Metric: how many photos can have gone out wrong because nobody looked at them."""

from review.metrics.contract import Better, Limits, Measurement, Metric, Unit
from review.metrics.samples import audits, rates_of
from review.metrics.slices import Slice
from review.metrics.standing import escaped_status
from review.statistics.posterior import Status


def measure(part: Slice) -> Measurement:
    """The one-sided 95 % bound on the share of defective photos outside the sample.

    Batches that were widened to full review hide less than this says; the bound leaves that out and so stays true.
    """
    samples = part.read_samples()
    return Measurement(rates_of(samples).escaped_upper, audits(samples), note="one-sided, 95 %")


def judge(part: Slice, found: Measurement, limits: Limits) -> Status:
    """By the posterior of the photos that nobody saw."""
    return escaped_status(part.read_samples(), limits.target or 0.0)


METRIC = Metric(
    name="escaped",
    label="Escaped",
    meaning="At most this share of all photos was defective and seen by nobody (95 %), if reviewers miss nothing.",
    unit=Unit.SHARE,
    better=Better.LOWER,
    counted="audited photos",
    least=5,
    measure=measure,
    limits=Limits(target=0.02),
    judge=judge,
    at_most=True,
)
