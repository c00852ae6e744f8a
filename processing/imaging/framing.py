"""Owns how a picture that fills its frame is cut to a shape: around what it shows, without white bars if that goes."""

import math
from dataclasses import dataclass

import numpy as np

from processing.imaging import planes, scaling
from processing.imaging.faults import Fault
from processing.imaging.frame import Pixels
from processing.imaging.planes import Box

# Room around what the picture shows, by its longer side.
AIR = 0.06


class TooSmall(Fault):
    """The picture has too few pixels for what is asked, and is not enlarged."""


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """A picture (H x W x 3) of the shape that was asked for, and how it came to that."""

    rgb: Pixels
    notes: tuple[str, ...]


def framed(rgb: Pixels, box: Box, most: tuple[int, int], least_edge: int) -> Framed:
    """The largest part of a picture in the shape of ``most`` (width, height) that holds ``box``, no larger than that.

    Where no such part holds it, the whole picture stands between white bars. Raises TooSmall below ``least_edge``.
    """
    part = _part(rgb.shape[1], rgb.shape[0], box, most[0] / most[1])
    notes: tuple[str, ...] = ()
    if part is None:
        shaped, notes = _between_bars(rgb, most[0] / most[1]), ("with white bars: cut to shape it would lose product",)
    else:
        left, top, right, bottom = part
        shaped = np.ascontiguousarray(rgb[top:bottom, left:right])
        if shaped.shape != rgb.shape:
            notes = ("cut to shape around the product",)
    height, width = shaped.shape[:2]
    scale = min(1.0, most[0] / width, most[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if max(size) < least_edge:
        raise TooSmall(
            "too_small",
            measured=f"The scene leaves {size[0]} x {size[1]} px in this shape.",
            wanted=f"at least {least_edge} px on the longer edge.",
            action="Upload the scene with more pixels.",
        )
    return Framed(scaling.sharp(shaped, size), notes)


def _part(width: int, height: int, box: Box, shape: float) -> Box | None:
    """The largest box of a shape (width by height) that holds another, its middle as near to that one's as it goes."""
    wide = min(width, math.floor(height * shape + 1e-6))
    high = min(height, math.floor(wide / shape + 0.5))
    air = AIR * max(box[2] - box[0], box[3] - box[1])
    needs = min(box[2] + air, width) - max(0, box[0] - air), min(box[3] + air, height) - max(0, box[1] - air)
    if needs[0] > wide or needs[1] > high:
        return None
    left = min(max(0, round((box[0] + box[2] - wide) / 2)), width - wide)
    top = min(max(0, round((box[1] + box[3] - high) / 2)), height - high)
    return left, top, left + wide, top + high


def _between_bars(rgb: Pixels, shape: float) -> Pixels:
    height, width = rgb.shape[:2]
    size = max(width, round(height * shape)), max(height, round(width / shape))
    made = planes.filled(size, (255, 255, 255))
    x, y = (size[0] - width) // 2, (size[1] - height) // 2
    made[y : y + height, x : x + width] = rgb
    return made
