"""Owns the pictures that people look at while they work: previews, thumbs and masks."""

import io

import numpy as np
from PIL import Image

from processing.imaging.frame import SHRINKING, Alpha, Pixels

QUALITY = 88
# The longer edge of what fills a screen, and of what stands in a list (px).
PREVIEW_EDGE, THUMB_EDGE = 1600, 320


def shrink(rgb: Pixels, edge: int) -> Pixels:
    """The picture at most ``edge`` px long; never enlarged."""
    height, width = rgb.shape[:2]
    scale = min(1.0, edge / max(width, height))
    if scale == 1.0:
        return rgb
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(rgb).resize(size, SHRINKING, reducing_gap=2.0))


def jpeg(rgb: Pixels, quality: int = QUALITY) -> bytes:
    """The picture as a JPEG without colour subsampling, since edges are what people look at."""
    handle = io.BytesIO()
    Image.fromarray(rgb).save(handle, "JPEG", quality=quality, subsampling=0)
    return handle.getvalue()


def alpha_png(alpha: Alpha) -> bytes:
    """The alpha as a grey PNG; the fast compression level, since a mask is almost flat anyway."""
    handle = io.BytesIO()
    Image.fromarray(alpha).save(handle, "PNG", compress_level=1)
    return handle.getvalue()


def read_alpha(data: bytes) -> Alpha:
    """What ``alpha_png`` wrote."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("L"))
