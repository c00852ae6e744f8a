"""Owns drawn photos by which this machine's networks are calibrated and compared: products on many backdrops.

They are drawn anew each time, from numbers alone: at set-up there is no photo yet, and none may be carried along.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from processing.imaging.frame import Pixels

Floats = npt.NDArray[np.float32]
Random = np.random.Generator
# Where a product lies and how large it is: middle (x, y) and half its width, in pixels.
Place = tuple[float, float, float]

BACKDROPS = (
    (255, 255, 255),
    (244, 243, 241),
    (200, 202, 205),
    (128, 128, 128),
    (40, 40, 42),
    (12, 12, 12),
    (210, 190, 160),
    (150, 180, 200),
)
# How each family of networks wants its pixels: mean and spread by channel. Those not named here as ImageNet's.
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NORMALISED = {"isnet": ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0))}


def scene(seed: int, edge: int = 1024) -> Pixels:
    """A drawn photo, edge x edge px: a product with grain, pattern and light, its shadow, a shaded backdrop, noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:edge, 0:edge].astype(np.float32) / edge - np.float32(0.5)
    backdrop = np.asarray(BACKDROPS[seed % len(BACKDROPS)], np.float32)
    ground = backdrop * (1 - 0.25 * random.random() * np.hypot(x, y))[..., None]
    middle = edge * (0.5 + 0.08 * (random.random(2) - 0.5))
    place = float(middle[0]), float(middle[1]), edge * (0.15 + 0.2 * float(random.random()))
    mask = Image.new("L", (edge, edge))
    SHAPES[seed % len(SHAPES)](ImageDraw.Draw(mask), place, random)
    shadow = _soft(mask, edge / 40, (edge // 50, edge // 33))[..., None]
    alpha = _soft(mask, 0.8, (0, 0))[..., None]
    picture = ground * (1 - 0.45 * shadow) * (1 - alpha) + _surface(x, y, random, striped=bool(seed % 2)) * alpha
    noisy = picture + random.normal(0, 2, picture.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def network_input(rgb: Pixels, name: str, size: tuple[int, int]) -> Floats:
    """A picture as rembg hands it to the network ``name``: 1 x 3 x height x width for ``size`` (width, height)."""
    values = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS), np.float32)
    mean, spread = (np.asarray(part, np.float32) for part in NORMALISED.get(name.removesuffix("-int8"), IMAGENET))
    values = (values / max(float(values.max()), 1e-6) - mean) / spread
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)


def _soft(mask: Image.Image, radius: float, shift: tuple[int, int]) -> Floats:
    moved = Image.new("L", mask.size)
    moved.paste(mask.filter(ImageFilter.GaussianBlur(radius)), shift)
    return np.asarray(moved, np.float32) / np.float32(255)


def _surface(x: Floats, y: Floats, random: Random, *, striped: bool) -> Floats:
    """A product's surface: one colour in uneven light, blotches, grain, and stripes of another colour."""
    light = 1.15 - 0.5 * (x + y + 0.5 * np.sin(6 * x))
    coarse = Image.fromarray(random.normal(0, 20, (len(x) // 8, len(x) // 8)).astype(np.float32))
    blotches = np.asarray(coarse.resize((len(x), len(x)), Image.Resampling.BICUBIC))
    surface = random.integers(0, 256, 3) * light[..., None] + (blotches + random.normal(0, 6, x.shape))[..., None]
    turn = random.random() * np.pi
    stripes = np.sin((x * np.cos(turn) + y * np.sin(turn)) * 60) > 0.6
    return np.asarray(surface + striped * stripes[..., None] * random.normal(0, 60, 3), np.float32)


def _ball(draw: ImageDraw.ImageDraw, place: Place, random: Random) -> None:
    x, y, half = place
    draw.ellipse((x - half, y - 1.3 * half, x + half, y + 1.3 * half), fill=255)


def _box(draw: ImageDraw.ImageDraw, place: Place, random: Random) -> None:
    x, y, half = place
    draw.rounded_rectangle((x - half, y - 1.2 * half, x + half, y + 1.2 * half), radius=half / 5, fill=255)


def _shard(draw: ImageDraw.ImageDraw, place: Place, random: Random) -> None:
    x, y, half = place
    turns = np.sort(random.random(7)) * 2 * np.pi
    reach = half * (0.6 + 0.8 * random.random(7))
    corners = np.stack([x + reach * np.cos(turns), y + reach * np.sin(turns)], axis=-1)
    draw.polygon([(float(cx), float(cy)) for cx, cy in corners], fill=255)


def _bag(draw: ImageDraw.ImageDraw, place: Place, random: Random) -> None:
    x, y, half = place
    draw.rectangle((x - half, y - 0.3 * half, x + half, y + 1.2 * half), fill=255)
    handle = (x - 0.6 * half, y - 1.3 * half, x + 0.6 * half, y + 0.5 * half)
    draw.arc(handle, 180, 360, fill=255, width=max(4, round(half / 8)))


def _bottle(draw: ImageDraw.ImageDraw, place: Place, random: Random) -> None:
    x, y, half = place
    draw.rounded_rectangle((x - 0.45 * half, y - 0.5 * half, x + 0.45 * half, y + 1.4 * half), half / 6, fill=255)
    draw.rectangle((x - 0.15 * half, y - 1.3 * half, x + 0.15 * half, y - 0.4 * half), fill=255)


def _chair(draw: ImageDraw.ImageDraw, place: Place, random: Random) -> None:
    x, y, half = place
    draw.rectangle((x - half, y - 0.1 * half, x + half, y + 0.15 * half), fill=255)
    for leg in (-0.95, -0.4, 0.4, 0.95):
        ends = (x + leg * half, y, x + 1.05 * leg * half, y + 1.4 * half)
        draw.line(ends, fill=255, width=max(5, round(half / 12)))
    draw.rectangle((x - half, y - 1.3 * half, x - 0.8 * half, y), fill=255)
    draw.rectangle((x - half, y - 1.3 * half, x + half, y - half), fill=255)


SHAPES: tuple[Callable[[ImageDraw.ImageDraw, Place, Random], None], ...] = (_ball, _box, _shard, _bag, _bottle, _chair)
