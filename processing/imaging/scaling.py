"""Owns how a picture gets its sharp copy at another size: Lanczos with three lobes, as Pillow has it.

Works in cykooz.resizer, which takes a sixth of Pillow's time with a processor's vector instructions, and in Pillow
where that has no wheel. Both round to whole levels between their two passes, in another order, so single pixels may
differ by a few levels (8 at most, 0.2 in the mean, on photos).
"""

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Bytes = npt.NDArray[np.uint8]
# Left, top, right, bottom; in pixels, which need not be whole.
Window = tuple[float, float, float, float]


def _library() -> Any:
    try:
        return importlib.import_module("cykooz_resizer")
    except ImportError:  # none for this system or processor
        return None


fast = _library()


def sharp(values: Bytes, size: tuple[int, int], window: Window | None = None) -> Bytes:
    """A picture (H x W x 3), a plane (H x W), or the ``window`` of it, at ``size`` (width, height).

    With a fourth channel, its opacity, a picture's colours count by it: what is transparent lends none.
    """
    if window is None and size == (values.shape[1], values.shape[0]):
        return values
    return _by_pillow(values, size, window) if fast is None else _by_resizer(values, size, window)


def _by_pillow(values: Bytes, size: tuple[int, int], window: Window | None) -> Bytes:
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.LANCZOS, box=window))


def _by_resizer(values: Bytes, size: tuple[int, int], window: Window | None) -> Bytes:
    kind = {1: fast.PixelType.U8, 3: fast.PixelType.U8x3, 4: fast.PixelType.U8x4}[values[:1, :1].size]
    source = fast.ImageData(values.shape[1], values.shape[0], kind, values.tobytes())
    target = fast.ImageData(*size, kind)
    options = fast.ResizeOptions(resize_alg=fast.ResizeAlg.convolution(fast.FilterType.lanczos3))
    if window is not None:
        left, top, right, bottom = window
        options.crop_box = fast.CropBox(left, top, right - left, bottom - top)
    fast.Resizer().resize(source, target, options)
    return np.frombuffer(target.get_buffer(), np.uint8).reshape(size[1], size[0], *values.shape[2:])
