"""Owns the check of coverage: how much of the photo the product takes."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Area of the product over the photo's, in per cent."""
    return float(100 * evidence.area / evidence.hard.size)


CHECK = Check(
    name="coverage",
    label="Coverage",
    unit="% of photo",
    worse="low",
    limit=Limit(4.0, 0.2),
    meaning="How much of the photo is product. Very little means a lost product, or one taken from far away.",
    measure=measure,
)
