"""Owns what a reviewer may lay over a photo: where colour changed, and where the old background clings to the edge."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from processing.imaging import colour, scaling
from processing.imaging.frame import Alpha, Frame

Floats = npt.NDArray[np.float32]

# The scale of the colour: transparent at 1 CIEDE2000 (just noticeable), solid at 6 (another colour).
JUST_NOTICEABLE, OTHER_COLOUR = 1.0, 6.0
EDGE = 1600
RING = 4


def difference(source: Frame, cutout: Frame) -> bytes:
    """CIEDE2000 between source and cut-out inside the product, as a red veil; PNG in the source's geometry."""
    before, after, alpha = _working(source, cutout)
    inside = ndimage.binary_erosion(alpha > 250, iterations=2)
    return _veil(colour.ciede2000(colour.lab(before), colour.lab(after)) * inside, (230, 40, 40))


def halo(source: Frame, cutout: Frame) -> bytes:
    """How much nearer the edge's colour is to the old background than to the product, as a magenta veil; PNG.

    For each pixel of the outer ring of the product: its distance in CIEDE2000 to the product's colour a few pixels
    further in, where it also lies on the side of the background's colour.
    """
    before, after, alpha = _working(source, cutout)
    product = alpha > 127
    ring = product & ~ndimage.binary_erosion(product, iterations=RING)
    lab = colour.lab(after)
    core = _nearest(lab, ndimage.binary_erosion(product, iterations=RING + 2))
    behind = _nearest(colour.lab(before), ~ndimage.binary_dilation(product, iterations=RING))
    to_core, to_behind = colour.ciede2000(lab, core), colour.ciede2000(lab, behind)
    return _veil(to_core * (ring & (to_behind < to_core)), (220, 0, 200))


def _working(source: Frame, cutout: Frame) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], Alpha]:
    if cutout.alpha is None:
        raise ValueError("a picture without alpha has no edge to look at")
    size = scaling.fitted(source.size, EDGE)
    return scaling.even(source.rgb, size), scaling.even(cutout.rgb, size), scaling.even(cutout.alpha, size)


def _nearest(lab: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """Each pixel's colour replaced by that of the nearest ``known`` pixel."""
    if not known.any():
        return lab
    rows, columns = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    nearest: Floats = lab[rows, columns]
    return nearest


def _veil(values: npt.NDArray[np.floating], tint: tuple[int, int, int]) -> bytes:
    strength = np.clip((values - JUST_NOTICEABLE) / (OTHER_COLOUR - JUST_NOTICEABLE), 0, 1)
    rgba = np.empty((*values.shape, 4), np.uint8)
    rgba[..., :3] = tint
    rgba[..., 3] = np.round(strength * 230)
    handle = io.BytesIO()
    Image.fromarray(rgba).save(handle, "PNG", compress_level=1)
    return handle.getvalue()
