"""Owns the second step: the edge of a soft mask, found again in the photo at full resolution."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from processing.imaging.contract import Context, Step, setting, validate
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Frame


@dataclass(frozen=True, slots=True)
class Params:
    radius: float = setting(
        0.6, label="Reach", unit="% of the longest edge", low=0.1, high=3.0, help="How far the edge may move."
    )
    epsilon: float = setting(
        0.0001,
        label="Smoothness",
        low=0.000001,
        high=0.1,
        help="Larger values follow the photo's edges less.",
    )

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """Guided filter of the mask by the photo's luminance (He, Sun, Tang 2010), sharpened around one half."""
    if frame.alpha is None:
        return frame
    guide = (frame.rgb @ np.array([0.299, 0.587, 0.114], dtype=np.float32)) / np.float32(255)
    mask = frame.alpha.astype(np.float32) / 255
    size = 2 * max(1, round(params.radius / 100 * max(frame.size))) + 1
    mean_g, mean_m = _box(guide, size), _box(mask, size)
    slope = (_box(guide * mask, size) - mean_g * mean_m) / (_box(guide * guide, size) - mean_g**2 + params.epsilon)
    offset = mean_m - slope * mean_g
    filtered = _box(slope, size) * guide + _box(offset, size)
    sharp = np.clip((filtered - 0.5) * 2 + 0.5, 0, 1)
    return frame.with_alpha((sharp * 255 + 0.5).astype(np.uint8))


def _box(values: np.ndarray, size: int) -> np.ndarray:
    return ndimage.uniform_filter(values, size, mode="nearest")


def verify(before: Frame, after: Frame, params: Params) -> None:
    if before.alpha is None or after.alpha is None:
        raise _lost("no_mask", "The photo has no mask.", "a mask from the cut-out step.")
    was, now = float((before.alpha > 127).mean()), float((after.alpha > 127).mean())
    if now < 0.5 * was:
        raise _lost("product_lost", f"The edge search left {now / was:.0%} of the mask.", "at least half of it.")


def _lost(code: str, measured: str, wanted: str) -> StepFailed:
    return StepFailed(code, measured=measured, wanted=wanted, action="Lower the reach, or choose another lane.")


STEP = Step(
    name="refine",
    label="Edges",
    help="The mask's edge is found again in the photo at full resolution.",
    params=Params,
    apply=apply,
    verify=verify,
)
