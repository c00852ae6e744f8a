"""Routing: the path that a photo takes, and the reason, from its category and from what its pixels show."""

from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from catalog import batches, stages
from catalog.flow import MACHINE_STAGES, Stage
from catalog.models import Photo
from catalog.people import name_of
from catalog.segments import Route
from processing import recipes
from processing.imaging.defaults import ROUTES
from processing.imaging.traits import Traits
from processing.models import RecipeVersion

# Routes that say what a product is; the others are lanes for what makes it hard to cut out.
KINDS = frozenset({Route.APPAREL, Route.LIFESTYLE})
LIFESTYLE_VIEWS = frozenset({"lifestyle", "scene", "in-use", "mood"})

# Words of a category that decide the route, in the order in which they are looked for.
CATEGORY_ROUTES: tuple[tuple[Route, tuple[str, ...]], ...] = (
    (Route.TRANSPARENT, ("glass", "glassware", "crystal", "bottle", "vase", "eyewear", "sunglasses", "lens")),
    (Route.REFLECTIVE, ("jewellery", "jewelry", "watch", "metal", "cutlery", "mirror", "ring", "chrome")),
    (Route.FINE_TEXTURE, ("plant", "fur", "lace", "mesh", "wig", "hair", "basket", "toy")),
    (Route.LIFESTYLE, ("poster", "print", "art", "wallpaper")),
    (
        Route.APPAREL,
        (
            "apparel",
            "clothing",
            "clothes",
            "shirt",
            "dress",
            "trouser",
            "jacket",
            "coat",
            "knitwear",
            "hoodie",
            "skirt",
        ),
    ),
)


class Choice(NamedTuple):
    """A route and why, in words for a page."""

    route: Route
    reason: str


def choose(category: str, material: str, view: str, found: Traits) -> Choice:
    """The route for a photo of a product of ``category`` and ``material``, of which the pixels show ``found``.

    A sheet that names a lane (glass, jewellery) comes first, since its author has seen the product; then what the
    pixels suggest, the strongest first; then the kind of product. A view in use or on a model is lifestyle.
    """
    if view in LIFESTYLE_VIEWS:
        return Choice(Route.LIFESTYLE, f"the view “{view}” shows the product in use")
    named = by_words("category", category) or by_words("material", material)
    if named and named.route not in KINDS:
        return named
    if found.suggestions:
        best = max(found.suggestions, key=lambda suggestion: suggestion.strength)
        return Choice(Route(best.route), best.reason)
    return named or Choice(Route.GENERAL, _plain_reason(category))


def by_words(what: str, text: str) -> Choice | None:
    """The route that the words of ``text`` (a category or a material) name, or None."""
    words = set(text.lower().replace("_", " ").replace("-", " ").split())
    for route, named in CATEGORY_ROUTES:
        if hit := next((word for word in named if words & {word, f"{word}s", f"{word}es"}), None):
            return Choice(route, f"the {what} “{text}” names {hit}")
    return None


def change(photo: Photo, route: Route, *, by: User) -> None:
    """Send the photo down another route: before processing it joins that route's batch, after it runs again.

    Raises Refused while a machine works on the photo, or when it left its stage meanwhile.
    """
    if Stage(photo.stage) in MACHINE_STAGES - {Stage.READY}:
        raise stages.Refused(f"{photo.name} is being worked on; change its route when that is done.")
    reason = f"chosen by {name_of(by)}"
    with transaction.atomic():
        batch = batches.join(photo, route)
        values = {"route": route, "route_reason": reason, "batch": batch}
        if photo.stage == Stage.READY:
            _reroute_ready(photo, values)
        else:
            stages.move(photo, Stage.READY, by=by, note=f"Route changed to {route.label}.", changes=values)


def reprocess(photo: Photo, version: RecipeVersion | None, *, by: User, note: str = "") -> None:
    """Send the photo through the machine again: on the route of ``version`` and with it, or with what fits (None).

    Raises Refused where it can't be made ready, has left its stage meanwhile, or nothing fits.
    """
    if version is None and photo.route not in ROUTES:
        raise stages.Refused(f"No machine serves the route “{photo.get_route_display()}”: choose a recipe.")
    changes = {}
    if version and version.recipe.route != photo.route:
        reason = f"For {version}, chosen by {name_of(by)}."
        changes = {"route": version.recipe.route, "route_reason": reason}
    said = note or (f"Reprocessed with {version}." if version else "Reprocessed.")
    stages.move(photo, Stage.READY, by=by, note=said, data=recipes.order(version), changes=changes)


def _reroute_ready(photo: Photo, values: dict[str, object]) -> None:
    if not Photo.objects.filter(pk=photo.pk, stage=Stage.READY).update(**values):
        raise stages.Refused(f"{photo.name} was taken by a worker meanwhile; change its route when that is done.")
    for name, value in values.items():
        setattr(photo, name, value)


def _plain_reason(category: str) -> str:
    kind = f"“{category}” has no lane of its own" if category else "the sheet names no category"
    return f"{kind}, and the pixels show nothing special"
