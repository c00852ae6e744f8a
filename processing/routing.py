"""Routing: the path that a photo takes, and the reason, from its category and from what its pixels show.

Also the one way to send a photo through the machine again, on its own route or another.
"""

from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from catalog import batches, stages
from catalog.flow import MACHINE_STAGES, Stage
from catalog.models import Photo, PhotoEvent
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


def change(photo: Photo, route: Route, *, by: User) -> PhotoEvent:
    """Send the photo down another route, whether or not a machine has been at it. Raises Refused like send_again()."""
    if route == photo.route:
        raise stages.Refused(f"{photo.name} goes the route “{route.label}” already; reprocess it to run it again.")
    return send_again(photo, by=by, route=route, note=f"Route changed to {route.label}.")


def reprocess(photo: Photo, version: RecipeVersion | None, *, by: User, note: str = "") -> PhotoEvent:
    """Send the photo through the machine again: on the route of ``version`` and with it, or with what fits (None).

    Raises Refused like send_again(), and where nothing fits.
    """
    if version is None and photo.route not in ROUTES:
        raise stages.Refused(f"No machine serves the route “{photo.get_route_display()}”: choose a recipe.")
    said = note or (f"Reprocessed with {version}." if version else "Reprocessed.")
    return send_again(photo, by=by, version=version, note=said)


def send_again(
    photo: Photo,
    *,
    by: User,
    note: str,
    route: str = "",
    version: RecipeVersion | None = None,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> PhotoEvent:
    """Make the photo ready for the machine, on the route of ``version`` and with it, on ``route``, or on its own.

    This is the one way there, whoever asks. On its own route a photo stays in its batch; on another it goes to a batch
    of that route, and its event says so. ``reason`` says on pages why the route is as it is, ``data`` is the event's.
    Raises Refused while a machine works on the photo, where the flow has no such move, or when it left its stage.
    """
    if Stage(photo.stage) in MACHINE_STAGES - {Stage.READY}:
        raise stages.Refused(f"{photo.name} is being worked on; wait until that is done.")
    wanted = version.recipe.route if version else route or photo.route
    changes: dict[str, Any] = {}
    if wanted != photo.route:
        why = f"for {version}, " if version else ""
        changes = {"route": wanted, "route_reason": reason or f"{why}chosen by {name_of(by)}"}
    with transaction.atomic():
        way = batches.transfer(photo, batches.fitting(photo, wanted))
        return stages.move(
            photo,
            Stage.READY,
            by=by,
            note=_with(note, way.words),
            data={**recipes.order(version), **way.data, **(data or {})},
            changes={**changes, **way.changes},
        )


def _with(note: str, words: str) -> str:
    """The note with ``words`` at its end, which a long note does not push out."""
    return f"{note[: stages.LONGEST_NOTE - len(words) - 1]} {words}" if words else note


def _plain_reason(category: str) -> str:
    kind = f"“{category}” has no lane of its own" if category else "the sheet names no category"
    return f"{kind}, and the pixels show nothing special"
