"""Owns the check of centring: whether the product sits in the middle of the canvas."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.checks.placing import box
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Distance of the box's middle from the canvas's, the larger of both axes, in per cent of the canvas."""
    if evidence.canvas is None or (found := box(evidence.canvas.alpha)) is None:
        return None
    top, bottom, left, right = found
    height, width = evidence.canvas.alpha.shape
    down, across = (top + bottom - height) / 2 / height, (left + right - width) / 2 / width
    return float(100 * max(abs(down), abs(across)))


CHECK = Check(
    name="centring",
    label="Off centre",
    unit="% of canvas",
    worse="high",
    limit=Limit(2.0, 25.0),
    meaning="How far the product's box is from the middle of the canvas.",
    measure=measure,
)
