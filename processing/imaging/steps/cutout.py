"""Owns the first step: a model's mask becomes the photo's alpha, still soft at its edges."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from processing.imaging.contract import Context, Mask, Step, setting, validate
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Frame, Pixels

EMPTY = 0.002
FULL = 0.985


@dataclass(frozen=True, slots=True)
class Params:
    model: str = setting("u2net", label="Model", help="The model that finds the product.")

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """Ask the model at its own size and stretch its mask to the photo. Raises StepFailed on a flat mask."""
    mask = context.matter(params.model).mask(shrunk(frame.rgb, 1024))
    context.trace.masks[params.model] = mask
    return frame.with_alpha(stretched(mask, frame.size)).noting(f"mask by {params.model}")


def shrunk(rgb: Pixels, edge: int) -> Pixels:
    """The picture at most ``edge`` pixels long."""
    picture = Image.fromarray(rgb)
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(picture)


def stretched(mask: Mask, size: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """A mask at another size (width, height), as 8-bit alpha."""
    picture = Image.fromarray(np.clip(mask * 255 + 0.5, 0, 255).astype(np.uint8))
    return np.asarray(picture.resize(size, Image.Resampling.BICUBIC))


def verify(before: Frame, after: Frame, params: Params) -> None:
    if after.alpha is None:
        raise _wrong("no_mask", "The model gave no mask.", "a mask of the photo's size.")
    if after.alpha.shape != before.rgb.shape[:2]:
        raise _wrong("mask_size", f"The mask has the shape {after.alpha.shape}.", f"{before.rgb.shape[:2]}.")
    share = float((after.alpha > 127).mean())
    if share < EMPTY:
        raise _wrong("empty_mask", f"The mask covers {share:.2%} of the photo.", f"at least {EMPTY:.1%}.")
    if share > FULL:
        raise _wrong("whole_frame_mask", f"The mask covers {share:.1%} of the photo.", f"at most {FULL:.1%}.")


def _wrong(code: str, measured: str, wanted: str) -> StepFailed:
    action = "Try another model or lane, or draw the mask by hand."
    return StepFailed(code, measured=measured, wanted=wanted, action=action)


STEP = Step(
    name="cutout",
    label="Cut-out",
    help="A model marks what is product and what is background.",
    params=Params,
    apply=apply,
    verify=verify,
)
