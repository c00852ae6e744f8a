"""Owns the mock-up: a cut-out put into a scene at its slot, at its true size, in the scene's light; nothing generated.

The chain of reference/marketplaces-and-effects.md, 3.4 and 3.5: scale, warp, light, blur, shadow, grain, and what
stands in front. Sampling, blurring and light are linear; opacities are laid on as everywhere else, in sRGB values.
"""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from processing.imaging import colour, planes, rendering, scaling, shadows, surroundings
from processing.imaging.faults import Fault
from processing.imaging.frame import Alpha, Frame, Pixels, Shadow
from processing.imaging.placing import UNKNOWN, Area, Placed, Size, place
from processing.imaging.planes import Box, Floats
from processing.imaging.slots import FLAT, Slot

__all__ = ["Composed", "Size", "compose"]

# Samples a pixel and axis: edges of a warped picture are as smooth as those of a photo.
SAMPLES = 2
# A window of more pixels than this is sampled once a pixel; its edges are smooth by the bicubic alone.
MOST_SAMPLED = 4_000_000
# The longest edge of the copy of which a shadow's working copy is made, px.
MOST_SHADOW = 2000
# A shadow falls within so many times the product's longer side.
SHADOW_REACH = 1.8
# An area's shading is taken without what is smaller than this share of its side: grain and texture of the paper.
SMOOTH = 0.02
# How far the strongest displacement moves a picture, by the area's side, and how shading is bounded.
MOST_MOVED, SHADED = 0.03, (0.15, 3.0)
# Brighter than its surroundings by this factor, something is a highlight.
GLARE = 1.25
# An empty area varies less than this around its own brightness, unless something is printed on it.
EMPTY = 0.3


class DoesNotFit(Fault):
    """A product that has no place in a scene at its size."""


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """A mock-up (H x W x 3), where the product is in it, and every choice and fallback."""

    rgb: Pixels
    box: Box
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A product on its part of the scene: linear light times opacity, and opacity (0 to 1), in ``window``."""

    light: Floats
    opacity: Floats
    window: Box

    @property
    def part(self) -> tuple[slice, slice]:
        left, top, right, bottom = self.window
        return slice(top, bottom), slice(left, right)


def compose(scene: Pixels, frame: Frame, slot: Slot, size: Size = UNKNOWN, occlusion: Alpha | None = None) -> Composed:
    """Put the product of ``frame`` (a cut-out) into the scene (H x W x 3) at its slot.

    ``size`` is the product's in centimetres. ``occlusion`` (H x W, 255 stands in front) belongs to the scene.
    Raises StepFailed without a product, DoesNotFit, and ValueError for an occlusion of another size.
    """
    if occlusion is not None and occlusion.shape != scene.shape[:2]:
        raise ValueError("what stands in front has another size than the scene")
    cutout = rendering.whole(frame)
    placed = place(cutout.box, (scene.shape[1], scene.shape[0]), slot, size)
    box = _inside(placed, scene)
    relief = _relief(scene, placed.area, slot) if placed.area else None
    drawn = _sampled(cutout, placed, box, relief, slot)
    light = _light(scene, box, placed, slot)
    lit = drawn.light * np.array(light.gains, np.float32)
    if relief is not None:
        lit = relief.laid_on(lit, drawn, slot)
    drawn, softened = _softened(replace(drawn, light=lit), scene, box, slot)
    picture = _shaded(scene, drawn, placed, slot.painted)
    grained = _grained(scene, drawn, box, slot)
    picture[drawn.part] = _over(picture[drawn.part], drawn, grained[1])
    result = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    if occlusion is not None:
        result = _behind(result, scene, occlusion)
    notes = (*placed.notes, *light.notes, _told(light), *softened, *grained[0], *(relief.notes if relief else ()))
    return Composed(result, box, tuple(note for note in notes if note))


def _inside(placed: Placed, scene: Pixels) -> Box:
    """The product's box within the scene, in whole pixels. Raises DoesNotFit."""
    height, width = scene.shape[:2]
    left, top, right, bottom = placed.bounds
    if right - left > width or bottom - top > height:
        raise DoesNotFit(
            "larger_than_scene",
            measured=f"The product would be {right - left:.0f} x {bottom - top:.0f} px.",
            wanted=f"at most the scene's {width} x {height} px.",
            action="Take a scene that shows more, or look at the size in the product sheet and the scene's scale.",
        )
    box = max(0, round(left)), max(0, round(top)), min(width, round(right)), min(height, round(bottom))
    if box[2] - box[0] < 8 or box[3] - box[1] < 8:
        raise DoesNotFit(
            "too_small_in_scene",
            measured=f"{max(0, box[2] - box[0])} x {max(0, box[3] - box[1])} px of the product would show.",
            wanted="at least 8 px of both sides within the scene.",
            action="Mark the place nearer, or look at the size in the product sheet and the scene's scale.",
        )
    return box


# Where the product's pixels go --------------------------------------------------------------------------------------


def _sampled(cutout: rendering.Canvas, placed: Placed, box: Box, relief: "_Relief | None", slot: Slot) -> _Drawn:
    """The product warped into the scene, from a copy of about the size that it has there."""
    window = _grown(box, 6, placed.size)
    shape = window[3] - window[1], window[2] - window[0]
    samples = SAMPLES if shape[0] * shape[1] <= MOST_SAMPLED else 1
    source, scale = _near_size(cutout, min(1.0, placed.scale * samples))
    down = ((np.arange(shape[0] * samples, dtype=np.float64) + 0.5) / samples + window[1])[:, None]
    across = ((np.arange(shape[1] * samples, dtype=np.float64) + 0.5) / samples + window[0])[None, :]
    across, down = np.broadcast_arrays(across, down)
    if relief is not None and slot.displacement:
        moved = np.repeat(np.repeat(relief.moved(window, slot), samples, 0), samples, 1)
        across, down = across + moved, down + moved
    x, y = placed.back(across, down)
    picked = planes.sampled(source, (x * scale[0] - 0.5).astype(np.float32), (y * scale[1] - 0.5).astype(np.float32))
    if placed.area is not None:
        # What stands over the area is cut, by a part of a pixel where the area's edge crosses one.
        picked = picked * placed.area.holds(across, down)[..., None]
    means = picked.reshape(shape[0], samples, shape[1], samples, 4).mean(axis=(1, 3)).astype(np.float32)
    opacity = np.clip(means[..., 3], 0, 1)
    return _Drawn(np.clip(means[..., :3], 0, None), opacity, window)


def _near_size(cutout: rendering.Canvas, scale: float) -> tuple[Floats, tuple[float, float]]:
    """The cut-out as linear light times opacity with its opacity, reduced by ``scale``; and the exact scales."""
    height, width = cutout.alpha.shape
    rgba = np.dstack([cutout.rgb, cutout.alpha])
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size != (width, height):
        rgba = scaling.sharp(np.ascontiguousarray(rgba), size)
    opacity = rgba[..., 3:].astype(np.float32) / np.float32(255)
    light = colour.linear(rgba[..., :3]) * opacity
    return np.dstack([light, opacity]).astype(np.float32), (size[0] / width, size[1] / height)


def _grown(box: Box, by: int, size: tuple[int, int]) -> Box:
    return max(0, box[0] - by), max(0, box[1] - by), min(size[0], box[2] + by), min(size[1], box[3] + by)


# How it looks there -------------------------------------------------------------------------------------------------


def _light(scene: Pixels, box: Box, placed: Placed, slot: Slot) -> surroundings.Light:
    """Something flat is lit as its area is, if that is pale; else, and what stands, as its surroundings tell."""
    white = placed.area.white(scene) if placed.area else None
    if white is None:
        return surroundings.light_of(scene, box, slot.match, slot.exposure)
    level = float(colour.luminance(white))
    tint = np.clip(white / level, 1 - surroundings.MOST_TINT, 1 + surroundings.MOST_TINT)
    gains = (tint * np.clip(level, 0.3, 1)) ** slot.match * 2**slot.exposure
    return surroundings.Light((float(gains[0]), float(gains[1]), float(gains[2])))


def _softened(drawn: _Drawn, scene: Pixels, box: Box, slot: Slot) -> tuple[_Drawn, tuple[str, ...]]:
    """The product as blurred as the scene's sharpest edges round it, if it is sharper."""
    blur = surroundings.blur_of(surroundings.grey_of(scene, box))
    # Its outline is what one sees first; what it shows may be soft for reasons of its own.
    own = surroundings.blur_of(drawn.opacity * np.float32(255))
    added = surroundings.added_blur(blur, own, max(scene.shape), slot.match)
    if added < 0.2:
        return drawn, (
            "no edge near the place tells how sharp the scene is: nothing is blurred",
        ) if blur is None else ()
    opacity = planes.blurred(drawn.opacity, added)
    return _Drawn(planes.blurred(drawn.light, added), opacity, drawn.window), (f"blurred by {added:.1f} px",)


def _grained(scene: Pixels, drawn: _Drawn, box: Box, slot: Slot) -> tuple[tuple[str, ...], float]:
    there = surroundings.grain_of(surroundings.grey_of(scene, box))
    own = surroundings.grain_of(_grey(drawn), surroundings.solid(_eight(drawn.opacity)))
    added = surroundings.added_grain(there, own, slot.match)
    return ((f"grain of {added:.1f} levels added",) if added >= 0.3 else ()), (added if added >= 0.3 else 0.0)


def _grey(drawn: _Drawn) -> Floats:
    return np.asarray(_values(drawn) @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def _values(drawn: _Drawn) -> Floats:
    """The product's own sRGB values (0 to 255), without what its opacity takes."""
    return colour.encoded(drawn.light / np.maximum(drawn.opacity, 1e-3).astype(np.float32)[..., None])


def _eight(opacity: Floats) -> Alpha:
    return np.asarray(opacity * 255 + 0.5, np.uint8)


def _over(ground: Floats, drawn: _Drawn, grain: float) -> Floats:
    values = _values(drawn)
    if grain:
        values = np.clip(values + surroundings.grain(drawn.opacity.shape, grain)[..., None], 0, 255)
    share = drawn.opacity[..., None]
    return np.asarray(values * share + ground * (1 - share), np.float32)


def _shaded(scene: Pixels, drawn: _Drawn, placed: Placed, shadow: Shadow | None) -> Floats:
    """The scene's values with the product's shadow on its ground; glass lets it be seen."""
    picture = scene.astype(np.float32)
    if shadow is None:
        return picture
    left, top, right, bottom = placed.bounds
    pad = SHADOW_REACH * max(right - left, bottom - top)
    window = round(left - pad), round(top - pad), round(right + pad), round(bottom + pad)
    small = _small_opacity(drawn, window)
    # Rounded to whole pixels, the small copy may be scaled a little differently along its two sides.
    scales = small.shape[1] / (window[2] - window[0]), small.shape[0] / (window[3] - window[1])

    def on_small(edges: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        x, y = window[:2]
        left, top, right, bottom = edges
        return (left - x) * scales[0], (top - y) * scales[1], (right - x) * scales[0], (bottom - y) * scales[1]

    inside = _grown(window, 0, (scene.shape[1], scene.shape[0]))
    # Only what falls within the scene is enlarged: all of it could be many times as large.
    left, top, right, bottom = on_small(inside)
    seen = max(0.0, left), max(0.0, top), min(right, float(small.shape[1])), min(bottom, float(small.shape[0]))
    size = inside[2] - inside[0], inside[3] - inside[1]
    taken = Image.fromarray(shadows.taken(small, on_small(placed.bounds), shadow))
    light = shadows.within(taken.resize(size, Image.Resampling.BICUBIC, box=seen), shadow)
    picture[inside[1] : inside[3], inside[0] : inside[2]] *= 1 - light[..., None]
    return picture


def _small_opacity(drawn: _Drawn, window: Box) -> Alpha:
    """The product's opacity on a small copy of a window around it, in its place to parts of a pixel."""
    size = window[2] - window[0], window[3] - window[1]
    step = max(1, max(size) // MOST_SHADOW)
    x, y = drawn.window[0] - window[0], drawn.window[1] - window[1]
    height, width = drawn.opacity.shape
    lead = y % step, x % step
    ends = -(lead[0] + height) % step, -(lead[1] + width) % step
    padded = np.pad(drawn.opacity, ((lead[0], ends[0]), (lead[1], ends[1])))
    fields = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step).mean(axis=(1, 3))
    plane = np.zeros((-(-size[1] // step) + 1, -(-size[0] // step) + 1), np.uint8)
    plane[y // step : y // step + fields.shape[0], x // step : x // step + fields.shape[1]] = _eight(fields)
    # The plane's last row and column may stand over the window; what is left out of them is empty.
    window_size = size[0] / step, size[1] / step
    target = shadows.working_size(size)
    reduced = Image.fromarray(plane).resize(target, Image.Resampling.BOX, box=(0, 0, *window_size))
    return np.asarray(reduced, np.uint8)


def _behind(picture: Pixels, scene: Pixels, occlusion: Alpha) -> Pixels:
    """The picture where nothing stands in front, the scene elsewhere."""
    front = occlusion[..., None].astype(np.uint16)
    return ((scene * front + picture * (255 - front) + 127) // 255).astype(np.uint8)


def _told(light: surroundings.Light) -> str:
    """The gains in words; "" where the product is as it was."""
    amount = float(np.mean(light.gains))
    red, _, blue = (gain / amount - 1 for gain in light.gains)
    if abs(amount - 1) < 0.02 and max(abs(red), abs(blue)) < 0.02:
        return ""
    return f"lit as the scene is: {amount:.0%} of its light, red {red:+.0%}, blue {blue:+.0%}"


# What an area's own light does to a flat picture --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Relief:
    """An area's brightness around its middle (1 is the middle), smooth, and its glare, on the whole of ``window``."""

    shade: Floats
    glare: Floats
    window: Box
    side: float
    notes: tuple[str, ...]

    def _of(self, values: Floats, window: Box, beyond: float) -> Floats:
        """The part of ``values`` that covers another window."""
        made = np.full((window[3] - window[1], window[2] - window[0]), beyond, np.float32)
        left, top = max(window[0], self.window[0]), max(window[1], self.window[1])
        right, bottom = min(window[2], self.window[2]), min(window[3], self.window[3])
        if right > left and bottom > top:
            taken = values[
                top - self.window[1] : bottom - self.window[1], left - self.window[0] : right - self.window[0]
            ]
            made[top - window[1] : bottom - window[1], left - window[0] : right - window[0]] = taken
        return made

    def moved(self, window: Box, slot: Slot) -> Floats:
        """How far (px) each place takes its colour from, right and down alike."""
        return (self._of(self.shade, window, 1.0) - 1) * np.float32(slot.displacement * MOST_MOVED * self.side)

    def laid_on(self, light: Floats, drawn: _Drawn, slot: Slot) -> Floats:
        """The light of a picture multiplied by the shade, with the glare screened over it."""
        lit = light * (self._of(self.shade, drawn.window, 1.0) ** np.float32(slot.shading))[..., None]
        glare = (self._of(self.glare, drawn.window, 0.0) * np.float32(slot.highlights))[..., None]
        return np.asarray(lit + glare * (drawn.opacity[..., None] - lit).clip(0), np.float32)


def _relief(scene: Pixels, area: Area, slot: Slot) -> _Relief:
    """An area's shading; what lies outside of it lends it nothing."""
    window = area.window((scene.shape[1], scene.shape[0]))
    part = scene[window[1] : window[3], window[0] : window[2]]
    level = colour.luminance(colour.linear(part))
    inside = area.mask(window)
    deviation = max(0.8, SMOOTH * area.side)
    weight = planes.blurred(inside.astype(np.float32), deviation)
    smooth = planes.blurred(level * inside, deviation) / np.maximum(weight, 1e-3)
    middle = max(float(np.median(smooth[inside])) if inside.any() else 1.0, 1e-3)
    shade = np.where(inside, np.clip(smooth / middle, *SHADED), 1).astype(np.float32)
    glare = np.where(inside, np.clip(level - GLARE * np.maximum(middle, smooth * 0.8), 0, 1), 0).astype(np.float32)
    busy = float(np.mean(np.abs(level[inside] / middle - 1) > EMPTY)) if inside.any() else 0.0
    note = f"{busy:.0%} of the area is much darker or brighter than its middle: it may not be empty"
    return _Relief(shade, glare, window, area.side, (note,) if busy > 0.1 and slot.kind == FLAT else ())
