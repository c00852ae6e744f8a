"""Owns the check of edge agreement: whether the outline lies on an edge of the photo."""

import numpy as np
from scipy import ndimage

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
    grey = evidence.rgb.mean(axis=-1, dtype=np.float32) * np.float32(100 / 255)
    grey = ndimage.uniform_filter(grey, 3)
    return float(((_highest(grey) + _highest(-grey))[contour] > VISIBLE).mean())


def _highest(values: Floats) -> Floats:
    """The highest value within REACH pixels in rows and columns: ndimage.maximum_filter, twenty times as quick."""
    padded = np.pad(values, REACH, mode="symmetric")
    for _ in range(2):
        two = np.maximum(padded[1:], padded[:-1])
        four = np.maximum(two[2:], two[:-2])
        # Two windows of four that share a pixel cover seven.
        padded = np.maximum(four[3:], four[:-3]).T
    return padded


CHECK = Check(
    name="agreement",
    label="Edge agreement",
    unit="share of outline",
    worse="low",
    limit=Limit(0.7, None),
    meaning="How much of the outline lies on an edge that can be seen in the photo.",
    measure=measure,
)
