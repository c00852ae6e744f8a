"""Owns the check of the soft fraction: how much of the mask is neither product nor background."""

import numpy as np

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Pixels of alpha 0.05 to 0.95 for each pixel of contour length; about 1 to 2 for a sharp edge.

    A lens that the photo came with is no doubt and does not count.
    """
    length = int(evidence.contour.sum())
    if not length:
        return None
    soft = (evidence.alpha > 0.05) & (evidence.alpha < 0.95)
    if evidence.lenses is not None:
        soft &= ~evidence.lenses
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
