"""Owns the light in which a model looks at a photo: a curve that opens the tones around the backdrop, or even light.

White on white and black on black differ by a few levels out of 256. A power curve that brings the backdrop to middle
grey spreads those levels, and the network sees an edge that was there all along.
"""

import numpy as np
from PIL import Image

from processing.imaging import planes, scaling
from processing.imaging.contract import Mask
from processing.imaging.frame import Pixels

# Measured on photos with truth: stronger curves find more of a white product, and lose dark parts on mild backdrops.
WHITE, BRIGHT, DARK = 0.94, 0.85, 0.2
STRONG, MILD, LIFTING = 4.0, 2.2, 0.5
# Where a lane asks for it, tones are opened for milder backdrops too.
STRONG_BRIGHT, STRONG_DARK = 0.68, 0.3
# A rim within NEAR levels of the backdrop blends with it; below this share of the rim there is nothing to open for,
# and the curve would only cost sharpness elsewhere.
NEAR, BLENDS = 25, 0.006
RIM_EDGE, RIM = 400, 8
# Even light: fields across the picture, and how far contrast may rise in each.
FIELDS, CONTRAST = 8, 5.0


def backdrop_lightness(rgb: Pixels) -> float:
    """The median brightness of the photo's border, 0 to 1."""
    edge = max(1, min(rgb.shape[:2]) // 32)
    sides = [rgb[:edge], rgb[-edge:], rgb[:, :edge], rgb[:, -edge:]]
    pixels = np.concatenate([side.reshape(-1, 3) for side in sides])
    return float(np.median(pixels @ np.array([0.299, 0.587, 0.114])) / 255)


def power_for(lightness: float, *, strong: bool = False) -> float:
    """The exponent of the curve for a backdrop; 1 where the tones need no opening."""
    bright, dark = (STRONG_BRIGHT, STRONG_DARK) if strong else (BRIGHT, DARK)
    if lightness < dark:
        return LIFTING
    if lightness <= bright:
        return 1.0
    return STRONG if strong or lightness > WHITE else MILD


def blend(rgb: Pixels, quick: Mask) -> float:
    """Share of the product's rim, by a first mask in the picture's shape, whose colour is near the backdrop's; 0 to 1.

    1 where there is no rim or no backdrop to compare: then nothing speaks against opening.
    """
    scale = RIM_EDGE / max(quick.shape)
    size = max(1, round(quick.shape[1] * scale)), max(1, round(quick.shape[0] * scale))
    small = scaling.even(rgb, size).astype(np.float32)
    product = np.asarray(Image.fromarray(quick).resize(size, Image.Resampling.BILINEAR)) > 0.5
    rim = planes.eroded(product, beyond=False) & ~planes.eroded(product, RIM, beyond=False)
    behind = ~planes.dilated(product, RIM + 2)
    if not rim.any() or not behind.any():
        return 1.0
    away = np.abs(small[rim] - np.median(small[behind], axis=0)).max(axis=-1)
    return float((away < NEAR).mean())


def opened(rgb: Pixels, power: float) -> Pixels:
    """The picture under the curve ``255 (v / 255) ** power``."""
    curve = (255 * (np.arange(256) / 255) ** power + 0.5).astype(np.uint8)
    return planes.mapped(rgb, curve)


def equalised(rgb: Pixels) -> Pixels:
    """The picture with its brightness (the largest channel) evened out field by field; hue and saturation stay."""
    value = rgb.max(axis=-1)
    gain = planes.equalised(value, FIELDS, CONTRAST) / np.maximum(value, 1).astype(np.float32)
    lit = np.minimum(rgb * gain[..., None] + np.float32(0.5), 255)
    return np.asarray(lit, dtype=np.uint8)
