"""Owns how clear glass is, and what it looks like without the backdrop that was seen through it.

A pixel of glass is the backdrop, dimmed, and light of the glass's own: C = (1 - a) B + a F. One photo can't tell a from
F, so the least a is taken that any F could explain (the idea of matting against a known backdrop, Smith and Blinn 1996,
"Blue screen matting"), where dimming counts in linear light, as glass absorbs. What is opaque and looks like the
backdrop (a white candle before white) comes out clear, too: one picture does not hold the difference.
"""

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.imaging import backdrops, planes
from processing.imaging.backdrops import Backdrop, Floats
from processing.imaging.frame import Alpha, Frame, Glass, Pixels

# Before a darker backdrop (share of white) all that is seen is the glass's own light, and nothing tells how it dims.
BRIGHT = 0.5
# Share of the backdrop's spread that is taken for its grain and not for glass.
GRAIN = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Cleared:
    """The glass of a product, or None with the reason why it stays solid; the share of its area that lets half of
    the backdrop through, or more."""

    glass: Glass | None
    why: str
    clear: float = 0.0


def cleared(frame: Frame, clarity: float, backdrop: Backdrop | None) -> Cleared:
    """What of ``frame`` lets its backdrop through; ``clarity``, 0 to 1, is how much of that is taken out."""
    if backdrop is None:
        return Cleared(None, "nothing of the backdrop can be seen")
    if backdrop.brightness < BRIGHT:
        return Cleared(None, f"the backdrop is as bright as {backdrop.brightness:.0%} of white, not {BRIGHT:.0%}")
    if backdrop.spread > backdrops.PLAIN:
        return Cleared(None, f"the backdrop is uneven by {backdrop.spread:.0f} levels, over {backdrops.PLAIN:.0f}")
    box = None if frame.alpha is None else planes.bounds(frame.alpha)
    if frame.alpha is None or box is None:
        return Cleared(None, "there is no product")
    glass = _measured(frame.rgb, box, clarity, backdrop)
    product = frame.alpha > 0
    # Of what is taken out, the clarity's share.
    clear = np.count_nonzero(product & (glass.opacity < 255 - 127 * clarity)) / np.count_nonzero(product)
    return Cleared(glass, "", clear)


def _measured(rgb: Pixels, box: planes.Box, clarity: float, backdrop: Backdrop) -> Glass:
    """The glass within ``box``; outside of it all is solid."""
    opacity, own = np.full(rgb.shape[:2], 255, np.uint8), rgb.copy()
    for part, behind in backdrop.bands(box, (rgb.shape[1], rgb.shape[0])):
        share = 1 - clarity * (1 - least_opacity(rgb[part], behind, GRAIN * backdrop.spread))
        opacity[part] = np.round(share * 255)
        own[part] = without(rgb[part], behind, opacity[part])
    return Glass(opacity, own)


def least_opacity(rgb: Pixels, behind: Floats, grain: float) -> Floats:
    """The least opacity, 0 to 1, H x W, with which some colour before ``behind`` (levels) gives ``rgb``.

    Of the three channels the one that needs most decides. ``grain`` levels of difference count as none.
    """
    seen = rgb.astype(np.float32)
    seen = behind + np.sign(seen - behind) * np.maximum(np.abs(seen - behind) - grain, 0)
    dimmed = 1 - _linear(seen) / np.maximum(_linear(behind), 1e-2)
    lit = (seen - behind) / np.maximum(255 - behind, 1)
    return np.asarray(np.clip(np.maximum(dimmed, lit).max(axis=-1), 0, 1), np.float32)


def without(rgb: Pixels, behind: Floats, opacity: Alpha) -> Pixels:
    """The glass's own colour: C = a F + (1 - a) B solved for F, in sRGB, since that is how pictures are composited.

    Over the old backdrop it gives the photo again. Where all is clear the colour does not count, and stays.
    """
    share = opacity[..., None].astype(np.float32) / 255
    own = (rgb - (1 - share) * behind) / np.maximum(share, 1 / 255)
    return np.where(opacity[..., None] == 0, rgb, np.clip(own + 0.5, 0, 255).astype(np.uint8))


def _linear(levels: Floats) -> npt.NDArray[np.float32]:
    """Linear light, 0 to 1, of sRGB levels rounded to whole ones."""
    light: npt.NDArray[np.float32] = _curve()[np.clip(levels + 0.5, 0, 255).astype(np.uint8)]
    return light


@functools.cache
def _curve() -> npt.NDArray[np.float32]:
    """sRGB's transfer function (IEC 61966-2-1) by level."""
    share = np.arange(256) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4).astype(np.float32)
