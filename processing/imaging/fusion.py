"""Owns how two models' masks become one, by the backdrop that both agree on.

The detailed model has the better edge, and now and then loses a part that the quick one saw. Such a part is taken
back when its colour differs clearly from the backdrop expected at its place; otherwise it is background the quick
model spilled into.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from processing.imaging.contract import Mask
from processing.imaging.frame import Pixels

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

EDGE = 400
# A part the detailed model lost: at least this share of the product, this sure in the quick mask, and this many
# times as far from the backdrop as the backdrop's own spread. Found on photos with truth; see docs/quality.md.
PART, SURE, DISTINCT = 0.005, 0.85, 2.5


@dataclass(frozen=True, slots=True)
class Fusion:
    """The fused mask (in the detailed one's shape) and how far the models were apart."""

    mask: Mask
    recovered: float
    disagreement: float


def fuse(detailed: Mask, quick: Mask, rgb: Pixels) -> Fusion:
    """One mask of two, for the picture ``rgb`` (any size of the same shape); shares are of the product's area."""
    small = _resized_rgb(rgb, EDGE)
    size = small.shape[1], small.shape[0]
    p, q = resized(detailed, size), resized(quick, size)
    area = max(1, int((p > 0.5).sum()))
    disagreement = float(ndimage.binary_opening((p > 0.5) ^ (q > 0.5), iterations=2).sum() / area)
    lost = _lost_parts(p, q, small.astype(np.float32), area)
    if not lost.any():
        return Fusion(detailed, 0.0, disagreement)
    soft = ndimage.gaussian_filter(ndimage.binary_dilation(lost, iterations=4).astype(np.float32), 2)
    whole = (detailed.shape[1], detailed.shape[0])
    back = np.minimum(resized(quick, whole), resized(soft, whole))
    return Fusion(np.maximum(detailed, back), float(lost.sum() / area), disagreement)


def backdrop(rgb: Floats, background: Bools) -> Floats:
    """The backdrop's colour at every pixel, known where ``background`` is true, spread smoothly elsewhere."""
    weight = ndimage.gaussian_filter(background.astype(np.float32), 3, truncate=2)
    known = (
        np.stack([ndimage.gaussian_filter(rgb[..., c] * background, 3, truncate=2) for c in range(3)], axis=-1)
        / np.maximum(weight, 1e-3)[..., None]
    )
    return _spread(known.astype(np.float32), np.clip(weight * 3 - 0.5, 0, 1))


def resized(mask: Floats, size: tuple[int, int]) -> Floats:
    """A mask at another size (width, height), bilinear."""
    if (mask.shape[1], mask.shape[0]) == size:
        return mask
    picture = Image.fromarray(np.ascontiguousarray(mask, dtype=np.float32))
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR)).clip(0, 1)


def _lost_parts(p: Floats, q: Floats, rgb: Floats, area: int) -> Bools:
    background = ndimage.binary_erosion((p < 0.1) & (q < 0.1), iterations=3, border_value=1)
    lost = np.zeros(p.shape, dtype=bool)
    if not background.any():
        return lost
    away = np.linalg.norm(rgb - backdrop(rgb, background), axis=-1)
    spread = max(2.0, float(np.percentile(away[background], 90)))
    labels, count = ndimage.label(ndimage.binary_opening((q > 0.5) & (p < 0.5), iterations=2))
    for part in range(1, count + 1):
        here = labels == part
        if here.sum() >= PART * area and q[here].mean() > SURE and np.median(away[here]) > DISTINCT * spread:
            lost |= here
    return lost


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


def _plane(values: Floats, size: tuple[int, int]) -> Floats:
    return np.asarray(Image.fromarray(np.ascontiguousarray(values)).resize(size, Image.Resampling.BILINEAR))


def _resized_rgb(rgb: Pixels, edge: int) -> Pixels:
    picture = Image.fromarray(rgb)
    picture.thumbnail((edge, edge), Image.Resampling.BOX, reducing_gap=2.0)
    return np.asarray(picture)
