"""Owns the check of edge agreement: whether the outline lies on an edge of the photo."""

import numpy as np
from scipy import ndimage

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence

REACH = 3


def measure(evidence: Evidence) -> float | None:
    """Share of the outline with a visible step of colour (3 Lab units) within 3 working pixels, 0 to 1."""
    contour = evidence.contour.copy()
    contour[[0, -1]] = contour[:, [0, -1]] = False
    if not contour.any():
        return None
    light = evidence.lab
    step = np.sqrt(sum(ndimage.sobel(light, axis=a)[..., c] ** 2 for a in (0, 1) for c in range(3))) / 8
    near = ndimage.maximum_filter(step, size=2 * REACH + 1)
    return float((near[contour] > 3.0).mean())


CHECK = Check(
    name="agreement",
    label="Edge agreement",
    unit="share of outline",
    worse="low",
    limit=Limit(0.7, None),
    meaning="How much of the outline lies on an edge that can be seen in the photo.",
    measure=measure,
)
