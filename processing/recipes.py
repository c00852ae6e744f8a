"""Recipes: which version serves a photo, and publishing, the only way in which parameters ever change."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet

from catalog.flow import Stage
from catalog.models import Photo
from catalog.segments import Route
from processing.imaging import defaults, pipeline
from processing.imaging.checks import Limit
from processing.imaging.verdict import JUDGED
from processing.models import Recipe, RecipeVersion

# A selector that matches is worth more the narrower it is: category over complexity over colour family.
SELECTORS = (("category", 4), ("complexity", 2), ("colour_family", 1))


class UnservedRoute(Exception):
    """A route that no recipe serves, such as the manual lane; the message is for a page."""


def serving(photo: Photo) -> RecipeVersion:
    """What the next run uses: the version that somebody asked for, else the one that fits. Raises UnservedRoute."""
    return asked_for(photo) or choose(photo)


def order(version: RecipeVersion | None) -> dict[str, Any]:
    """The data of a move to READY that asks for ``version``; empty for None. The event keeps it, not the photo."""
    return {"recipe_version": version.pk} if version else {}


def asked_for(photo: Photo) -> RecipeVersion | None:
    """The version that the photo was made ready for; None where nobody chose, or the route changed since."""
    newest = photo.events.filter(now=Stage.READY).order_by("-pk").values_list("data", flat=True).first() or {}
    if "recipe_version" not in newest:
        return None
    version = RecipeVersion.objects.select_related("recipe").get(pk=newest["recipe_version"])
    return version if version.recipe.route == photo.route else None


def choose(photo: Photo) -> RecipeVersion:
    """The active version of the recipe that fits the photo's route and segment most closely. Raises UnservedRoute."""
    active = RecipeVersion.objects.filter(recipe__route=photo.route, state=RecipeVersion.State.ACTIVE)
    fitting = [version for version in active.select_related("recipe") if fits(version.recipe, photo)]
    if not fitting:
        raise _unserved(photo.route)
    return max(fitting, key=lambda version: (closeness(version.recipe), -version.recipe_id))


def active_of(route: str) -> RecipeVersion:
    """The active version of the recipe that serves the whole of ``route``. Raises UnservedRoute."""
    version = _wide().filter(recipe__route=route).order_by("recipe_id").first()
    if version is None:
        raise _unserved(route)
    return version


def _wide() -> "QuerySet[RecipeVersion]":
    """The active versions that serve the whole of their route."""
    return RecipeVersion.objects.filter(
        state=RecipeVersion.State.ACTIVE, **{f"recipe__{name}": "" for name, _ in SELECTORS}
    )


def _unserved(route: str) -> UnservedRoute:
    if route in defaults.ROUTES:
        return UnservedRoute(f"The route “{Route(route).label}” has no recipe; the next start of Loupe publishes one.")
    return UnservedRoute(f"No machine serves the route “{Route(route).label}”; a person has to cut this photo out.")


def choices() -> list[tuple[str, list[tuple[int, str]]]]:
    """Every published version to choose from, by recipe and the newest first."""
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for version in published().order_by("recipe", "-number"):
        used = ", in use" if version.state == RecipeVersion.State.ACTIVE else ""
        found[f"{version.recipe.get_route_display()}: {version.recipe}"].append((version.pk, f"{version}{used}"))
    return list(found.items())


def published() -> "QuerySet[RecipeVersion]":
    """The versions that are or were in use."""
    return RecipeVersion.objects.exclude(state=RecipeVersion.State.DRAFT).select_related("recipe")


def fits(recipe: Recipe, photo: Photo) -> bool:
    """Whether each selector of the recipe is open or says what the photo is."""
    return all(getattr(recipe, name) in ("", getattr(photo, name)) for name, _ in SELECTORS)


def closeness(recipe: Recipe) -> int:
    """How narrow the recipe's selectors are; 0 serves the whole route."""
    return sum(weight for name, weight in SELECTORS if getattr(recipe, name))


def publish_missing() -> None:
    """Publish the default recipe of every route that no recipe serves as a whole; `manage.py migrate` ends with it."""
    served = set(_wide().values_list("recipe__route", flat=True))
    for route in defaults.ROUTES:
        if route not in served:
            _publish_default(route)


def _publish_default(route: str) -> None:
    """Version 1 of the recipe that an installation begins with; two that start at once publish it once."""
    recipe, _ = Recipe.objects.get_or_create(route=route, name=f"{Route(route).label} default")
    with transaction.atomic():
        Recipe.objects.select_for_update().get(pk=recipe.pk)
        if not recipe.versions.exists():
            publish(recipe, defaults.parameters_for(route), default_limits(route), note="As installed.")


def publish(
    recipe: Recipe,
    parameters: Mapping[str, Mapping[str, Any]],
    limits: Mapping[str, Mapping[str, float | None]],
    *,
    by: User | None = None,
    note: str = "",
) -> RecipeVersion:
    """Make a new active version of ``recipe`` and retire the one before it.

    The version keeps every parameter of its steps in full, so that it does the same after a default has changed.
    Raises InvalidRecipe for unknown steps, parameters or values, and ValueError for a limit of an unknown check.
    """
    full = pipeline.in_full(parameters)
    as_limits(limits)
    with transaction.atomic():
        recipe.versions.select_for_update().filter(state=RecipeVersion.State.ACTIVE).update(
            state=RecipeVersion.State.RETIRED
        )
        number = (recipe.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        return recipe.versions.create(
            number=number,
            parameters=full,
            limits=limits,
            by=by,
            note=note,
            state=RecipeVersion.State.ACTIVE,
        )


def default_limits(route: str = Route.GENERAL) -> dict[str, dict[str, float | None]]:
    """A route's starting limits as plain values; publishing copies them, and only the copy is read afterwards."""
    return {name: asdict(limit) for name, limit in defaults.limits_for(route).items()}


def as_limits(limits: Mapping[str, Mapping[str, float | None]]) -> dict[str, Limit]:
    """The limits of a version as the imaging core wants them. Raises ValueError for an unknown check."""
    known = {quantity.name for quantity in JUDGED}
    if unknown := set(limits) - known:
        raise ValueError(f"There is no check called {min(unknown)!r}; the checks are {', '.join(sorted(known))}.")
    return {name: Limit(**values) for name, values in limits.items()}  # type: ignore[arg-type]
