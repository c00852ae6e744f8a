"""Owns the placing of a cut-out on a canvas: box, scale, centring, background, and the notes of what gave way.

Everything is done in 8 bits, with one resampling at most: no full-size floats.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from processing.imaging import planes, scaling
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Alpha, Frame, Pixels

Rgb = tuple[int, int, int]
# Left, top, right, bottom; the ends are exclusive.
Box = tuple[int, int, int, int]

WHITE: Rgb = (255, 255, 255)
# A pixel at least this opaque belongs to the product's box; fainter ones are drawn but do not move it.
HALF = 128
# Lanczos looks this many output pixels far.
REACH = 3


class TooSmall(StepFailed):
    """The product has too few pixels for the canvas asked for, and may not be enlarged."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What a canvas should be. Lengths are pixels; ``fill`` and ``margin`` are shares of the canvas.

    ``width`` and ``height`` are the largest canvas. A product with too few pixels for it gets a smaller canvas of the
    same shape, down to a longer edge of ``least``; below that it is enlarged with ``upscale``, and refused without.
    A product whose longer side has fewer source pixels than ``least_product`` is refused on any canvas.
    """

    width: int
    height: int
    fill: float = 0.88
    margin: float = 0.01
    background: Rgb | None = WHITE
    least: int = 1
    upscale: bool = False
    least_product: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A placed picture. A source pixel (x, y) lies at scale * x + offset[0], scale * y + offset[1].

    ``alpha`` is the product's opacity on the canvas; ``rgb`` is composited, or plain product colour where
    ``background`` is None. ``box`` is the product's, where it is at least half opaque.
    """

    rgb: Pixels
    alpha: Alpha
    scale: float
    offset: tuple[float, float]
    box: Box
    background: Rgb | None = WHITE
    notes: tuple[str, ...] = field(default=())

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]


# What people review: the product at its own size, never enlarged, on a white square.
MASTER = Spec(5000, 5000)


def place(frame: Frame, spec: Spec) -> Canvas:
    """Centre the product of ``frame`` on the canvas of ``spec``. Raises StepFailed without a product, TooSmall."""
    (rgb, alpha), box = _product(frame), _box(frame)
    scale, size, notes = fit(box, spec)
    offset = centred(box, scale, size)
    margin = max(1, round(spec.margin * min(size)))
    picture, opacity = _drawn(rgb, alpha, scale, offset, size, spec.background)
    notes += _touching(alpha, box) + _clear_margin(opacity, margin)
    planes.fill(picture, opacity == 0, spec.background or (0, 0, 0))
    placed = _placed_box(box, scale, offset)
    return Canvas(picture, opacity, scale, offset, placed, spec.background, notes)


def whole(frame: Frame) -> Canvas:
    """The cut-out in the photo's own geometry on nothing: what is wholly transparent loses its colour.

    Raises StepFailed without a product.
    """
    (rgb, alpha), box = _product(frame), _box(frame)
    rgb = rgb * (alpha > 0)[..., None].astype(np.uint8)
    return Canvas(rgb, alpha, 1.0, (0.0, 0.0), box, None)


def fit(box: Box, spec: Spec) -> tuple[float, tuple[int, int], tuple[str, ...]]:
    """Scale, canvas size and notes for a product of ``box`` source pixels. Raises TooSmall.

    The product takes ``fill`` of the canvas along the axis on which it is longer, relative to the canvas.
    """
    width, height = box[2] - box[0], box[3] - box[1]
    if max(width, height) < spec.least_product:
        raise _too_small(max(width, height), f"{spec.least_product} px, not counting the white around it.")
    scale = min(spec.fill * spec.width / width, spec.fill * spec.height / height)
    if scale <= 1:
        return scale, (spec.width, spec.height), ()
    longest = max(spec.width, spec.height)
    edge = math.ceil(longest / scale)
    if edge >= spec.least:
        size = _shaped(spec, edge)
        note = f"canvas of {size[0]} x {size[1]} px: the product is {max(width, height)} px long and is not enlarged"
        return 1.0, size, (note,)
    return _enlarged(width, height, scale, spec)


def crop(rgb: Pixels, box: Box) -> Pixels:
    """The part of a picture inside ``box``, cut at the picture's own edges."""
    left, top, right, bottom = box
    return rgb[max(top, 0) : bottom, max(left, 0) : right]


def box_of(alpha: Alpha, least: int = HALF) -> Box | None:
    """The box of what is at least ``least`` opaque, or None."""
    return planes.bounds(alpha >= least)


def _product(frame: Frame) -> tuple[Pixels, Alpha]:
    """The product's colour and opacity, clear glass and all."""
    rgb, alpha = frame.drawn
    if alpha is not None and alpha.any():
        return rgb, alpha
    raise _empty()


def _box(frame: Frame) -> Box:
    """The whole product's box, however clear; what was painted faint may be nowhere half opaque, then all counts."""
    covered = frame.covered
    box = None if covered is None else box_of(covered) or box_of(covered, 1)
    if box is None:
        raise _empty()
    return box


def _empty() -> StepFailed:
    return StepFailed(
        "empty_cutout",
        measured="The cut-out has no visible pixel.",
        wanted="a product to place on the canvas.",
        action="Reprocess the photo with another recipe, or repair the mask.",
    )


def _shaped(spec: Spec, edge: int) -> tuple[int, int]:
    """The canvas of the spec's shape whose longer edge is ``edge``."""
    longest = max(spec.width, spec.height)
    return max(1, round(spec.width * edge / longest)), max(1, round(spec.height * edge / longest))


def _enlarged(width: int, height: int, scale: float, spec: Spec) -> tuple[float, tuple[int, int], tuple[str, ...]]:
    longest, product = max(spec.width, spec.height), max(width, height)
    enlarging = scale * spec.least / longest
    if not spec.upscale:
        raise _too_small(product, f"{math.ceil(product * enlarging)} px, for a canvas of {spec.least} px.")
    note = f"enlarged {enlarging:.2f} times: the product is {product} px long, the canvas at least {spec.least} px"
    return enlarging, _shaped(spec, spec.least), (note,)


def _too_small(product: int, wanted: str) -> TooSmall:
    return TooSmall(
        "too_small",
        measured=f"The product is {product} px long in the photo.",
        wanted=wanted,
        action="Send a larger photo, or one taken closer to the product.",
    )


def centred(box: Box, scale: float, size: tuple[int, int]) -> tuple[float, float]:
    """Where the source's corner lies; whole pixels, so that an unscaled product is copied and not resampled."""
    x = (size[0] - scale * (box[0] + box[2])) / 2
    y = (size[1] - scale * (box[1] + box[3])) / 2
    return (math.floor(x), math.floor(y)) if scale == 1 else (x, y)


def _drawn(
    rgb: Pixels,
    alpha: Alpha,
    scale: float,
    offset: tuple[float, float],
    size: tuple[int, int],
    background: Rgb | None,
) -> tuple[Pixels, Alpha]:
    """The canvas and the product's opacity on it, both writable."""
    visible = box_of(alpha, 1) or (0, 0, 1, 1)
    target = _target(visible, scale, offset, size)
    window = tuple((edge - offset[axis % 2]) / scale for axis, edge in enumerate(target))
    if scale == 1:
        drawn = _copied(rgb, alpha, window, background)
    else:
        drawn = _resampled(_composited(rgb, alpha, visible, window, scale, background), window, target)
    canvas, matte = planes.filled(size, background or (0, 0, 0)), np.zeros((size[1], size[0]), np.uint8)
    part = np.s_[target[1] : target[3], target[0] : target[2]]
    canvas[part], matte[part] = drawn
    return canvas, matte


def _target(visible: Box, scale: float, offset: tuple[float, float], size: tuple[int, int]) -> Box:
    """The whole canvas pixels that the visible part of the source touches."""
    left, top = (math.floor(scale * visible[axis] + offset[axis]) for axis in (0, 1))
    right, bottom = (math.ceil(scale * visible[axis + 2] + offset[axis]) for axis in (0, 1))
    return max(0, left), max(0, top), min(size[0], right), min(size[1], bottom)


def _copied(rgb: Pixels, alpha: Alpha, window: tuple[float, ...], background: Rgb | None) -> tuple[Pixels, Alpha]:
    """The window of the source, on its background where that shines through; what is wholly transparent stays."""
    left, top, right, bottom = (round(edge) for edge in window)
    picture, opacity = rgb[top:bottom, left:right].copy(), alpha[top:bottom, left:right]
    if background is not None:
        edge = planes.places((opacity > 0) & (opacity < 255))
        share = opacity[edge][:, None].astype(np.uint16)
        mixed = picture[edge] * share + np.array(background, np.uint16) * (255 - share) + 128
        # A 255th, rounded: exact for all 16-bit products of two bytes.
        picture[edge] = (mixed + (mixed >> 8)) >> 8
    return picture, opacity


def _composited(
    rgb: Pixels,
    alpha: Alpha,
    visible: Box,
    window: tuple[float, ...],
    scale: float,
    background: Rgb | None,
) -> tuple[Image.Image, Image.Image, tuple[int, int]]:
    """The window of the source on its background, with as much around it as the filter looks at, and its corner.

    Compositing before resampling gives the same as resampling premultiplied colour, and rounds once less.
    """
    pad = math.ceil(REACH / min(scale, 1.0)) + 1
    left, top = (math.floor(edge) - pad for edge in window[:2])
    right, bottom = (math.ceil(edge) + pad for edge in window[2:])
    part = max(left, visible[0]), max(top, visible[1]), min(right, visible[2]), min(bottom, visible[3])
    inside = Image.fromarray(np.ascontiguousarray(crop(rgb, part)))
    mask = Image.fromarray(np.ascontiguousarray(crop(alpha, part)))
    corner = (part[0] - left, part[1] - top)
    matte = Image.new("L", (right - left, bottom - top), 0)
    matte.paste(mask, corner)
    picture = Image.new("RGB", matte.size, background or (0, 0, 0))
    picture.paste(inside, corner, mask if background is not None else None)
    if background is None:
        picture.putalpha(matte)
    return picture, matte, (left, top)


def _resampled(
    composited: tuple[Image.Image, Image.Image, tuple[int, int]], window: tuple[float, ...], target: Box
) -> tuple[Pixels, Alpha]:
    picture, matte, (x, y) = composited
    box = (window[0] - x, window[1] - y, window[2] - x, window[3] - y)
    size = (target[2] - target[0], target[3] - target[1])
    opacity = scaling.sharp(np.asarray(matte), size, box)
    return scaling.sharp(np.asarray(picture), size, box)[..., :3], opacity


def _clear_margin(opacity: Alpha, margin: int) -> tuple[str, ...]:
    """Clear the outermost pixels of the product's opacity; a note where something faint was there."""
    sides = np.s_[:margin, :], np.s_[-margin:, :], np.s_[:, :margin], np.s_[:, -margin:]
    found = max(int(opacity[side].max(initial=0)) for side in sides)
    for side in sides:
        opacity[side] = 0
    return (f"faint pixels (up to {found} of 255) in the outer {margin} px were cleared",) if found else ()


def _touching(alpha: Alpha, box: Box) -> tuple[str, ...]:
    height, width = alpha.shape
    sides = ("left", box[0] == 0), ("top", box[1] == 0), ("right", box[2] == width), ("bottom", box[3] == height)
    touched = [name for name, touches in sides if touches]
    return (f"the product is cut by the photo's {' and '.join(touched)} edge",) if touched else ()


def _placed_box(box: Box, scale: float, offset: tuple[float, float]) -> Box:
    left, top, right, bottom = (round(scale * edge + offset[axis % 2]) for axis, edge in enumerate(box))
    return left, top, right, bottom
