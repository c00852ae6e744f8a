"""Owns what is measured of a scene round a slot, and of a product, so that one can be made to look like the other:
the colour and amount of the light, how sharp edges are, how strong the grain is. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.imaging import colour, planes, scaling
from processing.imaging.frame import Alpha, Pixels
from processing.imaging.planes import Box, Floats

# Longest edge of the copy on which light is measured, px.
WORKING = 400
# A channel is changed by no more than this share, and brightness by no more than these: a guess must not ruin a colour.
MOST_TINT, DARKEST, BRIGHTEST = 0.15, 0.65, 1.12
# Product photos are lit so that white is about this luminance.
STUDIO_WHITE = 0.85
# Of the brighter half of a scene, this share with the least colour is taken for its white, unless that is coloured too.
# Round a place the limit (CIE chroma) is lower, since there may be nothing but wood; a whole scene has something pale.
PALEST, COLOURED_NEAR, COLOURED = 0.2, 20.0, 30.0
# Levels of 255 above this say nothing of a light's colour: they are cut off.
CLIPPED = 250
# Blur (px) that is added at most, by the scene's longest edge, and grain in levels of 255.
MOST_BLUR, MOST_GRAIN = 0.002, 8.0
# Zhuo and Sim 2011: an edge blurred again by this much loses sharpness by how blurred it was.
PROBE = 1.0
# What an ideal edge on a pixel raster measures, px.
RASTER = 0.45
_LAPLACE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


@dataclass(frozen=True, slots=True)
class Light:
    """Gains of red, green and blue that give a product a scene's light, and the notes of what could not be told."""

    gains: tuple[float, float, float]
    notes: tuple[str, ...] = ()


def light_of(rgb: Pixels, near: Box, strength: float, exposure: float = 0.0) -> Light:
    """What the light of a scene (H x W x 3) does to a product at ``near``; all of it with the strength 1.

    White is what is palest in the brighter half round the place, or else in the whole scene. ``exposure`` is in stops
    and comes on top, unbounded by what is guessed.
    """
    tint, notes = _tint(rgb, near)
    small = _light(rgb)
    level = float(np.percentile(colour.luminance(small), 95)) / STUDIO_WHITE
    amount = float(np.clip(level, DARKEST, BRIGHTEST)) ** strength * 2.0**exposure
    bounded = np.clip(tint, 1 - MOST_TINT, 1 + MOST_TINT) ** strength
    red, green, blue = (float(gain) for gain in bounded * amount)
    return Light((red, green, blue), notes)


def _tint(rgb: Pixels, near: Box) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
    for part, most in ((_around(rgb, near), COLOURED_NEAR), (rgb, COLOURED)):
        white = _white(part, most)
        if white is not None:
            return (white / colour.luminance(white)).astype(np.float32), ()
    note = "nothing in the scene is near enough to white to tell the colour of its light: the product's colours stay"
    return np.ones(3, np.float32), (note,)


def _white(rgb: Pixels, most: float) -> Floats | None:
    """The mean light of what is palest among the brighter half; None where all is coloured, dark or cut off."""
    small = _small(rgb).reshape(-1, 3)
    small = small[small.max(axis=1) < CLIPPED]
    if len(small) < 50:
        return None
    lab = colour.lab(small)
    bright = lab[:, 0] >= max(float(np.median(lab[:, 0])), 20.0)
    if not bright.any():
        return None
    chroma = np.hypot(lab[bright, 1], lab[bright, 2])
    limit = np.quantile(chroma, PALEST)
    if limit > most:
        return None
    return np.asarray(colour.linear(small[bright][chroma <= limit]).mean(axis=0), np.float32)


def _around(rgb: Pixels, near: Box) -> Pixels:
    left, top, right, bottom = near
    wide, high = right - left, bottom - top
    return rgb[max(0, top - high) : bottom + high, max(0, left - wide) : right + wide]


def _small(rgb: Pixels) -> Pixels:
    return scaling.even(rgb, scaling.fitted((rgb.shape[1], rgb.shape[0]), WORKING))


def _light(rgb: Pixels) -> Floats:
    return colour.linear(_small(rgb))


def blur_of(grey: Floats) -> float | None:
    """How blurred the sharpest edges of a plane (0 to 255) are: a Gaussian's deviation in px; None without an edge.

    Soft things have soft edges in a sharp photo, so the sharpest quarter of the strong edges counts. By how much an
    edge's gradient falls when it is blurred again (Zhuo and Sim, "Defocus map estimation from a single image", 2011).
    """
    # Grain must not count as an edge.
    calm = planes.blurred(grey, 0.5)
    first, again = _gradient(calm), _gradient(planes.blurred(calm, PROBE))
    strong = first > max(6.0, float(np.percentile(first, 90)))
    # Only along the ridge of an edge does the ratio tell its blur.
    strong &= first >= planes.highest(first, 1) - 1e-3
    if strong.sum() < 30:
        return None
    ratio = first[strong] / np.maximum(again[strong], 1e-3)
    sharpest = float(np.quantile(np.maximum(ratio, 1.001), 0.75))
    return float(np.sqrt(max(0.0, PROBE**2 / (sharpest**2 - 1) - 0.25)))


def _gradient(grey: Floats) -> Floats:
    down, across = np.gradient(grey)
    return np.asarray(np.hypot(down, across), np.float32)


def grain_of(grey: Floats, where: npt.NDArray[np.bool_] | None = None) -> float:
    """The deviation (levels of 255) of a plane's grain, in its calmest fifth, where there is no texture.

    By the difference of two Laplacians (Immerkaer, "Fast noise variance estimation", 1996), in fields of 16 px.
    """
    side = 16
    rough = np.abs(_laplaced(grey))
    height, width = (length // side * side for length in rough.shape)
    if not height or not width:
        return 0.0
    fields = _fields(rough[:height, :width], side)
    if where is not None:
        inside = _fields(where[:height, :width].astype(np.float32), side).min(axis=1) > 0
        fields = fields[inside]
    if not len(fields):
        return 0.0
    # The mean of |n| is the deviation times the root of 2 / pi; the mask makes it 6 times as large.
    return float(np.quantile(fields.mean(axis=1), 0.2)) * float(np.sqrt(np.pi / 2)) / 6


def _laplaced(grey: Floats) -> Floats:
    wide = np.pad(grey, 1, mode="edge")
    height, width = grey.shape
    parts = (
        _LAPLACE[row, column] * wide[row : row + height, column : column + width]
        for row in range(3)
        for column in range(3)
    )
    return np.asarray(sum(parts), np.float32)


def _fields(values: Floats, side: int) -> Floats:
    rows, columns = values.shape[0] // side, values.shape[1] // side
    tiles = values.reshape(rows, side, columns, side).swapaxes(1, 2)
    return np.asarray(tiles.reshape(-1, side * side), np.float32)


def grey_of(rgb: Pixels, near: Box) -> Floats:
    """The levels (0 to 255) of a scene round a place, of which blur and grain are measured."""
    part = _around(rgb, near)
    return np.asarray(part.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def added_blur(scene: float | None, product: float | None, longest: int, strength: float) -> float:
    """The deviation (px) of the blur that makes a product as soft as its scene; never more than the bound."""
    if scene is None:
        return 0.0
    own = RASTER if product is None else product
    wanted = float(np.sqrt(max(0.0, scene**2 - own**2))) * strength
    return min(wanted, MOST_BLUR * longest)


def added_grain(scene: float, product: float, strength: float) -> float:
    """The deviation (levels of 255) of the grain that a product lacks; never more than the bound."""
    return min(MOST_GRAIN, float(np.sqrt(max(0.0, scene**2 - product**2))) * strength)


def grain(shape: tuple[int, int], deviation: float) -> Floats:
    """Grain for a plane; the same for the same shape, so that a mock-up made twice is the same file."""
    made = np.random.default_rng(shape[0] * 100_003 + shape[1]).normal(0, deviation, shape)
    return np.asarray(made, np.float32)


def solid(alpha: Alpha) -> npt.NDArray[np.bool_]:
    """Where a product is so opaque, and so far from its edge, that its own blur and grain can be measured."""
    return planes.eroded(alpha > 250, 3)
