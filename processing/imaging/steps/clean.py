"""Owns the third step: islands go, small holes close, faint alpha becomes none."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

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
    )
    hole: float = setting(
        0.02,
        label="Smallest hole",
        unit="% of the product",
        low=0.0,
        high=5.0,
        help="Holes smaller than this are closed.",
    )
    floor: int = setting(8, label="Faintest alpha", unit="of 255", low=0, high=64, help="Fainter alpha becomes none.")

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    if frame.alpha is None:
        return frame
    alpha, gone = without_islands(frame.alpha, params.island / 100)
    alpha, closed = without_holes(alpha, params.hole / 100)
    alpha = np.where(alpha < params.floor, np.uint8(0), alpha)
    alpha = np.where(alpha > 255 - params.floor, np.uint8(255), alpha)
    notes = [f"{gone} islands taken away"] * bool(gone) + [f"{closed} holes closed"] * bool(closed)
    return frame.with_alpha(alpha).noting(*notes)


def without_islands(alpha: Alpha, share: float) -> tuple[Alpha, int]:
    """Alpha without the parts whose area is below ``share`` of the largest one's, and how many went."""
    labels, count = ndimage.label(alpha > 25)
    if count < 2:
        return alpha, 0
    areas = np.bincount(labels.ravel(), weights=(alpha > 127).ravel())
    areas[0] = 0
    small = areas < share * areas.max()
    small[0] = False
    return np.where(small[labels], np.uint8(0), alpha), int(small.sum())


def without_holes(alpha: Alpha, share: float) -> tuple[Alpha, int]:
    """Alpha with enclosed gaps filled whose area is below ``share`` of the product's, and how many were."""
    solid = alpha > 127
    labels, count = ndimage.label(~solid)
    if count < 2:
        return alpha, 0
    areas = np.bincount(labels.ravel())
    small = areas < share * solid.sum()
    small[0] = False
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    small[np.unique(edge)] = False
    return np.where(small[labels], np.uint8(255), alpha), int(small.sum())


def verify(before: Frame, after: Frame, params: Params) -> None:
    if before.alpha is None or after.alpha is None:
        raise _lost("no_mask", "The photo has no mask.", "a mask from the cut-out step.")
    was, now = int((before.alpha > 127).sum()), int((after.alpha > 127).sum())
    if now < 0.7 * was:
        raise _lost("product_lost", f"Cleaning left {now / max(was, 1):.0%} of the mask.", "at least 70 %.")


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
