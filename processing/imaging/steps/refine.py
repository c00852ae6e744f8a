"""Owns the second step: the edge of a soft mask made sharp, and with a reach found again in the full-size photo."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from processing.imaging import planes
from processing.imaging.contract import Context, Step, setting, validate
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Alpha, Frame, Pixels

Floats = npt.NDArray[np.float32]

# So many rows are in floats at once.
BAND = 512
LEVELS: Floats = (np.arange(256) / 255).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Params:
    sharpness: float = setting(
        2.0,
        label="Sharpness",
        unit="times",
        low=1.0,
        high=8.0,
        help="How much steeper the mask's edge is made.",
        tries=(1.0, 1.5, 2.0, 3.0),
    )
    radius: float = setting(
        0.0,
        label="Reach",
        unit="% of the longest edge",
        low=0.0,
        high=3.0,
        help="How far the edge may move towards edges in the photo; 0 trusts the model's edge.",
        tries=(0.0, 0.1, 0.2, 0.4),
    )
    epsilon: float = setting(
        0.0001, label="Smoothness", low=0.000001, high=0.1, help="Larger values follow the photo's edges less."
    )

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """The mask made steeper around one half, after a guided filter if the recipe gives it a reach.

    One that is given stays as it is.
    """
    if frame.alpha is None or frame.given:
        return frame
    if params.radius:
        return frame.with_alpha(_by_bands(frame.rgb, frame.alpha, params))
    return frame.with_alpha(planes.mapped(frame.alpha, _steeper(LEVELS, params)))


def _steeper(mask: Floats, params: Params) -> Alpha:
    """A mask made steeper around one half, as 8-bit alpha."""
    steep = np.clip((mask - np.float32(0.5)) * params.sharpness + 0.5, 0, 1) * 255 + 0.5
    return np.asarray(steep, np.uint8)


def _by_bands(rgb: Pixels, alpha: Alpha, params: Params) -> Alpha:
    """The guided mask made steeper, band by band: in floats a large photo would take gigabytes at once."""
    size = 2 * max(1, round(params.radius / 100 * max(alpha.shape))) + 1
    found = np.empty_like(alpha)
    for start in range(0, len(alpha), BAND):
        # Two averages over ``size`` rows each look so far beyond a row.
        seen = slice(max(0, start - size), start + BAND + size)
        soft = _guided(rgb[seen], alpha[seen], size, params.epsilon)
        found[start : start + BAND] = _steeper(soft[start - seen.start :][:BAND], params)
    return found


def _guided(rgb: Pixels, alpha: Alpha, size: int, epsilon: float) -> Floats:
    """Guided filter of the mask by the photo's luminance (He, Sun, Tang 2010), 0 to 1 and a little beyond."""
    luminance = np.array([0.299, 0.587, 0.114], dtype=np.float32) / np.float32(255)
    guide: Floats = np.asarray(rgb @ luminance, dtype=np.float32)
    mask: Floats = alpha.astype(np.float32) / np.float32(255)
    mean_g, mean_m = _box(guide, size), _box(mask, size)
    slope = (_box((guide * mask).astype(np.float32), size) - mean_g * mean_m) / (
        _box(guide * guide, size) - mean_g**2 + epsilon
    )
    slope = slope.astype(np.float32)
    offset = (mean_m - slope * mean_g).astype(np.float32)
    return _box(slope, size) * guide + _box(offset, size)


def _box(values: Floats, size: int) -> Floats:
    return ndimage.uniform_filter(values, size, mode="nearest")


def verify(before: Frame, after: Frame, params: Params) -> None:
    if before.alpha is None or after.alpha is None:
        raise _lost("no_mask", "The photo has no mask.", "a mask from the cut-out step.")
    was, now = (np.count_nonzero(alpha > 127) / alpha.size for alpha in (before.alpha, after.alpha))
    if now < 0.5 * was:
        raise _lost("product_lost", f"The edge search left {now / was:.0%} of the mask.", "at least half of it.")


def _lost(code: str, measured: str, wanted: str) -> StepFailed:
    return StepFailed(code, measured=measured, wanted=wanted, action="Lower the reach, or choose another lane.")


STEP = Step(
    name="refine",
    label="Edges",
    help="The mask's edge is made sharp at full resolution; with a reach it is found again in the photo.",
    params=Params,
    apply=apply,
    verify=verify,
)
