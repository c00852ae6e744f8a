"""Owns how two models' masks become one, by the backdrop that both agree on.

The detailed model has the better edge, and now and then loses a part that the quick one saw. Such a part is taken
back when its colour differs from the backdrop expected at its place as no shadow does; otherwise it is background the
quick model spilled into. And what both took for product, but is the plain backdrop itself, is a hole (a handle, a
loop).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from processing.imaging import backdrops, planes
from processing.imaging.backdrops import EDGE, PLAIN
from processing.imaging.contract import Mask
from processing.imaging.frame import Pixels

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

# A part the detailed model lost: at least this share of the product, this sure in the quick mask, and this many
# times as far from the backdrop as the backdrop's own spread. A shadow in a handle is all that, too; so the detailed
# model must give at least a hint of the part, or its colour be beyond any shadow. Found on photos with truth.
PART, SURE, DISTINCT = 0.0025, 0.85, 2.5
HINT, BEYOND = 0.1, 36.0
# A shadow is the backdrop's own hue, and darker. Inside the detailed mask a part of another hue (in the backdrop's
# spreads of it, on three quarters of the part) is a print; outside it might be light that fell through the product.
# A part so many times as bright as the backdrop, and this far from it, is no shadow anywhere.
TINTED, BRIGHTER, LIT = 2.5, 1.15, 1.5
# A joint: nine tenths of it this sure in the quick mask, between pieces of at least this share of the product, and more
# than twice so many pixels wide: a quick model fills any slit.
WHOLLY, PIECE, SLIT = 0.9, 0.02, 4
# So much of a part that lies inside the detailed mask's gaps.
ENCLOSED = 0.9
# A hole: its share of the product, and how near to the backdrop, in the backdrop's spreads; only before a backdrop
# whose spread (Lab-like RGB units) is plain, and only where the detailed model has a doubt: a grey label before a grey
# backdrop looks like a hole, and the model is sure of it.
HOLE, HOLE_MOST, SAME, DOUBT = 0.003, 0.08, 1.2, 0.95
# So far inside (px of the mask) a doubtful place is no edge.
RIM = 3


@dataclass(frozen=True, slots=True)
class Fusion:
    """The fused mask (in the detailed one's shape); shares of the product taken back, opened, and in dispute."""

    mask: Mask
    recovered: float
    opened: float
    disagreement: float


@dataclass(frozen=True, slots=True, eq=False)
class Unlike:
    """How every pixel differs from the backdrop expected there: colour and hue alone, both in the backdrop's own
    spreads; how many times as bright it is; and the spread of colour (levels)."""

    far: Floats
    tint: Floats
    light: Floats
    spread: float


def fuse(detailed: Mask, quick: Mask, rgb: Pixels) -> Fusion:
    """One mask of two, for the picture ``rgb`` (any size of the same shape); shares are of the product's area."""
    small = backdrops.shrunk(rgb)
    size = small.shape[1], small.shape[0]
    p, q = resized(detailed, size), resized(quick, size)
    area = max(1, int((p > 0.5).sum()))
    background = planes.eroded((p < 0.1) & (q < 0.1), 3)
    if not background.any():
        return Fusion(detailed, 0.0, 0.0, disagreement(detailed, quick))
    unlike = _unlike(small, background)
    lost = _lost_parts(p, q, unlike, area)
    holes = _holes(p, unlike.far, area) if unlike.spread <= PLAIN else np.zeros_like(lost)
    mask = _opened(_regained(detailed, quick, lost), holes)
    whole = max(1, np.count_nonzero((p > 0.5) | lost))
    return Fusion(mask, float(lost.sum() / whole), float(holes.sum() / area), disagreement(detailed, quick))


def disagreement(one: Mask, other: Mask) -> float:
    """Area on which two masks differ by more than an edge's width, over the first one's area."""
    scale = EDGE / max(one.shape)
    size = max(1, round(one.shape[1] * scale)), max(1, round(one.shape[0] * scale))
    p, q = resized(one, size) > 0.5, resized(other, size) > 0.5
    return float(np.count_nonzero(planes.opened(p ^ q, 2)) / max(1, int(np.count_nonzero(p))))


def solid(mask: Mask, certainty: float) -> Mask:
    """The mask, wholly product where it has at least ``certainty`` for some pixels around; its edges stay soft."""
    if certainty >= 1:
        return mask
    inside = planes.eroded(mask >= certainty, RIM).astype(np.float32)
    return np.maximum(mask, ndimage.gaussian_filter(inside, 1.0, truncate=3))


def resized(mask: Floats, size: tuple[int, int]) -> Floats:
    """A mask at another size (width, height), bilinear."""
    if (mask.shape[1], mask.shape[0]) == size:
        return mask
    picture = Image.fromarray(np.ascontiguousarray(mask, dtype=np.float32))
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR)).clip(0, 1)


def _unlike(rgb: Floats, background: Bools) -> Unlike:
    expected = backdrops.smooth(rgb, background)
    away = np.linalg.norm(rgb - expected, axis=-1)
    spread = max(2.0, float(np.percentile(away[background], 90)))
    # The multiple of the backdrop's colour that comes nearest, and what it leaves.
    light = (rgb * expected).sum(axis=-1) / np.maximum((expected * expected).sum(axis=-1), 1)
    tint = np.linalg.norm(rgb - light[..., None] * expected, axis=-1)
    return Unlike(away / spread, tint / max(1.0, float(np.percentile(tint[background], 90))), light, spread)


def _lost_parts(p: Floats, q: Floats, unlike: Unlike, area: int) -> Bools:
    """Parts that only the quick mask has and that belong to the product: no shadows, or what holds its pieces together.

    A detailed model that lost a joint has lost the parts beside it as well, so then every certain part comes back.
    """
    labels, count = planes.parts(planes.opened((q > 0.5) & (p < 0.5)))
    parts = [here for part in range(1, count + 1) if (here := labels == part).sum() >= PART * area]
    certain = [here for here in parts if np.percentile(q[here], 10) >= WHOLLY]
    if not any(_joins(here, p, area) for here in certain):
        certain = []
    likely = [here for here in parts if q[here].mean() > SURE and _no_shadow(here, p, unlike)]
    lost = np.zeros(p.shape, dtype=bool)
    for here in (*certain, *likely):
        lost |= here
    return lost


def _joins(here: Bools, p: Floats, area: int) -> bool:
    """Whether a part touches two pieces of the detailed mask, and is no mere slit between two products."""
    if not planes.opened(here, SLIT).any():
        return False
    labels, count = planes.parts(p > 0.5)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    touched = np.unique(labels[planes.dilated(here, 3)])
    return int(np.count_nonzero(sizes[touched[touched > 0]] >= PIECE * area)) > 1


def _no_shadow(here: Bools, p: Floats, unlike: Unlike) -> bool:
    """Whether a part differs from the backdrop as no shadow on it does."""
    far = float(np.median(unlike.far[here]))
    if far > BEYOND or (far > DISTINCT and p[here].mean() >= HINT):
        return True
    if far > LIT and float(np.median(unlike.light[here])) >= BRIGHTER:
        return True
    labels, gaps = planes.gaps(p > 0.5)
    inside = float((gaps[labels[here]] > 0).mean())
    return inside >= ENCLOSED and float(np.percentile(unlike.tint[here], 25)) >= TINTED


def _holes(p: Floats, away: Floats, area: int) -> Bools:
    """Regions of the mask that are the backdrop, and of which the detailed model is not quite sure."""
    labels, count = planes.parts(planes.opened((away < SAME) & (p > 0.5), 2))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    fits = (sizes >= HOLE * area) & (sizes <= HOLE_MOST * area)
    fits &= np.bincount(labels.ravel(), weights=p.ravel(), minlength=count + 1) < DOUBT * np.maximum(sizes, 1)
    fits[0] = False
    return np.asarray(fits[labels])


def _regained(detailed: Mask, quick: Mask, lost: Bools) -> Mask:
    if not lost.any():
        return detailed
    soft = ndimage.gaussian_filter(planes.dilated(lost, 4).astype(np.float32), 2)
    whole = (detailed.shape[1], detailed.shape[0])
    return np.maximum(detailed, np.minimum(resized(quick, whole), resized(soft, whole)))


def _opened(mask: Mask, holes: Bools) -> Mask:
    if not holes.any():
        return mask
    return mask * (1 - resized(planes.dilated(holes).astype(np.float32), (mask.shape[1], mask.shape[0])))
