"""Owns the third step: islands go, small holes close, faint alpha becomes none."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.imaging import planes
from processing.imaging.contract import Context, Step, setting, validate
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Alpha, Frame


@dataclass(frozen=True, slots=True)
class Params:
    island: float = setting(
        2.0,
        label="Smallest part",
        unit="% of the largest",
        low=0.0,
        high=50.0,
        help="Separate parts smaller than this are taken away.",
        tries=(0.5, 2.0, 5.0, 15.0),
    )
    hole: float = setting(
        0.02,
        label="Smallest hole",
        unit="% of the product",
        low=0.0,
        high=5.0,
        help="Holes smaller than this are closed.",
        tries=(0.002, 0.02, 0.1, 0.5),
    )
    floor: int = setting(8, label="Faintest alpha", unit="of 255", low=0, high=64, help="Fainter alpha becomes none.")

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    if frame.alpha is None:
        return frame
    alpha, gone, closed = frame.alpha, 0, 0
    if not frame.given:
        alpha, gone = without_islands(alpha, params.island / 100)
        alpha, closed = without_holes(alpha, params.hole / 100)
    levels = np.arange(256, dtype=np.uint8)
    levels[levels < params.floor] = 0
    levels[levels > 255 - params.floor] = 255
    alpha = planes.mapped(alpha, levels)
    notes = [f"{gone} islands taken away"] * bool(gone) + [f"{closed} holes closed"] * bool(closed)
    return frame.with_alpha(alpha).noting(*notes)


def without_islands(alpha: Alpha, share: float) -> tuple[Alpha, int]:
    """Alpha without the parts whose area is below ``share`` of the largest one's, and how many went."""
    box = planes.around(alpha > 25, 0)
    part = alpha[box]
    labels, count = planes.parts(part > 25)
    if count < 2:
        return alpha, 0
    areas = np.bincount(labels[part > 127], minlength=count + 1)
    small = areas < share * areas.max()
    small[0] = False
    return _with(alpha, box, small[labels], 0), int(small.sum())


def without_holes(alpha: Alpha, share: float) -> tuple[Alpha, int]:
    """Alpha with enclosed gaps filled whose area is below ``share`` of the product's, and how many were."""
    box = planes.around(alpha > 127, 1)
    solid = alpha[box] > 127
    if not solid.size:
        return alpha, 0
    labels, areas = planes.gaps(solid)
    small = (areas > 0) & (areas < share * np.count_nonzero(solid))
    return _with(alpha, box, small[labels], 255), int(small.sum())


def _with(alpha: Alpha, box: tuple[slice, slice], where: npt.NDArray[np.bool_], value: int) -> Alpha:
    """Alpha with ``value`` where a mask of its part in ``box`` is true."""
    if not where.any():
        return alpha
    changed = alpha.copy()
    changed[box][where] = value
    return changed


def verify(before: Frame, after: Frame, params: Params) -> None:
    if before.alpha is None or after.alpha is None:
        raise _lost("no_mask", "The photo has no mask.", "a mask from the cut-out step.")
    was, now = np.count_nonzero(before.alpha > 127), np.count_nonzero(after.alpha > 127)
    if now < 0.7 * was:
        raise _lost("product_lost", f"Cleaning left {now / was:.0%} of the mask.", "at least 70 %.")


def _lost(code: str, measured: str, wanted: str) -> StepFailed:
    return StepFailed(code, measured=measured, wanted=wanted, action="Check the mask by hand.")


STEP = Step(
    name="clean",
    label="Islands and holes",
    help="Residue beside the product goes, pinholes in it close.",
    params=Params,
    apply=apply,
    verify=verify,
)
