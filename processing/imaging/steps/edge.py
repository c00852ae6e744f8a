"""Owns the step of edge shift and feather: the outline moves in or out by parts of a pixel, and goes softer."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from processing.imaging.contract import Context, Step, setting, validate
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Alpha, Frame

Floats = npt.NDArray[np.float32]

# How far one pixel's width reaches towards a neighbour across the corner, which is the root of two away.
DIAGONAL = float(np.sqrt(0.5))
# What a Gaussian adds beyond this many standard deviations is under one level of 255.
TAIL = 3
LEAST_LEFT = 0.5


@dataclass(frozen=True, slots=True)
class Params:
    shift: float = setting(
        0.0,
        label="Edge shift",
        unit="px",
        low=-12.0,
        high=12.0,
        help="Positive spreads the mask, negative chokes it; in pixels of the photo.",
        tries=(-2.0, -1.0, 0.0, 1.0, 2.0),
    )
    feather: float = setting(
        0.0, label="Feather", unit="px", low=0.0, high=12.0, help="Standard deviation of the blur of the mask's edge."
    )

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """Shift first, then feather; neutral values give the frame back as it is."""
    if frame.alpha is None or not (params.shift or params.feather) or not frame.alpha.any():
        return frame
    return frame.with_alpha(moved(frame.alpha, params.shift, params.feather))


def moved(alpha: Alpha, shift: float, feather: float) -> Alpha:
    """Alpha (H x W, 0 to 255), its edge spread by ``shift`` px (choked if negative), then blurred by ``feather``."""
    box = _around(alpha, int(np.ceil(max(shift, 0) + TAIL * feather)) + 1)
    part = alpha[box]
    if shift > 0:
        part = spread(part, shift)
    elif shift < 0:
        part = np.subtract(255, spread(np.subtract(255, part), -shift))
    if feather:
        part = feathered(part, feather)
    result = np.zeros_like(alpha)
    result[box] = part
    return result


def spread(alpha: Alpha, distance: float) -> Alpha:
    """Grey dilation by a disc of ``distance`` px, a pixel at a time and then the rest of one.

    The disc grows as the solution of dA/dt = |grad A| (Brockett and Maragos 1994, "Evolution equations for
    continuous-scale morphology"), here by an upwind step along axes and diagonals: soft edges keep their profile, and
    a part of a pixel is a part of its opacity. Beyond the picture's rim its outermost pixels go on.
    """
    for step in [1.0] * int(distance) + [distance % 1]:
        alpha = _grown(alpha, step) if step else alpha
    return alpha


def _grown(alpha: Alpha, step: float) -> Alpha:
    height, width = alpha.shape
    wide = np.pad(alpha, 1, mode="edge")

    def at(down: int, across: int) -> Alpha:
        return wide[1 + down : 1 + down + height, 1 + across : 1 + across + width]

    straight = np.maximum(np.maximum(at(-1, 0), at(1, 0)), np.maximum(at(0, -1), at(0, 1)))
    corners = np.maximum(np.maximum(at(-1, -1), at(1, 1)), np.maximum(at(1, -1), at(-1, 1)))
    return np.maximum(_towards(alpha, straight, step), _towards(alpha, corners, step * DIAGONAL))


def _towards(alpha: Alpha, larger: Alpha, share: float) -> Alpha:
    """The way from ``alpha`` to ``larger``, where that is larger; 8-bit fixed point."""
    if share == 1.0:
        return np.maximum(alpha, larger)
    rise = np.subtract(np.maximum(alpha, larger), alpha).astype(np.uint16)
    part: Alpha = alpha + ((rise * np.uint16(round(share * 256)) + np.uint16(128)) >> 8).astype(np.uint8)
    return part


def feathered(alpha: Alpha, deviation: float) -> Alpha:
    """Alpha under a Gaussian of that standard deviation in px; beyond the rim its outermost pixels go on."""
    reach = int(np.ceil(TAIL * deviation))
    wide = Image.fromarray(np.pad(alpha, reach, mode="edge")).filter(ImageFilter.GaussianBlur(deviation))
    return np.asarray(wide)[reach:-reach, reach:-reach]


def _around(alpha: Alpha, margin: int) -> tuple[slice, slice]:
    """Rows and columns of all alpha with a margin of background; only they can change."""
    rows, columns = np.nonzero(alpha.any(axis=1))[0], np.nonzero(alpha.any(axis=0))[0]
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )


def verify(before: Frame, after: Frame, params: Params) -> None:
    if before.alpha is None or after.alpha is None:
        raise _wrong("no_mask", "The photo has no mask.", "a mask from the earlier steps.")
    if not (params.shift or params.feather):
        return
    was, now = int((before.alpha > 127).sum()), int((after.alpha > 127).sum())
    if now < LEAST_LEFT * was:
        raise _wrong("product_lost", f"The edge shift left {now / max(was, 1):.0%} of the mask.", "half at least.")


def _wrong(code: str, measured: str, wanted: str) -> StepFailed:
    return StepFailed(code, measured=measured, wanted=wanted, action="Choke the mask by fewer pixels.")


STEP = Step(
    name="edge",
    label="Edge shift",
    help="The mask's edge moves in or out by parts of a pixel, and may be feathered.",
    params=Params,
    apply=apply,
    verify=verify,
)
