"""Owns the check of the soft fraction: how much of the mask is neither product nor background."""

import numpy as np

from processing.imaging import planes
from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence

# What a photo came with is a lens where it is the same in a square of 2 * EVEN + 1 px.
EVEN = 4


def measure(evidence: Evidence) -> float | None:
    """Pixels of alpha 0.05 to 0.95 for each pixel of contour length; about 1 to 2 for a sharp edge.

    Even translucency that the photo came with is no doubt and does not count.
    """
    length = int(evidence.contour.sum())
    if not length:
        return None
    soft = (evidence.alpha > 0.05) & (evidence.alpha < 0.95)
    if evidence.cutout.given:
        soft &= ~planes.even((evidence.alpha * 255).astype(np.uint8), EVEN)
    return float(np.sum(soft) / length)


CHECK = Check(
    name="softness",
    label="Soft fraction",
    unit="px per px of contour",
    worse="high",
    limit=Limit(2.5, 30.0),
    meaning="Half-transparent pixels for each pixel of outline: mush, translucent parts or hair.",
    measure=measure,
)
