"""Owns the check of background purity: marketplaces want exactly white, not nearly."""

import numpy as np

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Share of the canvas where nothing at all of the product is (alpha 0) that is exactly 255, 255, 255, in per cent.

    A haze fainter than the soft fraction counts from here on is product to this check; the models' certainty tells it.
    """
    if evidence.canvas is None:
        return None
    outside = evidence.canvas.alpha == 0
    if not outside.any():
        return None
    red, green, blue = np.moveaxis(evidence.canvas.rgb, -1, 0)
    white = (red & green & blue) == 255
    return float(100 * np.count_nonzero(white & outside) / np.count_nonzero(outside))


CHECK = Check(
    name="purity",
    label="Background purity",
    unit="% exactly white",
    worse="low",
    limit=Limit(100.0, 99.0),
    meaning="How much of the background is exactly white. Marketplaces refuse nearly white.",
    measure=measure,
)
