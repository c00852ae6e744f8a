"""Owns the first step: models' masks become the photo's alpha, still soft at its edges.

A quick model looks first and finds the product whole; a detailed one draws its edge; where they differ the backdrop
decides. A photo that is cut out already keeps what it came with. Every choice is recorded on the trace.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np

from processing.imaging import looks, planes, scaling, tones, transparency
from processing.imaging.contract import Context, Mask, Step, setting, validate
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Alpha, Frame, Pixels
from processing.imaging.fusion import disagreement, fuse, solid

# Models look at a copy whose shorter edge is this long, since they squeeze it into a square; none has a larger input.
VIEW, WIDEST = 1024, 1800
# A plain shape that a photo came with is its product where models differ on no more of it.
CROP = 0.1


@dataclass(frozen=True, slots=True)
class Params:
    model: str = setting("isnet", label="Detailed model", help="The model that draws the edge.", model=True)
    first: str = setting("u2net", label="First look", help="The quick model that finds the product whole.", model=True)
    effort: str = setting(
        "full",
        label="Effort",
        choices=("quick", "cascade", "full"),
        help="quick: the first look alone. cascade: the detailed model where the first look is unsure. full: both.",
    )
    trusted: float = setting(
        0.95,
        label="First look trusted from",
        unit="certainty",
        low=0.5,
        high=1.0,
        help="Under cascade: from this certainty on the first look stands alone.",
    )
    tone: str = setting(
        "auto",
        label="Open the tones",
        choices=("off", "auto", "strong"),
        tries=("off", "auto", "strong"),
        help="Show the detailed model a curve that separates white on white and black on black.",
    )
    enough: float = setting(
        0.92,
        label="Look again below",
        unit="certainty",
        low=0.0,
        high=1.0,
        help="Where the detailed model is less sure of its mask it looks again: at the product alone, in even light, "
        "and upside down. The reading “Mask certainty” is of the mask that stays.",
        tries=(0.0, 0.92, 0.98),
    )
    solid: float = setting(
        1.0,
        label="Solid from",
        unit="certainty",
        low=0.2,
        high=1.0,
        help="Inside the outline, a place that is product with this certainty or more is wholly product. Models doubt "
        "glass through and through; 1 leaves their doubts.",
        tries=(0.3, 0.6, 1.0),
    )

    own: str = setting(
        "use",
        label="Own transparency",
        choices=("use", "ignore"),
        help="use: a photo that is cut out already stays so, without its shadow; where its outline is a plain shape, "
        "such as a card, a pill or a circle, models must see the product, too. ignore: models cut it out, on white.",
    )

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """The photo's own cut-out, or the models' mask stretched to the photo. Raises StepFailed on a flat mask."""
    given = None
    if params.own == "use" and frame.own is not None:
        given = transparency.product(frame.own, frame.rgb)
    if given is None:
        return _by_models(frame, params, context)
    kept = frame.with_given(given.alpha).noting(*_told(given))
    if not transparency.crop(given.alpha):
        return kept
    cut = _by_models(frame, params, context)
    apart = disagreement(_mask(given.alpha), _mask(cast(Alpha, cut.alpha)))
    if apart > CROP:
        told = f"own transparency is no cut-out: models see something else on {apart:.0%} of that plain shape"
        return cut.noting(told)
    return kept.noting("a plain shape, and models see it as well")


def _told(given: transparency.Given) -> list[str]:
    """What a photo's own transparency was taken for."""
    shadow = given.shadow / max(1, int(np.count_nonzero(given.alpha)))
    gone = [f"a shadow as large as {shadow:.0%} of the product taken away"] * bool(given.shadow)
    return ["mask by the photo's own transparency", *gone]


def _mask(alpha: Alpha) -> Mask:
    return (alpha / np.float32(255)).astype(np.float32)


def _by_models(frame: Frame, params: Params, context: Context) -> Frame:
    """Ask the models at their own size and stretch the mask to the photo. Raises StepFailed on a flat mask."""
    view = shrunk(frame.rgb, _view_edge(frame.size))
    quick = _asked(params.first, view, context)
    sure = looks.certainty(quick)
    context.trace.numbers["first_certainty"] = sure
    if params.effort == "quick" or (params.effort == "cascade" and sure > params.trusted and looks.tells(quick)):
        context.trace.choices.append(f"{params.first} alone, sure of {sure:.2f}")
        return frame.with_alpha(stretched(quick, frame.size)).noting(f"mask by {params.first}")
    detailed = _detailed(view, quick, params, context)
    fusion = fuse(detailed, quick, view)
    context.trace.numbers["disagreement"] = fusion.disagreement
    if fusion.recovered:
        context.trace.choices.append(f"{fusion.recovered:.1%} of the product taken back from {params.first}")
    if fusion.opened:
        context.trace.choices.append(f"holes of {fusion.opened:.1%} of the product opened: they show the backdrop")
    mask = solid(fusion.mask, params.solid)
    return frame.with_alpha(stretched(mask, frame.size)).noting(f"mask by {params.first} and {params.model}")


def _view_edge(size: tuple[int, int]) -> int:
    return min(WIDEST, round(VIEW * max(size) / min(size)))


def shrunk(rgb: Pixels, edge: int) -> Pixels:
    """The picture at most ``edge`` pixels long."""
    return scaling.sharp(rgb, scaling.fitted((rgb.shape[1], rgb.shape[0]), edge))


def stretched(mask: Mask, size: tuple[int, int]) -> Alpha:
    """A mask at the photo's size (width, height), as 8-bit alpha."""
    return planes.enlarged(np.clip(mask * 255 + 0.5, 0, 255).astype(np.uint8), size)


def _asked(name: str, view: Pixels, context: Context) -> Mask:
    mask = context.matter(name).mask(view)
    context.trace.masks[name] = mask
    return mask


def _detailed(view: Pixels, quick: Mask, params: Params, context: Context) -> Mask:
    """The surest of the detailed model's masks, and on the trace how it came about."""
    lightness, power = _tone(view, quick, params.tone)
    first, choices = view, context.trace.choices
    if power != 1.0:
        first = tones.opened(view, power)
        choices.append(f"tones opened (power {power:g}) for a backdrop of {lightness:.0%} brightness")
    seen = looks.surest(context.matter(params.model), view, first, quick, params.enough)
    context.trace.masks[params.model] = seen.mask
    if seen.taken:
        stays = f"its mask {seen.stays} stays" if seen.stays else "its first mask stays"
        choices.append(f"{params.model} looked again ({', '.join(seen.taken)}): {stays}")
    choices.extend(f"{params.model} saw nothing {look or 'at its first look'}" for look in seen.blind)
    if seen.variation is not None:
        context.trace.numbers["variation"] = seen.variation
    return seen.mask


def _tone(view: Pixels, quick: Mask, tone: str) -> tuple[float, float]:
    """The backdrop's brightness and the exponent of the curve; 1 where opening has nothing to find."""
    lightness = tones.backdrop_lightness(view)
    power = 1.0 if tone == "off" else tones.power_for(lightness, strong=tone == "strong")
    if power != 1.0 and tone == "auto" and tones.blend(view, quick) < tones.BLENDS:
        return lightness, 1.0
    return lightness, power


def verify(before: Frame, after: Frame, params: Params) -> None:
    if after.alpha is None:
        raise _wrong("no_mask", "The model gave no mask.", "a mask of the photo's size.")
    if after.alpha.shape != before.rgb.shape[:2]:
        raise _wrong("mask_size", f"The mask has the shape {after.alpha.shape}.", f"{before.rgb.shape[:2]}.")
    share = np.count_nonzero(after.alpha > 127) / after.alpha.size
    if share < looks.EMPTY:
        raise _wrong("empty_mask", f"The mask covers {share:.2%} of the photo.", f"at least {looks.EMPTY:.1%}.")
    if share > looks.FULL:
        raise _wrong("whole_frame_mask", f"The mask covers {share:.1%} of the photo.", f"at most {looks.FULL:.1%}.")


def _wrong(code: str, measured: str, wanted: str) -> StepFailed:
    action = "Try another model or lane, or draw the mask by hand."
    return StepFailed(code, measured=measured, wanted=wanted, action=action)


STEP = Step(
    name="cutout",
    label="Cut-out",
    help="Models mark what is product and what is background.",
    params=Params,
    apply=apply,
    verify=verify,
)
