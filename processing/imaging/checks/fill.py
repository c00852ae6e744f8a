"""Owns the check of fill: how much of the canvas the product takes."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.checks.placing import box
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """The longer of box width over canvas width and box height over canvas height, in per cent."""
    if evidence.canvas is None or (found := box(evidence.canvas.alpha)) is None:
        return None
    top, bottom, left, right = found
    height, width = evidence.canvas.alpha.shape
    return float(100 * max((bottom - top) / height, (right - left) / width))


CHECK = Check(
    name="fill",
    label="Fill",
    unit="% of canvas",
    worse="low",
    limit=Limit(80.0, 50.0),
    meaning="How much of the canvas the product takes along its longer side. Amazon asks for 85 %.",
    measure=measure,
)
