"""Owns the last step: which shadow a product gets where a canvas may have one. ``shadows`` paints it."""

from dataclasses import dataclass

from processing.imaging.contract import Context, Step, setting, untouched, validate
from processing.imaging.frame import Frame, Shadow
from processing.imaging.shadows import KINDS

NONE = "none"


@dataclass(frozen=True, slots=True)
class Params:
    kind: str = setting(
        NONE,
        label="Shadow",
        choices=(NONE, *KINDS),
        help="contact: dark where it stands. drop: its own shape behind it. cast: laid on the ground.",
    )
    density: float = setting(
        40.0, label="Density", unit="%", low=0.0, high=100.0, help="How dark its darkest place is; 100 is black."
    )
    softness: float = setting(
        40.0, label="Softness", unit="%", low=0.0, high=100.0, help="How blurred its edge is; large lamps make it soft."
    )
    direction: float = setting(
        60.0,
        label="Direction",
        unit="degrees",
        low=0.0,
        high=360.0,
        help="Where it falls, clockwise from the right; 90 is down, towards the viewer.",
    )
    length: float = setting(
        25.0, label="Length", unit="%", low=0.0, high=100.0, help="How far it reaches; a low lamp makes it long."
    )

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """The frame with the shadow to paint, or none; no pixel changes before it is placed on a canvas."""
    if params.kind == NONE or not params.density:
        return frame.with_shadow(None) if frame.shadow else frame
    share = Shadow(
        kind=params.kind,
        density=params.density / 100,
        softness=params.softness / 100,
        direction=params.direction % 360,
        length=params.length / 100,
    )
    return frame.with_shadow(share)


def verify(before: Frame, after: Frame, params: Params) -> None:
    untouched(before, after, "Shadow")


STEP = Step(
    name="shadow",
    label="Shadow",
    help="A shadow beneath the product, for marketplaces that allow one; the others stay white.",
    params=Params,
    apply=apply,
    verify=verify,
)
