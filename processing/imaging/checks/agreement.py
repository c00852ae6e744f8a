"""Owns the check of edge agreement: whether the outline lies on an edge of the photo."""

import numpy as np

from processing.imaging import planes
from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence, Floats

REACH = 3
# In per cent of full lightness, as L* is; and of one channel, whose grain is coarser.
VISIBLE, CHANNEL = 3.0, 6.0
# Where less of the outline shows in lightness, the channels are asked: blue and red can be equally light.
SHOWN = 0.98


def measure(evidence: Evidence) -> float | None:
    """Share of the outline with a visible step of lightness (3 % of its range, about 3 L*) or, failing that, of a
    channel (6 %) within 3 working pixels, 0 to 1."""
    contour = evidence.contour.copy()
    contour[[0, -1]] = contour[:, [0, -1]] = False
    if not contour.any():
        return None
    red, green, blue = np.moveaxis(evidence.rgb, -1, 0)
    visible = _step((red.astype(np.uint16) + green + blue) * np.float32(100 / 3 / 255)) > VISIBLE
    if visible[contour].mean() < SHOWN:
        for channel in (red, green, blue):
            visible |= _step(channel * np.float32(100 / 255)) > CHANNEL
    return float(visible[contour].mean())


def _step(values: Floats) -> Floats:
    """The difference of the highest and the lowest value within REACH, of values averaged over 3 px."""
    smooth = planes.averaged(values, 3)
    return planes.highest(smooth, REACH) + planes.highest(-smooth, REACH)


CHECK = Check(
    name="agreement",
    label="Edge agreement",
    unit="share of outline",
    worse="low",
    limit=Limit(0.7, None),
    meaning="How much of the outline lies on an edge that can be seen in the photo.",
    measure=measure,
)
