"""Owns what a photo's own transparency says: a product that somebody has cut out already, its shadow, or a mere crop.

A picture with transparency mostly comes from a retoucher or a design file, and no model draws its edge as well. What
lies beneath the product in it is its shadow, and belongs to the background as any other.
"""

import numpy as np
import numpy.typing as npt

from processing.imaging import looks, planes
from processing.imaging.frame import Alpha, Pixels

Bools = npt.NDArray[np.bool_]

# Opacity from which a pixel is wholly product.
SOLID = 250
# An edge is no wider (px) than twice this; what is translucent over more is shadow or glass.
EDGE = 4
# A shadow is no more opaque than MOST and as dark as DARK (levels, of its own colour).
MOST, DARK = 191, 64
# A pixel's own colour is known to so many levels when it was laid on white.
ROUNDING = 3
# So much of its box is filled by a shape that is no more than a rectangle, or of an ellipse and itself by one.
RECTANGLE, ELLIPSE = 0.95, 0.97


def product(own: Alpha, rgb: Pixels) -> Alpha | None:
    """The opacity of the product in a photo (H x W) by its ``own`` transparency; ``rgb`` is the photo laid on white.

    Without the shadow, also where it touches the product. None where hardly anything is opaque, or all of it.
    """
    alpha = _solid_parts(_without_shadow(own, rgb))
    share = np.count_nonzero(alpha > 127) / alpha.size
    return alpha if looks.EMPTY <= share <= looks.FULL else None


def crop(alpha: Alpha) -> bool:
    """Whether the opaque part is a plain rectangle or ellipse: it may be a product, or a photo cut to that shape."""
    box = planes.bounds(alpha > 127)
    if box is None:
        return False
    left, top, right, bottom = box
    shape = alpha[top:bottom, left:right] > 127
    if shape.mean() >= RECTANGLE:
        return True
    height, width = shape.shape
    down = (np.arange(height)[:, None] + 0.5) / height * 2 - 1
    across = (np.arange(width)[None] + 0.5) / width * 2 - 1
    ellipse = down**2 + across**2 <= 1
    return bool(np.count_nonzero(shape & ellipse) >= ELLIPSE * np.count_nonzero(shape | ellipse))


def _without_shadow(own: Alpha, rgb: Pixels) -> Alpha:
    """A product in front of its shadow has a = p + (1 - p) s, so p = (a - s) / (1 - s)."""
    shadow = _shadow(own, rgb)
    if not shadow.any():
        return own
    box = planes.around(shadow, 2 * EDGE)
    part = own[box].astype(np.float32)
    # The shadow near an edge is as dark as the darkest of it around there.
    s = planes.highest(np.where(shadow[box], part, 0).astype(np.float32), EDGE + 2)
    alpha = own.copy()
    alpha[box] = np.clip((part - s) * 255 / (255 - s) + 0.5, 0, 255)
    return alpha


def _shadow(own: Alpha, rgb: Pixels) -> Bools:
    """Where there is shadow and no edge is near: translucent, dark, and no glass."""
    found = planes.eroded((own > 0) & (own < SOLID), EDGE)
    places = planes.places(found)
    opacity = own[places].astype(np.int32)
    # On white, a colour c of opacity a became 255 - a (1 - c).
    dark = rgb[places].max(axis=-1) <= 255 - opacity * (255 - DARK) / 255 + ROUNDING
    found[places] = (opacity <= MOST) & dark
    return found & ~_glass(own) if found.any() else found


def _glass(own: Alpha) -> Bools:
    """Gaps of the solid product that are translucent all over: lenses, windows."""
    labels, areas = planes.gaps(own >= SOLID)
    clear = np.bincount(labels[own == 0], minlength=len(areas))
    return np.asarray(((areas > 0) & (clear == 0))[labels])


def _solid_parts(alpha: Alpha) -> Alpha:
    """Alpha without the parts in which nothing is solid: what a shadow leaves."""
    labels, count = planes.parts(alpha > 0)
    kept = np.bincount(labels[alpha >= SOLID], minlength=count + 1) > 0
    return np.where(kept[labels], alpha, 0).astype(np.uint8)
