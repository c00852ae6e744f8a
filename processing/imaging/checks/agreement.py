"""Owns the check of edge agreement: whether the outline lies on an edge of the photo."""

import numpy as np
from scipy import ndimage

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence

REACH = 3
VISIBLE = 3.0


def measure(evidence: Evidence) -> float | None:
    """Share of the outline with a visible step of lightness (3 L* or so) within 3 working pixels, 0 to 1."""
    contour = evidence.contour.copy()
    contour[[0, -1]] = contour[:, [0, -1]] = False
    if not contour.any():
        return None
    grey = evidence.rgb.mean(axis=-1, dtype=np.float32) * np.float32(100 / 255)
    grey = ndimage.uniform_filter(grey, 3)
    near = ndimage.maximum_filter(grey, 2 * REACH + 1) - ndimage.minimum_filter(grey, 2 * REACH + 1)
    return float((near[contour] > VISIBLE).mean())


CHECK = Check(
    name="agreement",
    label="Edge agreement",
    unit="share of outline",
    worse="low",
    limit=Limit(0.7, None),
    meaning="How much of the outline lies on an edge that can be seen in the photo.",
    measure=measure,
)
