"""Owns the check of holes: enclosed gaps in the product."""

from processing.imaging import planes
from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Area of enclosed gaps over the area of the product, in per cent."""
    if not evidence.area:
        return None
    _labels, areas = planes.gaps(evidence.hard[planes.around(evidence.hard, 1)])
    return float(100 * areas.sum() / evidence.area)


CHECK = Check(
    name="holes",
    label="Holes",
    unit="% of product",
    worse="high",
    # Lower, it flags chairs and handles: of 284 photos with truth, none of those flagged for this alone was a defect.
    limit=Limit(20.0, None),
    meaning="Gaps inside the outline. A ring or a handle has one by right; elsewhere it is product cut away.",
    measure=measure,
)
