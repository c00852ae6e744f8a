"""Owns the step of the ghost mannequin: what held a garment goes, and its inside is seen through the neck.

The inside is a second photo of the product. Nothing is made up: without it, or where it does not fit, the opening stays
empty, and that is said.
"""

from dataclasses import dataclass

import numpy as np

from processing.imaging import collars, mannequins, planes, scaling
from processing.imaging.contract import Context, Step, setting, validate
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.frame import Alpha, Frame
from processing.imaging.mannequins import COLOURS, Found, View

NONE, AUTO, OWN = "none", "auto", "own"
ZONES = {"neck": ("neck",), "neck and arms": ("neck", "arms"), "neck, arms and hem": ("neck", "arms", "hem")}
# What no longer hangs on the garment once the mannequin is gone, such as a cap on its neck (share of the garment).
LOOSE = 0.06


@dataclass(frozen=True, slots=True)
class Params:
    kind: str = setting(
        NONE,
        label="Mannequin",
        choices=(NONE, AUTO, *COLOURS, OWN),
        help="Its colour. none: nothing is taken. auto: only a neck that stands out clearly. own: the colour below.",
    )
    colour: str = setting(
        "#e8e6e2", label="Own colour", help="As #rrggbb, picked on a photo in the middle of the neck."
    )
    tolerance: float = setting(
        10.0,
        label="Tolerance",
        unit="ΔE00",
        low=2.0,
        high=25.0,
        help="How far the mannequin may be from its colour, in light or shade.",
    )
    zones: str = setting(
        "neck, arms and hem", label="Taken at", choices=tuple(ZONES), help="Where it comes out of a garment."
    )
    inside: str = setting(
        "join",
        label="Inside of the neck",
        choices=("join", "leave"),
        help="join: the product's photo of its inside is laid into the neck. leave: the neck stays open.",
    )
    misfit: float = setting(
        1.0,
        label="Largest misfit",
        unit="% of the collar",
        low=0.2,
        high=5.0,
        help="Where the shoulders of the two photos lie further apart, the neck stays open.",
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.kind != OWN:
            return
        try:
            mannequins.lab_of(self.colour)
        except ValueError as error:
            raise InvalidRecipe(
                "bad_parameter",
                measured=f"The mannequin's own colour is {self.colour!r}.",
                wanted="a colour as #rrggbb, such as #e8e6e2.",
                action="Correct the recipe.",
            ) from error


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """The frame without its mannequin, and with a joint where the inside could be laid into the neck."""
    if params.kind == NONE or frame.alpha is None or not frame.alpha.any():
        return frame
    seen = mannequins.view(frame.rgb, frame.alpha)
    found = _found(seen, params)
    if not found.stumps:
        return _left(frame, found, params, context)
    alpha, loose = _without(frame, seen, found)
    _traced(seen, found, frame.alpha, alpha, context)
    told = [f"mannequin removed at the {' and '.join(found.zones)}"]
    told += [f"{loose} loose parts that it held went with it"] * bool(loose)
    told += ["in shade it looks like the cloth: its edges need a look"] * found.shaded
    context.trace.demands.append("A mannequin was removed; every such picture is seen by a person.")
    bare = frame.with_alpha(alpha).noting(*told)
    return _joined(bare, frame.alpha, seen, found, params, context) if "neck" in found.zones else bare


def _found(seen: View, params: Params) -> Found:
    """The mannequin of the recipe's colour; under "auto" of the colour of which most is found."""
    zones = ZONES[params.zones]
    if params.kind != AUTO:
        wanted = params.colour if params.kind == OWN else COLOURS[params.kind]
        return mannequins.find(seen, mannequins.lab_of(wanted), params.tolerance, zones)
    # Of the other colours there is no neck, and much cloth is of some mannequin's: that says something only where the
    # outline shows one.
    shown = mannequins.stands_out(seen)
    colours = [mannequins.lab_of(text) for text in COLOURS.values()]
    sought = colours if shown else mannequins.likely(seen, params.tolerance)
    every = [mannequins.find(seen, wanted, params.tolerance, zones, strict=True) for wanted in sought]
    every.sort(key=lambda found: -int(np.count_nonzero(found.mask)) if found.stumps else 0)
    told = [one for one in every if one.stumps or (one.hidden and (one.apart is not None or shown))]
    return told[0] if told else Found(why=mannequins.NOTHING)


def _left(frame: Frame, found: Found, params: Params, context: Context) -> Frame:
    """The frame as it was; that nothing was found is worth a word only where there may be a mannequin."""
    if found.hidden:
        context.trace.demands.append(f"A mannequin may be left in the picture: {found.why}.")
    elif params.kind == AUTO:
        return frame
    return frame.noting(f"no mannequin removed: {found.why}")


def _without(frame: Frame, seen: View, found: Found) -> tuple[Alpha, int]:
    """The alpha without the mannequin and what hung on nothing else, and how many such parts there were."""
    if frame.alpha is None:
        raise ValueError("a frame without alpha has no mannequin")
    alpha = frame.alpha.copy()
    near = np.zeros(alpha.shape, bool)
    for stump in found.stumps:
        part, share = mannequins.matte(frame.rgb, seen, found, stump)
        kept = frame.alpha[part].astype(np.uint16) * (255 - share) + 128
        # Where two parts overlap a pixel loses its mannequin once.
        alpha[part] = np.minimum(alpha[part], ((kept + (kept >> 8)) >> 8).astype(np.uint8))
        near[part] |= planes.dilated(share > 127, 6)
    labels, count = planes.parts(alpha > 20)
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    areas[0] = 0
    touched = np.bincount(labels[near], minlength=count + 1) > 0
    loose = touched & (areas < LOOSE * areas.max()) & (areas > 0)
    alpha[loose[labels]] = 0
    # What is hardly there and lies by nothing that is left.
    alpha[part][(share > 0) & ~planes.dilated(alpha[part] > 20, 2)] = 0
    return alpha, int(np.count_nonzero(loose & (areas > 64)))


def _traced(seen: View, found: Found, before: Alpha, after: Alpha, context: Context) -> None:
    """What the checks of the mannequin need: how much went, its colour, and the colour's distance to the cloth."""
    numbers = context.trace.numbers
    numbers["mannequin_taken"] = 100 * (1 - int(after.sum(dtype=np.int64)) / max(1, int(before.sum(dtype=np.int64))))
    left = scaling.even(after, (seen.rgb.shape[1], seen.rgb.shape[0])) > 127
    numbers["mannequin_left"] = mannequins.left(seen, left, found)
    if found.apart is not None:
        numbers["mannequin_apart"] = found.apart


def _joined(frame: Frame, before: Alpha, seen: View, found: Found, params: Params, context: Context) -> Frame:
    """The frame with its joint, or with the reason why the neck stays open."""
    if params.inside != "join":
        return frame.noting("the neck's opening is left empty, as the recipe wants it")
    inside = context.inside()
    if isinstance(inside, str):
        return frame.noting(f"the neck's opening is left empty: {inside}")
    box = planes.bounds(found.stumps[0].mask) or (0, 0, 1, 1)
    scale = frame.size[0] / seen.rgb.shape[1]
    made = collars.join(frame, before, (box[0] * scale, box[2] * scale), inside.frame, params.misfit)
    if made.misfit is not None:
        context.trace.numbers["joint_misfit"] = made.misfit
    if made.joint is None:
        why = f"the neck's opening is left empty: {inside.name} was not joined, {made.why}"
        return frame.noting(why if made.why else "the collar closes the neck: there is nothing to join")
    if made.apart is not None:
        context.trace.numbers["joint_apart"] = made.apart
    return frame.with_joint(made.joint).noting(f"inside of the neck from {inside.name}", *made.notes)


def verify(before: Frame, after: Frame, params: Params) -> None:
    if before.alpha is None or after.alpha is None:
        raise _wrong("no_mask", "The photo has no mask.", "a mask from the earlier steps.")
    if after.rgb is not before.rgb:
        raise _wrong("colour_changed", "The mannequin's removal changed colours.", "only the mask to change.")
    was, now = int((before.alpha > 127).sum()), int((after.alpha > 127).sum())
    if now < 0.4 * was:
        raise _wrong("product_lost", f"Without the mannequin {now / max(was, 1):.0%} of the mask is left.", "40 %.")


def _wrong(code: str, measured: str, wanted: str) -> StepFailed:
    action = "Choose the mannequin's own colour in the recipe, or draw the mask by hand."
    return StepFailed(code, measured=measured, wanted=wanted, action=action)


STEP = Step(
    name="mannequin",
    label="Ghost mannequin",
    help="The mannequin that holds a garment goes; the inside of the neck comes from the product's photo of it.",
    params=Params,
    apply=apply,
    verify=verify,
)
