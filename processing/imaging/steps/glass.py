"""Owns the step of glass: whether the product stays solid or lets through what it is put before."""

from dataclasses import dataclass

from processing.imaging import backdrops, clearness
from processing.imaging.contract import Context, Step, setting, untouched, validate
from processing.imaging.frame import Frame


@dataclass(frozen=True, slots=True)
class Params:
    clarity: float = setting(
        0.0,
        label="Clarity",
        unit="%",
        low=0.0,
        high=100.0,
        help="How much of the old backdrop is taken out of glass, so that the new one shows through. 0 leaves the "
        "product solid. Needs a light, plain backdrop; what is white before white goes clear, too.",
    )

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """The frame with the glass to draw, or none; alpha stays the whole product's, and its pixels the photo's."""
    if not params.clarity or frame.alpha is None or not frame.alpha.any():
        return frame.with_glass(None) if frame.glass else frame
    found = clearness.cleared(frame, params.clarity / 100, backdrops.behind(frame.rgb, frame.alpha))
    said = stays_solid(found.why) if found.glass is None else f"clear glass is {found.clear:.0%} of the product"
    return frame.with_glass(found.glass).noting(said)


def stays_solid(why: str) -> str:
    """The note on glass that could not be made clear."""
    return f"glass stays solid: {why}"


def verify(before: Frame, after: Frame, params: Params) -> None:
    untouched(before, after, "Glass")


STEP = Step(
    name="glass",
    label="Glass",
    help="Clear glass shows what the product is put before, instead of the old backdrop.",
    params=Params,
    apply=apply,
    verify=verify,
)
