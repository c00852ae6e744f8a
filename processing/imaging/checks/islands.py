"""Owns the check of islands: parts that hang on nothing."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Area outside the largest part over the whole area, in per cent; parts under 0.1 % are specks."""
    if not evidence.area:
        return None
    parts = evidence.components[evidence.components >= 0.001 * evidence.area]
    return float(100 * parts[1:].sum() / evidence.area)


CHECK = Check(
    name="islands",
    label="Islands",
    unit="% of product",
    worse="high",
    limit=Limit(3.0, None),
    meaning="Separate parts beside the largest. Right for sets; else residue, or a product torn apart.",
    measure=measure,
)
