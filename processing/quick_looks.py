"""Quick looks: a product in a scene while somebody marks its slot, from copies that are small enough for a moment."""

import io

import numpy as np
from django.core.cache import cache
from PIL import Image

from processing import outputs, scenes
from processing.imaging import scaling, screens
from processing.imaging import scenes as composing
from processing.imaging.frame import Frame
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
    name = f"quick-cutout-{output.pk}"
    data = cache.get(name)
    if data is None:
        data = _reduced(output)
        cache.set(name, data, KEPT_SECONDS)
    with Image.open(io.BytesIO(data)) as picture:
        rgba = np.asarray(picture.convert("RGBA"))
    return Frame(np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3]))


def _reduced(output: Output) -> bytes:
    rgb, alpha = outputs.reopen(output)[1].frame.drawn
    if alpha is None:
        alpha = np.full(rgb.shape[:2], 255, np.uint8)
    rgba = np.ascontiguousarray(np.dstack([rgb, alpha]))
    handle = io.BytesIO()
    small = scaling.sharp(rgba, scaling.fitted((rgb.shape[1], rgb.shape[0]), EDGE))
    Image.fromarray(small).save(handle, "PNG", compress_level=1)
    return handle.getvalue()
