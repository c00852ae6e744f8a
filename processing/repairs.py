"""Repairs: a person's alpha becomes a further output of the photo, measured like any other. Nothing is overwritten."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from catalog.people import name_of
from catalog.segments import Route
from processing import outputs, recipes, truths
from processing.imaging import previews, screens
from processing.imaging.frame import Alpha, Frame, Pixels
from processing.imaging.previews import View
from processing.imaging.steps import STEPS
from processing.imaging.steps.shadow import STEP as SHADOW
from processing.models import Output, RecipeVersion, Truth
from processing.outputs import NEUTRAL, RETOUCH_STEPS, Parameters
from processing.truths import Drawn


class UnusableAlpha(ValueError):
    """An alpha that can't be the photo's; the message says what was measured and what is wanted."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a retoucher begins with: the mask's file in the storage ("": there is none), every retouch setting,
    and the key of the output that it is (0: there is none)."""

    mask: str
    retouch: Parameters
    base: int


@dataclass(frozen=True, slots=True)
class Repair:
    """What a person hands in: ``alpha`` (H x W, 0 background to 255 product, the source's own shape) and who made it.

    ``retouch`` holds the later steps' values by step (None: as they were, and no edge shift). With ``how`` a mask that
    differs from the one before is kept as truth. ``base`` is the output that the author began with (0: there was none),
    if that has to be the newest one still.
    """

    alpha: Alpha
    author: User
    note: str = ""
    retouch: Parameters | None = None
    how: Truth.How | None = None
    base: int | None = None


def opened(photo: Photo) -> Opened:
    """The newest output's mask and settings, as its author left them; without any output, the recipe's settings.

    A mask whose edge was shifted comes as it was painted, before the shift, so that the shift can still be changed.
    """
    output = Output.objects.filter(photo=photo).select_related("truth").first()
    if output is None:
        return Opened("", _settings(version_for(photo).parameters, NEUTRAL["edge"]), 0)
    truth: Truth | None = getattr(output, "truth", None)
    if truth:
        return Opened(str(truth.drawn), _settings(output.parameters, truth.edge), output.pk)
    return Opened(str(output.alpha), _settings(output.parameters, NEUTRAL["edge"]), output.pk)


def _settings(parameters: Parameters, edge: dict[str, Any]) -> Parameters:
    """Every value of every retouch step; a step that the parameters leave out does nothing."""
    found = {**parameters, "edge": edge}
    return {
        step.name: asdict(step.bind(found.get(step.name, NEUTRAL[step.name])).params)
        for step in STEPS
        if step.name in RETOUCH_STEPS
    }


def save(photo: Photo, repair: Repair) -> Output:
    """Keep the repair as a new output by its author; only the later steps run.

    The photo moves to PROCESSED and is placed again, for somebody else to look at. Raises UnusableAlpha for another
    shape or an empty mask, InvalidRecipe for a bad value, StepFailed when a step refuses its result, Refused when the
    photo left its stage meanwhile or has another output than the repair's base.
    """
    parent = Output.objects.filter(photo=photo).select_related("author", "recipe_version__recipe").first()
    _still(parent, repair.base)
    version = parent.recipe_version if parent else version_for(photo)
    parameters = _parameters(parent.parameters if parent else version.parameters, repair.retouch)
    alpha = _fitting(photo, repair.alpha)
    begun = outputs.read_source(photo).with_joint(outputs.joint_of(parent))
    source, result = outputs.finish(begun, alpha, parameters, RETOUCH_STEPS)
    made = outputs.make(source, result, version, seconds={}, parameters=parameters)
    stored = outputs.store(photo, made, occasion=f"repair{repair.author.pk}")
    changed = truths.difference(outputs.alpha_of(result.frame), parent)
    drawn = _drawn(photo, repair, stored, parameters["edge"]) if _is_new(changed, parameters) else None
    try:
        with transaction.atomic():
            output = outputs.write(photo, made, stored, recipe_version=version, author=repair.author, parent=parent)
            if drawn:
                truths.keep(drawn, output, mended=parent, changed=changed)
            note = repair.note or "Repaired by hand."
            stages.move(photo, Stage.PROCESSED, by=repair.author, note=note, data={"output": output.pk})
    except stages.Refused:
        outputs.drop({**stored, "drawn": drawn.name} if drawn else stored)
        raise
    return output


def _still(newest: Output | None, base: int | None) -> None:
    if base is not None and newest is not None and newest.pk != base:
        who = f"{name_of(newest.author)} repaired" if newest.author else "A machine made"
        raise stages.Refused(f"{who} this photo anew meanwhile. Open the page again in another tab, and compare.")


def _parameters(before: Parameters, retouch: Parameters | None) -> Parameters:
    """The steps that made the mask, and then the retoucher's; the alpha that they begin with is after any old shift."""
    kept = {name: values for name, values in before.items() if name not in ("edge", *(retouch or {}))}
    return {**kept, "edge": NEUTRAL["edge"], **(retouch or {})}


def _is_new(changed: float | None, parameters: Parameters) -> bool:
    """Whether there is a mask to keep: another one than before, or one whose shift has to stay changeable."""
    return changed != 0 or parameters["edge"] != NEUTRAL["edge"]


def _drawn(photo: Photo, repair: Repair, stored: dict[str, str], edge: dict[str, Any]) -> Drawn | None:
    """What was painted: the output's own alpha, or a file beside it where the edge was shifted afterwards. None where
    nobody painted."""
    if repair.how is None:
        return None
    if edge == NEUTRAL["edge"]:
        return Drawn(stored["alpha"], edge, repair.how)
    name = default_storage.save(f"{photo.folder}/drawn/alpha.png", ContentFile(screens.alpha_png(repair.alpha)))
    return Drawn(name, edge, repair.how)


def words(parameters: Parameters) -> list[str]:
    """What was set on an output beside its mask, in words; empty where nothing was."""
    edge, shadow = parameters.get("edge", {}), parameters.get("shadow", {})
    strength = parameters.get("decontaminate", {}).get("strength", 100.0)
    said = [f"edge {edge['shift']:+g} px"] if edge.get("shift") else []
    said += [f"feather {edge['feather']:g} px"] if edge.get("feather") else []
    if "decontaminate" in parameters and strength != 100:
        said.append(f"edge colour {strength:g} %" if strength else "edge colour as in the photo")
    if clarity := parameters.get("glass", {}).get("clarity"):
        said.append(f"glass {clarity:g} % clear")
    if shadow.get("kind", "none") != "none":
        values = asdict(SHADOW.bind(shadow).params)
        said.append(
            f"{values['kind']} shadow, density {values['density']:g} %, softness {values['softness']:g} %, "
            f"direction {values['direction']:g}°"
        )
    return said


def preview(photo: Photo, view: View, mask: Alpha, whole: Alpha, retouch: Parameters) -> tuple[bytes, tuple[str, ...]]:
    """The window ``view`` of the photo as ``save`` would show it, as a JPEG in the shape of ``mask``, and its notes.

    Raises InvalidRecipe for a bad value, UnreadablePicture.
    """
    shown = _source(photo.pk, str(photo.source)).with_joint(outputs.joint_of(_newest(photo)))
    made = previews.preview(shown, view, mask, whole, retouch)
    return screens.jpeg(made.rgb, quality=93), made.notes


def _newest(photo: Photo) -> Output | None:
    """The output that a repair of the photo begins with."""
    return Output.objects.filter(photo=photo).first()


def pixels_of(photo: Photo) -> Pixels:
    """The photo's source, upright and in sRGB; the last one asked for is kept at hand. Raises UnreadablePicture."""
    return _source(photo.pk, str(photo.source)).rgb


@lru_cache(maxsize=1)
def _source(pk: int, name: str) -> Frame:
    """A retoucher asks for the same photo many times; a source never changes under its name."""
    return outputs.read_source(Photo.objects.select_related("catalog").get(pk=pk))


def version_for(photo: Photo) -> RecipeVersion:
    """The recipe version whose finishing steps a repair uses where no machine made an output before."""
    try:
        return recipes.choose(photo)
    except recipes.UnservedRoute:
        return recipes.active_of(Route.GENERAL)


def _fitting(photo: Photo, alpha: Alpha) -> Alpha:
    wanted = (photo.height, photo.width)
    if alpha.shape != wanted:
        measured = " x ".join(str(side) for side in reversed(alpha.shape))
        raise UnusableAlpha(f"The mask is {measured} px, but the photo is {photo.width} x {photo.height} px.")
    if not alpha.any():
        raise UnusableAlpha("The mask is empty: nothing of the product would be left. Paint over what to keep.")
    return alpha
