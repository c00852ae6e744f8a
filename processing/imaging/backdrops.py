"""Owns what a photo's backdrop looks like where the product hides it: the colours around the product, spread smoothly
across it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from processing.imaging import planes, scaling
from processing.imaging.frame import Alpha, Pixels

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

# Backdrops are looked at on a copy this long, px.
EDGE = 400
# Up to this spread (sRGB levels, distance in three channels) a backdrop is plain.
PLAIN = 12.0
# Alpha up to which a pixel belongs to the backdrop, and so many small pixels around the product do not.
NOTHING, RIM = 8, 3
# Rows of a band.
BAND = 256


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """A photo's backdrop behind its product.

    ``colours`` are sRGB levels on a small copy of the whole photo, h x w x 3; ``spread`` is how far nine tenths of the
    real backdrop's pixels are from it at most, in levels; ``brightness`` is the share of white behind the product.
    """

    colours: Floats
    spread: float
    brightness: float

    def part(self, box: planes.Box, whole: tuple[int, int]) -> "Backdrop":
        """The backdrop of the part ``box`` (px) of a photo of the size ``whole`` (width, height)."""
        share = min(1.0, EDGE / max(box[2] - box[0], box[3] - box[1]))
        size = max(1, round((box[2] - box[0]) * share)), max(1, round((box[3] - box[1]) * share))
        return replace(self, colours=self.within(box, whole, size))

    def bands(self, box: planes.Box, whole: tuple[int, int]) -> Iterator[tuple[tuple[slice, slice], Floats]]:
        """Rows and columns of ``box`` (px) a band at a time, and the colours there, of a photo of the size ``whole``
        (width, height); so no plane of floats is as large as the photo."""
        left, top, right, bottom = box
        for above in range(top, bottom, BAND):
            below = min(above + BAND, bottom)
            there = self.within((left, above, right, below), whole, (right - left, below - above))
            yield (slice(above, below), slice(left, right)), there

    def within(self, box: planes.Box, whole: tuple[int, int], size: tuple[int, int]) -> Floats:
        """The colours in ``box`` (px) of a photo of the size ``whole`` (width, height), at ``size``, H x W x 3."""
        across, down = self.colours.shape[1] / whole[0], self.colours.shape[0] / whole[1]
        small = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
        return np.stack([_plane(self.colours[..., channel], size, small) for channel in range(3)], axis=-1)


def behind(rgb: Pixels, alpha: Alpha) -> Backdrop | None:
    """The backdrop of a photo (H x W x 3) behind what ``alpha`` covers (any size of the same shape), as far as it can
    be seen around it; None where nothing of it can be seen, or nothing covers it."""
    small = shrunk(rgb)
    size = small.shape[1], small.shape[0]
    covered = scaling.even(alpha, size)
    seen = planes.eroded(covered < NOTHING, RIM)
    product = covered > NOTHING
    if not seen.any() or not product.any():
        return None
    colours = smooth(small, seen)
    away = np.linalg.norm(small - colours, axis=-1)
    return Backdrop(colours, float(np.percentile(away[seen], 90)), float(colours[product].mean()) / 255)


def shrunk(rgb: Pixels) -> Floats:
    """A copy at most ``EDGE`` px long, in levels."""
    return scaling.even(rgb, scaling.fitted((rgb.shape[1], rgb.shape[0]), EDGE)).astype(np.float32)


def smooth(rgb: Floats, background: Bools) -> Floats:
    """The backdrop's colour at every pixel, known where ``background`` is true, spread smoothly elsewhere."""
    weight = ndimage.gaussian_filter(background.astype(np.float32), 3, truncate=2)
    known = (
        np.stack([ndimage.gaussian_filter(rgb[..., c] * background, 3, truncate=2) for c in range(3)], axis=-1)
        / np.maximum(weight, 1e-3)[..., None]
    )
    return _spread(known.astype(np.float32), np.clip(weight * 3 - 0.5, 0, 1))


def _spread(values: Floats, weight: Floats) -> Floats:
    """Fill where the weight is small from ever coarser averages (push-pull, Gortler et al. 1996)."""
    height, width = weight.shape
    if min(height, width) <= 2:
        mean = (values * weight[..., None]).sum((0, 1)) / max(float(weight.sum()), 1e-6)
        return np.broadcast_to(mean, values.shape).astype(np.float32)
    pad = ((0, height % 2), (0, width % 2))
    padded, weights = np.pad(values * weight[..., None], (*pad, (0, 0))), np.pad(weight, pad)
    tall, wide = weights.shape[0] // 2, weights.shape[1] // 2
    total = weights.reshape(tall, 2, wide, 2).sum((1, 3))
    mean = padded.reshape(tall, 2, wide, 2, -1).sum((1, 3)) / np.maximum(total, 1e-6)[..., None]
    coarse = _spread(mean.astype(np.float32), np.minimum(total, 1))
    size = (wide * 2, tall * 2)
    back = np.stack([_plane(coarse[..., c], size) for c in range(coarse.shape[2])], axis=-1)[:height, :width]
    share = np.minimum(weight, 1)[..., None]
    return np.asarray(values * share + back * (1 - share), dtype=np.float32)


def _plane(values: Floats, size: tuple[int, int], box: tuple[float, float, float, float] | None = None) -> Floats:
    picture = Image.fromarray(np.ascontiguousarray(values))
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR, box=box))
