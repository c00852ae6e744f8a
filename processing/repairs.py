"""Repairs: a person's alpha becomes a further output of the photo, measured like any other. Nothing is overwritten."""

from django.contrib.auth.models import User
from django.db import transaction

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from catalog.segments import Route
from processing import outputs, recipes
from processing.imaging.frame import Alpha
from processing.models import Output, RecipeVersion


class UnusableAlpha(ValueError):
    """An alpha that can't be the photo's; the message says what was measured and what is wanted."""


def save(photo: Photo, alpha: Alpha, *, author: User, note: str = "") -> Output:
    """Keep ``alpha`` (H x W, 0 background to 255 product, the source's own shape) as a new output by ``author``.

    Only the finishing steps run; the photo moves to PROCESSED and is placed again, for somebody else to look at.
    Raises UnusableAlpha for another shape or an empty mask, Refused when the photo left its stage meanwhile.
    """
    parent = Output.objects.filter(photo=photo).first()
    version = parent.recipe_version if parent else version_for(photo)
    source, result = outputs.finish(outputs.read_source(photo), _fitting(photo, alpha), version.parameters)
    made = outputs.make(source, result, version, seconds={})
    stored = outputs.store(photo, made, occasion=f"repair{author.pk}")
    try:
        with transaction.atomic():
            output = outputs.write(photo, made, stored, recipe_version=version, author=author, parent=parent)
            stages.move(photo, Stage.PROCESSED, by=author, note=note or "Repaired by hand.", data={"output": output.pk})
    except stages.Refused:
        outputs.drop(stored)
        raise
    return output


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
