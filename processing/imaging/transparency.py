"""Owns what a photo's own transparency says: a product that somebody has cut out already, its shadow, or a mere crop.

A picture with transparency mostly comes from a retoucher or a design file, and no model draws its edge as well. What
lies beneath the product in it is its shadow, and belongs to the background as any other.
"""

import math
from dataclasses import dataclass

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
# A shadow fades out: at its rim, so many px wide, it has on average no more than this share of its darkest.
RIM, FADED = 3, 0.4
# What is nowhere more opaque than this is no part of a product, but what a shadow or a reflection leaves.
RESIDUE = 64
# A shape is plain when it and a rectangle (with round corners, maybe) or an ellipse share so much of what both cover.
PLAIN = 0.97


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The product's opacity (H x W) by a photo's own transparency, and the area (px) taken away as shadow."""

    alpha: Alpha
    shadow: int


def product(own: Alpha, rgb: Pixels) -> Given | None:
    """The product of a photo (H x W) by its ``own`` transparency; ``rgb`` is the photo laid on white.

    Without the shadow, also where it touches the product. None where hardly anything is opaque, or all of it.
    """
    alpha = _without_residue(_without_shadow(own, rgb))
    if not looks.EMPTY <= np.count_nonzero(alpha > 127) / alpha.size <= looks.FULL:
        return None
    return Given(alpha, int(np.count_nonzero(own)) - int(np.count_nonzero(alpha)))


def crop(alpha: Alpha) -> bool:
    """Whether the opaque part is a plain shape: it may be a product, or a photo cut to a card, a pill or a circle."""
    box = planes.bounds(alpha > 127)
    if box is None:
        return False
    left, top, right, bottom = box
    shape = alpha[top:bottom, left:right] > 127
    return any(_shared(shape, plain) >= PLAIN for plain in (_rounded(shape), _ellipse(shape)))


def lenses(own: Alpha) -> Bools:
    """Where a photo came with translucency that is the product's own: nearly solid, or within the solid product.

    What is fainter and lies outside may be a veil, or a shadow that somebody drew with a hard edge.
    """
    clear = (own > 0) & (own < SOLID)
    return planes.dilated(planes.eroded(clear & ((own > MOST) | _glass(own)), EDGE), EDGE)


def _shared(one: Bools, other: Bools) -> float:
    """Intersection over union."""
    return int(np.count_nonzero(one & other)) / max(1, int(np.count_nonzero(one | other)))


def _rounded(shape: Bools) -> Bools:
    """The rectangle of a shape's size with corners so round that its area is the shape's: w h - (4 - pi) r^2."""
    height, width = shape.shape
    missing = shape.size - int(np.count_nonzero(shape))
    radius = min(math.sqrt(missing / (4 - math.pi)), min(height, width) / 2)
    down, across = (np.abs(np.arange(side) + 0.5 - side / 2) - side / 2 + radius for side in (height, width))
    corner = (down[:, None] > 0) & (across[None] > 0)
    return np.asarray(~corner | (down[:, None] ** 2 + across[None] ** 2 <= radius**2))


def _ellipse(shape: Bools) -> Bools:
    height, width = shape.shape
    down, across = ((np.arange(side) + 0.5) / side * 2 - 1 for side in (height, width))
    return np.asarray(down[:, None] ** 2 + across[None] ** 2 <= 1)


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
    """Where there is shadow and no edge is near: translucent, dark, fading out, and no glass."""
    clear = (own > 0) & (own < SOLID)
    found = planes.eroded(clear, EDGE)
    places = planes.places(found)
    opacity = own[places].astype(np.int32)
    # On white, a colour c of opacity a became 255 - a (1 - c).
    dark = rgb[places].max(axis=-1) <= 255 - opacity * (255 - DARK) / 255 + ROUNDING
    found[places] = (opacity <= MOST) & dark
    return found & ~_glass(own) & _fading(own, clear, found) if found.any() else found


def _fading(own: Alpha, clear: Bools, dark: Bools) -> Bools:
    """The translucent parts whose darkness fades out towards what is wholly transparent; a veil ends."""
    labels, count = planes.parts(clear)
    rim = clear & planes.dilated(own == 0, RIM) & ~planes.dilated(own >= SOLID, EDGE + RIM)
    total = np.bincount(labels[rim], weights=own[rim], minlength=count + 1)
    at_rim = total / np.maximum(np.bincount(labels[rim], minlength=count + 1), 1)
    darkest = np.zeros(count + 1)
    np.maximum.at(darkest, labels[dark], own[dark])
    return np.asarray((at_rim <= FADED * darkest)[labels])


def _glass(own: Alpha) -> Bools:
    """Gaps of the solid product that are translucent all over: lenses, windows."""
    labels, areas = planes.gaps(own >= SOLID)
    clear = np.bincount(labels[own == 0], minlength=len(areas))
    return np.asarray(((areas > 0) & (clear == 0))[labels])


def _without_residue(alpha: Alpha) -> Alpha:
    """Alpha without the parts that are faint all over; a glass beside a bottle need not be solid anywhere."""
    labels, count = planes.parts(alpha > 0)
    kept = np.bincount(labels[alpha > RESIDUE], minlength=count + 1) > 0
    return np.where(kept[labels], alpha, 0).astype(np.uint8)
