"""Owns the pictures that people look at while they work: previews, thumbs and masks."""

import io

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from processing.imaging import planes, scaling
from processing.imaging.frame import Alpha, Joint, Pixels

QUALITY = 88
# The longer edge of what fills a screen, and of what stands in a list (px).
PREVIEW_EDGE, THUMB_EDGE = 1600, 320


def shrink(rgb: Pixels, edge: int) -> Pixels:
    """The picture at most ``edge`` px long; never enlarged."""
    return scaling.smooth(rgb, scaling.fitted((rgb.shape[1], rgb.shape[0]), edge))


def jpeg(rgb: Pixels, quality: int = QUALITY) -> bytes:
    """The picture as a JPEG without colour subsampling, since edges are what people look at."""
    handle = io.BytesIO()
    Image.fromarray(rgb).save(handle, "JPEG", quality=quality, subsampling=0)
    return handle.getvalue()


def alpha_png(alpha: Alpha) -> bytes:
    """The alpha as a grey PNG, which takes little to write, since a mask is almost flat."""
    return planes.png(alpha)


def read_alpha(data: bytes) -> Alpha:
    """What ``alpha_png`` wrote."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("L"))


# Under this word a joint's PNG tells where it lies in the photo, as "x,y".
PLACE = "place"


def joint_png(joint: Joint) -> bytes:
    """The joint as a PNG with its transparency, and with its place in a line of text."""
    handle, about = io.BytesIO(), PngInfo()
    about.add_text(PLACE, f"{joint.x},{joint.y}")
    picture = Image.fromarray(np.dstack([joint.rgb, joint.alpha]))
    picture.save(handle, "PNG", pnginfo=about, compress_level=3)
    return handle.getvalue()


def read_joint(data: bytes) -> Joint:
    """What ``joint_png`` wrote."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        x, y = (int(number) for number in picture.info[PLACE].split(","))
        pixels = np.asarray(picture.convert("RGBA"))
    return Joint(np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3]), x, y)
