"""Owns the check of border contact: product that reaches the edge of the photo."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Share of the photo's four sides that is product, in per cent."""
    hard = evidence.hard
    touching = hard[0].sum() + hard[-1].sum() + hard[:, 0].sum() + hard[:, -1].sum()
    return float(100 * touching / (2 * sum(hard.shape)))


CHECK = Check(
    name="border",
    label="Border contact",
    unit="% of frame",
    worse="high",
    limit=Limit(0.5, 35.0),
    meaning="Product at the photo's edge: it was cropped by the camera, or background was kept.",
    measure=measure,
)
