"""Metric: the error rate, corrected for what reviewers miss and for good photos that they reject."""

from review.metrics.contract import Better, Measurement, Metric, Unit
from review.metrics.samples import audits, effective_of, incoming_of
from review.metrics.slices import Slice
from review.statistics.detection import Golden, corrected_limits

# Fewer say next to nothing of what is missed; as many defects as the gate of reviewers wants, and one good one for two.
LEAST_DEFECTIVE, LEAST_GOOD = 30, 15


def measure(part: Slice) -> Measurement:
    """Rogan-Gladen's rate with the limits of Lang and Reiczigel: they carry the doubt of sample and golden photos."""
    samples = part.read_samples()
    apparent = incoming_of(samples).rate
    if apparent is None:
        return Measurement(None, 0, reason="No sample of these days is read in full yet.")
    if reason := _wanting(part.eyes):
        return Measurement(None, 0, reason=reason)
    found = corrected_limits(apparent, effective_of(samples), part.eyes)
    if found is None:
        return Measurement(None, 0, reason=_no_skill(part.eyes))
    return Measurement(found.rate, audits(samples), found.lower, found.upper, note=_known(part.eyes))


def _wanting(eyes: Golden) -> str:
    if eyes.defective >= LEAST_DEFECTIVE and eyes.good >= LEAST_GOOD:
        return ""
    return (
        f"What reviewers miss is not known well enough: it wants answers on {LEAST_DEFECTIVE} golden photos with "
        f"a defect and {LEAST_GOOD} good ones, so far there are {eyes.defective} and {eyes.good}."
    )


def _no_skill(eyes: Golden) -> str:
    return f"Nothing can be corrected by reviewers who tell nothing apart: {_known(eyes)}."


def _known(eyes: Golden) -> str:
    return (
        f"reviewers caught {eyes.caught} of {eyes.defective} golden defects "
        f"and rejected {eyes.alarms} of {eyes.good} good ones"
    )


METRIC = Metric(
    name="corrected",
    label="Error rate, corrected",
    meaning="The error rate corrected for what reviewers miss and for good photos they reject, as golden photos of the "
    "last 90 days show it over all reviewers and routes (Rogan-Gladen; 95 % limits of Lang and Reiczigel).",
    unit=Unit.SHARE,
    better=Better.LOWER,
    counted="audited photos",
    least=5,
    measure=measure,
)
