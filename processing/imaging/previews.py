"""Owns the live preview of a retouch: a part of the photo as saving will show it, at the size of a screen.

Steps work on the part that is looked at, at its own scale; only the shadow and the glass need the whole mask, and take
a small one.
At full size the picture is the one that saving makes, to the pixel, and its shadow to half a pixel; at a smaller one
lengths are scaled with it.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from processing.imaging import backdrops, clearness, pipeline, rendering, shadows
from processing.imaging.contract import BoundStep, Context, no_models
from processing.imaging.frame import Alpha, Frame, Joint, Pixels, Shadow
from processing.imaging.steps import STEPS, decontaminate, edge, glass

Floats = npt.NDArray[np.float32]
Parameters = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class View:
    """A window of the photo, in its pixels; it may reach beyond the photo, where the canvas goes on."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Clearing:
    """How much of the backdrop glass loses, 0 to 1, and who tells the whole photo's backdrop where it is asked for."""

    clarity: float
    look: Callable[[], backdrops.Backdrop | None]

    def part(self, box: rendering.Box, whole: tuple[int, int]) -> backdrops.Backdrop | None:
        """The backdrop of the part ``box`` of a photo of the size ``whole``."""
        backdrop = self.look()
        return backdrop.part(box, whole) if backdrop else None


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What a window shows, in the shape of its mask, and what of the settings had no effect, in words."""

    rgb: Pixels
    notes: tuple[str, ...] = ()


WHITE = np.full(3, 255, np.float32)


def preview(source: Frame, view: View, mask: Alpha, whole: Alpha, parameters: Parameters) -> Preview:
    """What ``view`` shows of the photo on white after the steps of ``parameters``, in the shape of ``mask``.

    ``mask`` is the window's, at any scale up to 1; ``whole`` is that of the whole photo at any size. Raises
    InvalidRecipe for a value out of its range.
    """
    photo = source.rgb
    scale = mask.shape[1] / view.width
    clarity = parameters.get("glass", {}).get("clarity", 0.0) / 100
    moved = _moved(whole, parameters, whole.shape[1] / photo.shape[1])
    clearing = Clearing(clarity, functools.cache(lambda: backdrops.behind(photo, moved)))
    others = {name: values for name, values in parameters.items() if name != "glass"}
    frame = _finished(source, view, mask, pipeline.parse(scaled(others, scale)), clearing)
    opacity = frame.alpha if frame.alpha is not None else mask
    shown = _on_white(frame.rgb, opacity)
    if frame.shadow is None:
        return Preview(shown, frame.notes)
    light = _light(_joined(moved, source), (photo.shape[1], photo.shape[0]), view, scale, mask.shape, frame.shadow)
    return Preview(shadows.laid(shown, opacity, light, WHITE), frame.notes)


def scaled(parameters: Parameters, scale: float) -> dict[str, dict[str, Any]]:
    """The parameters for a picture at ``scale``: what is measured in pixels is scaled, within its range."""
    lengths = {
        step.name: {item.name: item for item in dataclasses.fields(step.params) if item.metadata["unit"] == "px"}
        for step in STEPS
    }

    def fitted(step: str, name: str, value: Any) -> Any:
        about = lengths.get(step, {}).get(name)
        return min(max(value * scale, about.metadata["low"]), about.metadata["high"]) if about else value

    return {step: {name: fitted(step, name, value) for name, value in of.items()} for step, of in parameters.items()}


def _finished(source: Frame, view: View, mask: Alpha, steps: Sequence[BoundStep], clearing: Clearing) -> Frame:
    """The window's frame after the steps; beyond the photo it is white and nothing."""
    photo = source.rgb
    scale, (height, width) = mask.shape[1] / view.width, mask.shape
    left, top = max(0, -view.x), max(0, -view.y)
    right = min(view.width, photo.shape[1] - view.x)
    bottom = min(view.height, photo.shape[0] - view.y)
    rows = slice(round(top * scale), min(height, max(round(bottom * scale), 0)))
    columns = slice(round(left * scale), min(width, max(round(right * scale), 0)))
    alpha = np.ascontiguousarray(mask[rows, columns])
    if not alpha.size:
        return _run(Frame(np.full((*mask.shape, 3), 255, np.uint8), np.zeros_like(mask)), steps, lambda: None)
    part = slice(view.y + top, view.y + bottom), slice(view.x + left, view.x + right)
    box = view.x + left, view.y + top, view.x + right, view.y + bottom
    there = functools.partial(clearing.part, box, (photo.shape[1], photo.shape[0]))
    own = None if source.own is None else _at_size(source.own[part], alpha.shape)
    joint = _part_of(source.joint, part, alpha.shape)
    inside = _run(Frame(_at_size(photo[part], alpha.shape), alpha, own=own, joint=joint), steps, there)
    if clearing.clarity and alpha.any():
        inside = _cleared(inside, clearing.clarity, there())
    rgb, opacity = np.full((*mask.shape, 3), 255, np.uint8), np.zeros_like(mask)
    seen, alone = inside.drawn
    rgb[rows, columns], opacity[rows, columns] = seen, alpha if alone is None else alone
    return Frame(rgb, opacity, inside.notes, inside.shadow)


def _part_of(joint: Joint | None, part: tuple[slice, slice], shape: tuple[int, ...]) -> Joint | None:
    """The joint in a part of the photo, at the size ``shape`` of that part."""
    if joint is None:
        return None
    rows, columns = part
    bottom, right = joint.y + joint.alpha.shape[0], joint.x + joint.alpha.shape[1]
    if joint.y >= rows.stop or bottom <= rows.start or joint.x >= columns.stop or right <= columns.start:
        return None
    rgba = np.zeros((rows.stop - rows.start, columns.stop - columns.start, 4), np.uint8)
    there = (
        slice(max(joint.y, rows.start), min(bottom, rows.stop)),
        slice(max(joint.x, columns.start), min(right, columns.stop)),
    )
    ours = (
        slice(there[0].start - joint.y, there[0].stop - joint.y),
        slice(there[1].start - joint.x, there[1].stop - joint.x),
    )
    inner = slice(there[0].start - rows.start, there[0].stop - rows.start)
    across = slice(there[1].start - columns.start, there[1].stop - columns.start)
    rgba[inner, across] = np.dstack([joint.rgb[ours], joint.alpha[ours]])
    sized = _at_size(rgba, shape)
    return Joint(np.ascontiguousarray(sized[..., :3]), np.ascontiguousarray(sized[..., 3]), 0, 0)


def _joined(whole: Alpha, source: Frame) -> Alpha:
    """The whole mask, at any size, with what lies under the product: all of it casts a shadow."""
    height, width = source.rgb.shape[:2]
    joint = _part_of(source.joint, (slice(0, height), slice(0, width)), whole.shape)
    return whole if joint is None else np.maximum(whole, joint.alpha)


def _cleared(inside: Frame, clarity: float, there: backdrops.Backdrop | None) -> Frame:
    """The part of the photo with its glass, before the backdrop that the whole photo has ``there``."""
    found = clearness.cleared(inside, clarity, there)
    return inside.with_glass(found.glass).noting(*([glass.stays_solid(found.why)] if found.why else []))


def _run(frame: Frame, steps: Sequence[BoundStep], there: Callable[[], backdrops.Backdrop | None]) -> Frame:
    """Without the steps' own checks: a window may well lose most of its product, or see nothing of the backdrop."""
    for bound in steps:
        if bound.step is decontaminate.STEP:
            frame = decontaminate.cleaned(frame, bound.params, there)
        else:
            frame = bound.step.apply(frame, bound.params, Context(no_models))
    return frame


def _at_size(plane: Pixels | Alpha, shape: tuple[int, ...]) -> Pixels:
    if plane.shape[:2] == shape:
        return plane
    picture = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.LANCZOS, reducing_gap=2.0))


def _on_white(rgb: Pixels, alpha: Alpha) -> Pixels:
    """As rendering composites it, by Pillow in 8 bits."""
    picture = Image.new("RGB", (rgb.shape[1], rgb.shape[0]), rendering.WHITE)
    picture.paste(Image.fromarray(rgb), (0, 0), Image.fromarray(alpha))
    return np.array(picture)


def _moved(whole: Alpha, parameters: Parameters, scale: float) -> Alpha:
    values = parameters.get("edge", {})
    shift, feather = values.get("shift", 0.0) * scale, values.get("feather", 0.0) * scale
    return edge.moved(whole, shift, feather) if (shift or feather) and whole.any() else whole


def _sharpened(alpha: Alpha, box: rendering.Box) -> shadows.RealBox:
    """The box to parts of a pixel: a row or column of a shrunk mask is as opaque as the product covers it."""
    left, top, right, bottom = box
    rows, columns = alpha[:, left:right].max(axis=1) / 255.0, alpha[top:bottom].max(axis=0) / 255.0

    def beyond(profile: npt.NDArray[np.float64], first: int, step: int) -> float:
        """How far past the outermost half opaque pixel: less than nothing where that is not covered whole."""
        outside = profile[first + step] if 0 <= first + step < len(profile) else 0.0
        return float(profile[first] - 1 + outside)

    return (
        left - beyond(columns, left, -1),
        top - beyond(rows, top, -1),
        right + beyond(columns, right - 1, 1),
        bottom + beyond(rows, bottom - 1, 1),
    )


def _light(
    whole: Alpha, photo: tuple[int, int], view: View, scale: float, shape: tuple[int, ...], shadow: Shadow
) -> Floats:
    """The share of light that the window loses, H x W: the shadow on the whole canvas, sampled where the window is.

    Canvas pixels are placed * photo pixels + offset; the small canvas and the small mask are scaled copies.
    """
    small = whole.shape[1] / photo[0]
    found = rendering.box_of(whole) or rendering.box_of(whole, 1)
    if found is None:
        return np.zeros(shape, np.float32)
    box = _sharpened(whole, found)
    real = (round(box[0] / small), round(box[1] / small), round(box[2] / small), round(box[3] / small))
    placed, size, _ = rendering.fit(real, rendering.MASTER)
    offset = rendering.centred(real, placed, size)
    working = shadows.working_size(size)
    step = working[0] / size[0]
    left, top, right, bottom = ((edge / small * placed + offset[axis % 2]) * step for axis, edge in enumerate(box))
    there = small / (placed * step)
    onto = (there, 0, -offset[0] * small / placed, 0, there, -offset[1] * small / placed)
    laid = Image.fromarray(whole).transform(working, Image.Transform.AFFINE, onto, Image.Resampling.BILINEAR)
    light = Image.fromarray(shadows.taken(np.asarray(laid), (left, top, right, bottom), shadow))
    back = placed * step / scale
    start = ((view.x * placed + offset[0]) * step, (view.y * placed + offset[1]) * step)
    sampled = light.transform(
        (shape[1], shape[0]), Image.Transform.AFFINE, (back, 0, start[0], 0, back, start[1]), Image.Resampling.BICUBIC
    )
    return shadows.within(sampled, shadow)
