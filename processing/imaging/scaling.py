"""Owns how a picture gets a copy at another size, by three of Pillow's filters.

Works in cykooz.resizer, which takes a sixth of Pillow's time by a processor's vector instructions, and in Pillow where
that has no wheel. Both round to whole levels between their two passes, in another order, so single pixels may differ
by a few levels (17 at most and 0.2 in the mean on photos).
"""

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Bytes = npt.NDArray[np.uint8]
# Left, top, right, bottom; in pixels, which need not be whole.
Window = tuple[float, float, float, float]


def _library() -> tuple[Any, str]:
    """cykooz.resizer, on which nothing but speed depends, or why it is not to be had."""
    try:
        return importlib.import_module("cykooz_resizer"), ""
    except ModuleNotFoundError:  # it has no wheel for this system or processor
        return None, "cykooz.resizer is not installed"
    except ImportError as error:  # one for others
        return None, f"cykooz.resizer does not load ({str(error).splitlines()[0][:120]})"


fast, missing = _library()


def sharp(values: Bytes, size: tuple[int, int], window: Window | None = None) -> Bytes:
    """A picture (H x W x 3), a plane (H x W), or the ``window`` of it, at ``size`` (width, height), by Lanczos.

    For what models see and shops get. With a fourth channel, its opacity, a picture's colours count by it: what is
    transparent lends none.
    """
    return _resized(values, size, Image.Resampling.LANCZOS, window)


def smooth(values: Bytes, size: tuple[int, int]) -> Bytes:
    """A picture or a plane at ``size``, by a triangle: for copies to look at.

    No weight is negative, so no edge gets a rim that the photo does not have, and that would look like a halo.
    """
    return _resized(values, size, Image.Resampling.BILINEAR)


def even(values: Bytes, size: tuple[int, int]) -> Bytes:
    """A picture or a plane at a smaller ``size``, where each pixel is the mean of those it stands for: to measure."""
    return _resized(values, size, Image.Resampling.BOX)


def fitted(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """A size (width, height) at most ``edge`` px long, in its shape; never larger."""
    scale = min(1.0, edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _resized(values: Bytes, size: tuple[int, int], kind: Image.Resampling, window: Window | None = None) -> Bytes:
    if window is None and size == (values.shape[1], values.shape[0]):
        return values
    if fast is None:
        return np.asarray(Image.fromarray(values).resize(size, kind, box=window))
    pixels = {1: fast.PixelType.U8, 3: fast.PixelType.U8x3, 4: fast.PixelType.U8x4}[values[:1, :1].size]
    source = fast.ImageData(values.shape[1], values.shape[0], pixels, values.tobytes())
    target = fast.ImageData(*size, pixels)
    options = fast.ResizeOptions(resize_alg=fast.ResizeAlg.convolution(_filters()[kind]))
    if window is not None:
        left, top, right, bottom = window
        options.crop_box = fast.CropBox(left, top, right - left, bottom - top)
    fast.Resizer().resize(source, target, options)
    return np.frombuffer(target.get_buffer(), np.uint8).reshape(size[1], size[0], *values.shape[2:])


def _filters() -> dict[Image.Resampling, Any]:
    kinds = fast.FilterType
    return {
        Image.Resampling.LANCZOS: kinds.lanczos3,
        Image.Resampling.BILINEAR: kinds.bilinear,
        Image.Resampling.BOX: kinds.box,
    }
