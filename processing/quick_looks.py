"""Quick looks: a product in a scene while somebody marks its slot, from copies that are small enough for a moment."""

import io

import numpy as np
from django.core.cache import cache
from PIL import Image

from processing import outputs, scenes
from processing.imaging import scaling, screens
from processing.imaging import scenes as composing
from processing.imaging.frame import Alpha, Frame, Glass, Joint, Pixels
from processing.imaging.placing import Size
from processing.imaging.slots import Slot
from processing.models import Output, Scene

# The longest edge of scene and cut-out, px.
EDGE = 1000
KEPT_SECONDS = 900


def look(scene: Scene, output: Output, slot: Slot, size: Size) -> tuple[bytes, tuple[str, ...]]:
    """A JPEG of the product in the scene, and its notes. Raises Fault, and FileNotFoundError for a lost file.

    Blur and grain are those of the small copy, so that they show less than in the mock-up.
    """
    rgb, front = scenes.pixels(scene)
    fitted = scaling.fitted((rgb.shape[1], rgb.shape[0]), EDGE)
    small = None if front is None else scaling.even(front, fitted)
    made = composing.compose(scaling.sharp(rgb, fitted), _cutout(output), slot, size, small)
    return screens.jpeg(made.rgb), tuple(note for note in made.notes if not note.startswith("enlarged"))


def _cutout(output: Output) -> Frame:
    """The cut-out at most ``EDGE`` px long; opened from the full photo once in a while."""
    name = f"quick-frame-{output.pk}"
    kept: tuple[bytes, bytes, bytes] | None = cache.get(name)
    if kept is None:
        kept = _reduced(outputs.reopen(output)[1].frame)
        cache.set(name, kept, KEPT_SECONDS)
    picture, glass, joint = kept
    frame = Frame(*_planes(picture))
    if glass:
        rgb, opacity = _planes(glass)
        frame = frame.with_glass(Glass(opacity, rgb))
    return frame.with_joint(Joint(*_planes(joint), 0, 0)) if joint else frame


def _reduced(frame: Frame) -> tuple[bytes, bytes, bytes]:
    """A frame's picture, its clear glass and what lies beneath, if any, as small PNGs of the whole photo."""
    glass = frame.glass
    cleared = _png(glass.rgb, glass.opacity) if glass else b""
    beneath = _png(*_spread(frame.joint, frame.rgb)) if frame.joint else b""
    return _png(frame.rgb, outputs.alpha_of(frame)), cleared, beneath


def _spread(joint: Joint, photo: Pixels) -> tuple[Pixels, Alpha]:
    """The joint's colour and opacity in the photo's shape."""
    rgb, alpha = np.zeros_like(photo), np.zeros(photo.shape[:2], np.uint8)
    rgb[joint.box], alpha[joint.box] = joint.rgb, joint.alpha
    return rgb, alpha


def _png(rgb: Pixels, alpha: Alpha) -> bytes:
    rgba = np.ascontiguousarray(np.dstack([rgb, alpha]))
    handle = io.BytesIO()
    small = scaling.sharp(rgba, scaling.fitted((rgb.shape[1], rgb.shape[0]), EDGE))
    Image.fromarray(small).save(handle, "PNG", compress_level=1)
    return handle.getvalue()


def _planes(data: bytes) -> tuple[Pixels, Alpha]:
    with Image.open(io.BytesIO(data)) as picture:
        rgba = np.asarray(picture.convert("RGBA"))
    return np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3])
