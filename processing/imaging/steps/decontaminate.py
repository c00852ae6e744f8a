"""Owns the last step: pixels at the edge lose the old background's colour and take the product's."""

from dataclasses import dataclass

from scipy import ndimage

from processing.imaging.contract import Context, Step, setting, validate
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Frame


@dataclass(frozen=True, slots=True)
class Params:
    radius: float = setting(
        8.0,
        label="Reach",
        unit="px",
        low=1.0,
        high=40.0,
        help="From how far inside the product's colour is taken.",
    )

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """Pixels that are not wholly product take the colour of the nearest that are."""
    if frame.alpha is None:
        return frame
    edge = (frame.alpha > 0) & (frame.alpha < 250)
    near = ndimage.distance_transform_edt(frame.alpha < 250, return_distances=False, return_indices=True)
    rgb = frame.rgb.copy()
    rgb[edge] = frame.rgb[near[0][edge], near[1][edge]]
    return frame.with_rgb(rgb)


def verify(before: Frame, after: Frame, params: Params) -> None:
    if before.alpha is None:
        raise _wrong("no_mask", "The photo has no mask.", "a mask from the earlier steps.")
    inside = before.alpha == 255
    if inside.any() and (before.rgb[inside] != after.rgb[inside]).any():
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
