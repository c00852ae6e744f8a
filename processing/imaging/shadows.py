"""Owns the painting of shadows: from a product's opacity on a canvas to the share of light that each place loses.

Everything is computed on a small copy of the canvas and measured in shares of the product, so that a preview, a
marketplace's picture and the full-size one get the same shadow. Kinds and what makes them look right:
reference/marketplaces-and-effects.md, 3.4.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from processing.imaging import scaling
from processing.imaging.frame import Alpha, Shadow
from processing.imaging.rendering import Canvas

Floats = npt.NDArray[np.float32]
# Left, top, right, bottom, to parts of a pixel.
RealBox = tuple[float, float, float, float]

# The small copy's longer edge, px.
WORKING = 480
# The outermost share of a canvas that no shadow reaches, since marketplaces want pure white there; then it fades in.
CLEAR, FADE = 0.012, 0.06
# Seen from slightly above, what lies on the ground is flattened to this share.
FLATTENED = 0.4
# Parts that stand no higher than this share of the product above its lowest point touch the ground.
STANDING = 0.05
# Products stand on more than their lowest row: a cast shadow begins this share of the longer side above it.
FOOT = 0.03
# A share of light below this moves no 8-bit value.
UNSEEN = 1 / 512


@dataclass(frozen=True, slots=True)
class _Product:
    """A product on the small canvas: opacity 0 to 1, its box (left, top, right, bottom) to parts of a pixel."""

    opacity: Floats
    box: RealBox

    @property
    def side(self) -> float:
        """Its longer side."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


def under(canvas: Canvas, shadow: Shadow | None) -> Canvas:
    """The canvas with ``shadow`` painted beneath its product; a canvas without a background can't take one.

    A background B that loses the share s of its light under a product of opacity a and colour F shows
    aF + (1 - a)(1 - s)B, which is the plain composite less (1 - a)sB. Raises ValueError without a background.
    """
    if shadow is None:
        return canvas
    if canvas.background is None:
        raise ValueError("A shadow needs a background to fall on.")
    small = scaling.even(canvas.alpha, working_size(canvas.size))
    scale = small.shape[1] / canvas.size[0]
    box = (canvas.box[0] * scale, canvas.box[1] * scale, canvas.box[2] * scale, canvas.box[3] * scale)
    light = Image.fromarray(taken(small, box, shadow)).resize(canvas.size, Image.Resampling.BICUBIC)
    return replace(canvas, rgb=_darkened(canvas, within(light, shadow)))


def _darkened(canvas: Canvas, light: Floats) -> npt.NDArray[np.uint8]:
    rows, columns = np.nonzero((light > UNSEEN).any(axis=1))[0], np.nonzero((light > UNSEEN).any(axis=0))[0]
    rgb = canvas.rgb.copy()
    if rows.size:
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        ground = np.array(canvas.background, np.float32)
        rgb[box] = laid(rgb[box], canvas.alpha[box], light[box], ground)
    return rgb


def laid(rgb: npt.NDArray[np.uint8], alpha: Alpha, light: Floats, ground: Floats) -> npt.NDArray[np.uint8]:
    """A composite (H x W x 3) on the colour ``ground`` with the share ``light`` (H x W) taken beneath ``alpha``."""
    share = light * (1 - alpha.astype(np.float32) / 255)
    share[share < UNSEEN] = 0
    darker = rgb.astype(np.float32) - share[..., None] * ground
    result: npt.NDArray[np.uint8] = np.clip(darker + 0.5, 0, 255).astype(np.uint8)
    return result


def within(light: Image.Image, shadow: Shadow) -> Floats:
    """The enlarged shares of light, without what the enlarging overshot."""
    return np.clip(np.asarray(light, np.float32), 0, np.float32(shadow.density))


def working_size(size: tuple[int, int]) -> tuple[int, int]:
    """The small copy's width and height for a canvas of that size."""
    scale = WORKING / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def taken(alpha: Alpha, box: RealBox, shadow: Shadow) -> Floats:
    """The share of light, 0 to 1, that each place of a small canvas loses to the shadow.

    ``alpha`` (H x W) is the product's opacity there and ``box`` where it is at least half opaque.
    """
    product = _Product(alpha.astype(np.float32) / np.float32(255), box)
    light = np.clip(PAINT[shadow.kind](product, shadow), 0, 1) * np.float32(shadow.density)
    return (light * _window(alpha.shape)).astype(np.float32)


def _window(shape: tuple[int, ...]) -> Floats:
    """1 inside, 0 at the rim, a smooth step between; exactly 0 on the outermost pixels."""

    def along(length: int) -> Floats:
        place = np.minimum(np.arange(length), np.arange(length)[::-1]).astype(np.float32)
        share = np.clip((place - max(2, CLEAR * length)) / max(1, FADE * length), 0, 1)
        smooth: Floats = (share * share * (3 - 2 * share)).astype(np.float32)
        return smooth

    return np.outer(along(shape[0]), along(shape[1])).astype(np.float32)


def _blur(values: Floats, deviation: float | tuple[float, float]) -> Floats:
    return ndimage.gaussian_filter(values, deviation, mode="constant").astype(np.float32)


def _towards(shadow: Shadow) -> tuple[float, float]:
    """Right and down, 1 together, of the direction."""
    angle = np.deg2rad(shadow.direction)
    return float(np.cos(angle)), float(np.sin(angle))


def _standing(product: _Product) -> Floats:
    """Where the product meets the ground: the lowest opaque pixel of each column, fainter the higher it hangs."""
    solid = product.opacity[:-1] > 0.5
    columns = np.nonzero(solid.any(axis=0))[0]
    lowest = solid.shape[0] - 1 - np.argmax(solid[::-1, columns], axis=0)
    # Where the column ends to parts of a pixel: the last rows are as opaque as they are covered.
    end = lowest - 1 + product.opacity[lowest, columns] + product.opacity[lowest + 1, columns]
    hanging = (product.box[3] - 1 - end).clip(0) / max(1.0, STANDING * product.side)
    weight, part = np.exp(-(hanging**2)), (end - np.floor(end))
    ground: Floats = np.zeros(product.opacity.shape, np.float32)
    row = np.floor(end).astype(int).clip(0, solid.shape[0] - 1)
    ground[row, columns] = weight * (1 - part)
    ground[row + 1, columns] = weight * part
    return ground


def _contact(product: _Product, shadow: Shadow) -> Floats:
    """A dark core at the line on which the product stands and a wider, flat blur around it."""
    right, down = _towards(shadow)
    reach = 0.06 * shadow.length * product.side
    line = ndimage.shift(_standing(product), (max(0.0, down) * reach * FLATTENED, right * reach), order=1)
    softness = 0.015 + 0.06 * shadow.softness
    wide, flat = softness * product.side, max(0.8, 0.5 * softness * product.side)
    core = _blur(line, (max(0.7, flat / 4), max(0.7, wide / 4)))
    around = _blur(line, (flat, wide))
    return _strongest(core) * np.float32(0.7) + _strongest(around) * np.float32(0.8)


def _strongest(values: Floats) -> Floats:
    """Scaled so that the darkest place is 1."""
    return (values / np.float32(max(float(values.max()), 1e-6))).astype(np.float32)


def _drop(product: _Product, shadow: Shadow) -> Floats:
    """The product's own shape behind it, moved and blurred."""
    right, down = _towards(shadow)
    reach = 0.2 * shadow.length * product.side
    softness = max(0.6, 0.06 * shadow.softness * product.side)
    return _blur(ndimage.shift(product.opacity, (down * reach, right * reach), order=1).astype(np.float32), softness)


def _cast(product: _Product, shadow: Shadow) -> Floats:
    """The product laid on the ground from the line it stands on; softer and fainter the further from it.

    A point at the height h above the ground falls to h times the length along the direction, flattened downwards.
    """
    right, down = _towards(shadow)
    reach = 0.1 + 1.4 * shadow.length
    flat = FLATTENED * down
    flat = flat if abs(flat) > 0.08 else (0.08 if flat >= 0 else -0.08)
    base = product.box[3] - FOOT * product.side
    # x_product = x - right * reach * h and y_product = base - h, with h = (y - base) / (flat * reach).
    a_row = 1 / (flat * reach)
    matrix = (1, -right * reach * a_row, right * reach * a_row * base, 0, -a_row, base + a_row * base)
    height, width = product.opacity.shape
    picture = Image.fromarray(product.opacity)
    laid_down = np.asarray(
        picture.transform((width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR), np.float32
    )
    rows = (np.arange(height, dtype=np.float32)[:, None] - base + 0.5) * a_row
    far = np.clip(rows / max(1, product.box[3] - product.box[1]), 0, 1).astype(np.float32)
    # Nothing lies behind the line on which it stands; the row that the line crosses counts in part.
    ahead = np.clip(rows * abs(flat * reach) + 0.5, 0, 1).astype(np.float32)
    fallen = _growing_blur(laid_down * ahead, far, shadow, product.side)
    fainter = fallen * (1 - np.float32(0.7) * far)
    near = _contact(product, replace(shadow, length=0.0, softness=shadow.softness / 2))
    light: Floats = (1 - (1 - fainter) * (1 - np.float32(0.7) * np.clip(near, 0, 1))).astype(np.float32)
    return light


def _growing_blur(values: Floats, far: Floats, shadow: Shadow, side: float) -> Floats:
    """Blurred more where ``far`` (0 to 1) is larger, between four levels."""
    most = max(0.8, 0.08 * shadow.softness * side)
    levels = [_blur(values, max(0.6, most * share)) for share in (0.15, 0.4, 0.7, 1.0)]
    place = np.broadcast_to(far * (len(levels) - 1), values.shape)
    result = np.zeros_like(values)
    for number, level in enumerate(levels):
        result += level * np.clip(1 - np.abs(place - number), 0, 1)
    return result


PAINT: dict[str, Callable[[_Product, Shadow], Floats]] = {"contact": _contact, "drop": _drop, "cast": _cast}
KINDS: tuple[str, ...] = tuple(PAINT)
