"""Owns the step of edge colour: pixels at the edge lose the old background's colour and take the product's."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from processing.imaging.contract import Context, Step, setting, validate
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Alpha, Frame, Pixels

Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]


# Alpha from which a pixel counts as wholly product.
SOLID = 250


@dataclass(frozen=True, slots=True)
class Params:
    radius: float = setting(
        12.0, label="Reach", unit="px", low=1.0, high=40.0, help="How near solid product must be to lend its colour."
    )
    strength: float = setting(
        100.0,
        label="Strength",
        unit="%",
        low=0.0,
        high=100.0,
        help="How much of the old background's colour leaves the edge; 0 leaves the photo's own colours.",
    )

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """Edge pixels take the colour of the nearest solid product; translucent ones far from any are unmixed."""
    if frame.alpha is None or not params.strength or not frame.alpha.any():
        return frame
    box = _box(frame.alpha)
    alpha, was = frame.alpha[box], frame.rgb[box]
    edge = (alpha > 0) & (alpha < SOLID)
    # One pixel further in than solid: the outermost solid pixels still carry a trace of what lay behind.
    solid = ndimage.binary_erosion(alpha >= SOLID, border_value=1)
    if not edge.any() or not solid.any():
        return frame
    near = _nearest(solid, edge)
    now = was.copy()
    now[edge] = was[near[:, 0], near[:, 1]]
    rows, columns = np.nonzero(edge)
    far = np.hypot(near[:, 0] - rows, near[:, 1] - columns) > params.radius
    if far.any():
        _unmix(now, was, alpha, rows[far], columns[far])
    if params.strength < 100:
        _mix(now, was, edge, params.strength / 100)
    rgb = frame.rgb.copy()
    rgb[box] = now
    return frame.with_rgb(rgb)


def _box(alpha: Alpha) -> tuple[slice, slice]:
    """The rows and columns of all alpha, with a margin of background."""
    rows, columns = np.nonzero(alpha.any(axis=1))[0], np.nonzero(alpha.any(axis=0))[0]
    margin = 24
    return (
        slice(max(0, rows[0] - margin), rows[-1] + margin),
        slice(max(0, columns[0] - margin), columns[-1] + margin),
    )


def _nearest(targets: Bools, asked: Bools) -> Indices:
    """Row and column of the nearest target of every asked pixel, N x 2."""
    found = ndimage.distance_transform_edt(~targets, return_distances=False, return_indices=True)
    return np.stack([found[0][asked], found[1][asked]], axis=-1)


def _unmix(now: Pixels, was: Pixels, alpha: Alpha, rows: Indices, columns: Indices) -> None:
    """Solve I = a F + (1 - a) B for F with the nearest background as B; faint pixels keep half of their colour."""
    asked = np.zeros(alpha.shape, dtype=bool)
    asked[rows, columns] = True
    background = alpha == 0
    if not background.any():
        now[rows, columns] = was[rows, columns]
        return
    near = _nearest(background, asked)
    share = np.maximum(alpha[rows, columns, None].astype(np.float32) / 255, 0.5)
    behind = was[near[:, 0], near[:, 1]].astype(np.float32)
    product = (was[rows, columns] - (1 - share) * behind) / share
    now[rows, columns] = np.clip(product + 0.5, 0, 255).astype(np.uint8)


def _mix(now: Pixels, was: Pixels, edge: Bools, share: float) -> None:
    """Only ``share`` (0 to 1) of the change at the edge."""
    old, new = was[edge].astype(np.float32), now[edge].astype(np.float32)
    now[edge] = (old + share * (new - old) + 0.5).astype(np.uint8)


def verify(before: Frame, after: Frame, params: Params) -> None:
    if before.alpha is None:
        raise _wrong("no_mask", "The photo has no mask.", "a mask from the earlier steps.")
    if before.rgb is after.rgb:
        return
    red, green, blue = np.moveaxis(before.rgb != after.rgb, -1, 0)
    if ((red | green | blue) & (before.alpha == 255)).any():
        raise _wrong("colour_changed", "Colours inside the product changed.", "only edge pixels to change.")


def _wrong(code: str, measured: str, wanted: str) -> StepFailed:
    return StepFailed(code, measured=measured, wanted=wanted, action="Run the photo again without this step.")


STEP = Step(
    name="decontaminate",
    label="Edge colour",
    help="Edge pixels lose the old background's colour.",
    params=Params,
    apply=apply,
    verify=verify,
)
