"""Owns the check of islands: parts that hang on nothing."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence

# A part of at least this share of the largest is one of a pair or of a set, and nothing left over.
ALIKE = 1 / 3


def measure(evidence: Evidence) -> float | None:
    """Area of the small parts over the whole area, in per cent; parts under 0.1 % are specks."""
    if not evidence.area:
        return None
    parts = evidence.components
    small = parts[(parts >= 0.001 * evidence.area) & (parts < ALIKE * parts[0])]
    return float(100 * small.sum() / evidence.area)


CHECK = Check(
    name="islands",
    label="Islands",
    unit="% of product",
    worse="high",
    limit=Limit(3.0, None),
    meaning="Separate parts of less than a third of the largest: residue, or a piece torn off. Some sets have them.",
    measure=measure,
)
