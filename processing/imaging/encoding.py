"""Owns the writing of delivered pictures: JPEG, PNG and WebP in sRGB, within a limit of bytes, with metadata.

Measured on 2000 px cut-outs: JPEG without colour subsampling halves the colour error at edges for 30 % more bytes;
PNG with run-length matching is the smallest and the quickest of zlib's fast settings.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from processing.imaging.faults import Fault
from processing.imaging.frame import Alpha, Pixels

Format = Literal["JPEG", "PNG", "WEBP"]
SUFFIXES: dict[Format, str] = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
XMP_KEYWORD = "XML:com.adobe.xmp"
# The highest quality that there is, and what a lossless file has.
BEST = 100
# zlib's Z_RLE, which Python's zlib does not name.
_RUN_LENGTHS = 3


class TooManyBytes(Fault):
    """The picture does not fit into the bytes allowed, even at the least quality."""


class TooFewBytes(Fault):
    """The file is smaller than a marketplace takes, even at the best quality."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How to write a picture. ``quality`` is tried first.

    With ``max_bytes`` it may fall to ``least_quality``, with ``min_bytes`` rise to 100.
    """

    format: Format
    quality: int = 92
    least_quality: int = 70
    max_bytes: int | None = None
    min_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is written into a file beside its pixels: an XMP packet and an EXIF block, both ready to write."""

    xmp: bytes = b""
    exif: bytes = b""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A finished file. ``quality`` is 100 for a lossless one."""

    data: bytes
    quality: int
    notes: tuple[str, ...] = ()


def srgb_profile() -> bytes:
    """LittleCMS's sRGB profile, with its creation date set to a constant so that equal pictures are equal files."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # ICC.1:2010, 7.2: bytes 24 to 35 of the header are the date and time of creation.
    profile[24:36] = (2024).to_bytes(2, "big") + b"\x00\x01" * 2 + b"\x00\x00" * 3
    return bytes(profile)


_SRGB = srgb_profile()


def encode(rgb: Pixels, alpha: Alpha | None, encoding: Encoding, metadata: Metadata = Metadata()) -> Encoded:
    """Write a picture (H x W x 3, with H x W opacity or None).

    Raises TooManyBytes, TooFewBytes, and ValueError for JPEG with alpha.
    """
    if alpha is not None and encoding.format == "JPEG":
        raise ValueError("a JPEG has no alpha: place the picture on a background first")
    picture = Image.fromarray(rgb if alpha is None else np.dstack([rgb, alpha]))
    if encoding.format == "PNG":
        return _png(picture, encoding, metadata)
    write = _jpeg if encoding.format == "JPEG" else _webp
    return _within(lambda quality: write(picture, quality, metadata), encoding)


def best_quality(write: Callable[[int], int], most: int, high: int, low: int) -> int | None:
    """The highest quality from ``low`` to ``high`` whose bytes, by ``write``, are at most ``most``; None if none is.

    Bisection: bytes grow with quality, so about log2(high - low) trials find it.
    """
    found = None
    while low <= high:
        middle = (low + high) // 2
        if write(middle) <= most:
            found, low = middle, middle + 1
        else:
            high = middle - 1
    return found


def _within(write: Callable[[int], bytes], encoding: Encoding) -> Encoded:
    data = write(encoding.quality)
    limit = encoding.max_bytes
    if len(data) < encoding.min_bytes:
        return _raised(write, encoding)
    if limit is None or len(data) <= limit:
        return Encoded(data, encoding.quality)
    quality = best_quality(lambda q: len(write(q)), limit, encoding.quality - 1, encoding.least_quality)
    if quality is None:
        raise _too_many(len(write(encoding.least_quality)), limit, f"at quality {encoding.least_quality}")
    note = f"quality {quality} instead of {encoding.quality}, to stay within {limit:,} bytes"
    return Encoded(write(quality), quality, (note,))


def _raised(write: Callable[[int], bytes], encoding: Encoding) -> Encoded:
    """The file at the least quality that makes it large enough, for one that is too small at the usual quality."""
    least = encoding.min_bytes
    below = best_quality(lambda q: len(write(q)), least - 1, BEST, encoding.quality) or encoding.quality
    if below == BEST:
        raise _too_few(len(write(BEST)), least, f"even at quality {BEST}")
    note = f"quality {below + 1} instead of {encoding.quality}, to have at least {least:,} bytes"
    return Encoded(write(below + 1), below + 1, (note,))


def _png(picture: Image.Image, encoding: Encoding, metadata: Metadata) -> Encoded:
    limit = encoding.max_bytes
    data = _written(picture, "PNG", metadata, compress_level=1, compress_type=_RUN_LENGTHS)
    if limit is not None and len(data) > limit:
        data = _written(picture, "PNG", metadata, optimize=True)
    if limit is not None and len(data) > limit:
        raise _too_many(len(data), limit, "without loss")
    if len(data) < encoding.min_bytes:
        raise _too_few(len(data), encoding.min_bytes, "without loss")
    return Encoded(data, BEST)


def _jpeg(picture: Image.Image, quality: int, metadata: Metadata) -> bytes:
    try:
        return _written(picture, "JPEG", metadata, quality=quality, subsampling=0, optimize=True, progressive=True)
    except OSError:
        # Pillow gives libjpeg's second pass a buffer of one byte a pixel, which very noisy pictures overflow.
        return _written(picture, "JPEG", metadata, quality=quality, subsampling=0)


def _webp(picture: Image.Image, quality: int, metadata: Metadata) -> bytes:
    return _written(picture, "WEBP", metadata, quality=quality, method=4)


def _written(picture: Image.Image, format: Format, metadata: Metadata, **options: Any) -> bytes:
    handle = io.BytesIO()
    picture.save(handle, format, icc_profile=_SRGB, **_carried(format, metadata), **options)
    return handle.getvalue()


def _carried(format: Format, metadata: Metadata) -> dict[str, Any]:
    """Pillow's options for the metadata; a PNG keeps its packet in an international text chunk."""
    options: dict[str, Any] = {"exif": metadata.exif} if metadata.exif else {}
    if not metadata.xmp:
        return options
    if format != "PNG":
        return {**options, "xmp": metadata.xmp}
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(XMP_KEYWORD, metadata.xmp.decode())
    return {**options, "pnginfo": chunks}


def _too_many(size: int, limit: int, how: str) -> TooManyBytes:
    return TooManyBytes(
        "too_many_bytes",
        measured=f"The picture has {size:,} bytes {how}.",
        wanted=f"at most {limit:,} bytes.",
        action="Export it at a smaller size.",
    )


def _too_few(size: int, limit: int, how: str) -> TooFewBytes:
    return TooFewBytes(
        "too_few_bytes",
        measured=f"The picture has {size:,} bytes {how}.",
        wanted=f"at least {limit:,} bytes.",
        action="Send a larger photo, or one taken closer to the product.",
    )
