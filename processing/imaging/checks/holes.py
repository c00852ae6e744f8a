"""Owns the check of holes: enclosed gaps in the product."""

import numpy as np
from scipy import ndimage

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Area of enclosed gaps over the area of the product, in per cent."""
    if not evidence.area:
        return None
    filled = ndimage.binary_fill_holes(evidence.hard)
    return float(100 * np.sum(filled & ~evidence.hard) / evidence.area)


CHECK = Check(
    name="holes",
    label="Holes",
    unit="% of product",
    worse="high",
    limit=Limit(12.0, None),
    meaning="Gaps inside the outline. A ring or a handle has one by right; elsewhere it is product cut away.",
    measure=measure,
)
