"""Owns the check of the first look: how sure the quick model was that it saw a product at all."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """1 minus the mean binary entropy of the quick model's mask over its product; 1 is wholly certain."""
    return evidence.trace.numbers.get("first_certainty")


CHECK = Check(
    name="first_look",
    label="First look's certainty",
    unit="of 1",
    worse="low",
    limit=Limit(0.75, None),
    meaning="How sure the quick model was. Glass, clutter and products that blend into the backdrop lower it.",
    measure=measure,
)
