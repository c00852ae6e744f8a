"""Owns the check of edge agreement: whether the outline lies on an edge of the photo."""

import numpy as np

from processing.imaging import planes
from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence, Floats

REACH = 3
VISIBLE = 3.0


def measure(evidence: Evidence) -> float | None:
    """Share of the outline with a visible step of lightness (3 L* or so) within 3 working pixels, 0 to 1."""
    contour = evidence.contour.copy()
    contour[[0, -1]] = contour[:, [0, -1]] = False
    if not contour.any():
        return None
    red, green, blue = np.moveaxis(evidence.rgb, -1, 0)
    grey: Floats = (red.astype(np.uint16) + green + blue) * np.float32(100 / 3 / 255)
    grey = planes.averaged(grey, 3)
    step = planes.highest(grey, REACH) + planes.highest(-grey, REACH)
    return float((step[contour] > VISIBLE).mean())


CHECK = Check(
    name="agreement",
    label="Edge agreement",
    unit="share of outline",
    worse="low",
    limit=Limit(0.7, None),
    meaning="How much of the outline lies on an edge that can be seen in the photo.",
    measure=measure,
)
