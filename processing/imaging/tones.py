"""Owns the light in which a model looks at a photo: a tone curve that opens the tones around the backdrop.

White on white and black on black differ by a few levels out of 256. A power curve that brings the backdrop to middle
grey spreads those levels, and the network sees an edge that was there all along.
"""

import numpy as np

from processing.imaging.frame import Pixels

# Measured on photos with truth: stronger curves find more of a white product, and lose dark parts on mild backdrops.
WHITE, BRIGHT, DARK = 0.94, 0.68, 0.3
STRONG, MILD, LIFTING = 4.0, 2.2, 0.5


def backdrop_lightness(rgb: Pixels) -> float:
    """The median brightness of the photo's border, 0 to 1."""
    edge = max(1, min(rgb.shape[:2]) // 32)
    sides = [rgb[:edge], rgb[-edge:], rgb[:, :edge], rgb[:, -edge:]]
    pixels = np.concatenate([side.reshape(-1, 3) for side in sides])
    return float(np.median(pixels @ np.array([0.299, 0.587, 0.114])) / 255)


def power_for(lightness: float, *, strong: bool = False) -> float:
    """The exponent of the curve for a backdrop; 1 where the tones need no opening."""
    if lightness < DARK:
        return LIFTING
    if lightness <= BRIGHT:
        return 1.0
    return STRONG if strong or lightness > WHITE else MILD


def opened(rgb: Pixels, power: float) -> Pixels:
    """The picture under the curve ``255 (v / 255) ** power``."""
    curve = (255 * (np.arange(256) / 255) ** power + 0.5).astype(np.uint8)
    return curve[rgb]
