"""Routing: the path that a photo takes, and the reason, from its category and from what its pixels show."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from catalog import batches, stages
from catalog.flow import MACHINE_STAGES, Stage
from catalog.models import Photo
from catalog.segments import Route

# Words of a category that decide the route, in the order in which they are looked for.
CATEGORY_ROUTES: tuple[tuple[Route, tuple[str, ...]], ...] = (
    (Route.TRANSPARENT, ("glass", "glassware", "crystal", "bottle", "vase")),
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


@dataclass(frozen=True, slots=True)
class Choice:
    """A route and why, in one sentence for a page."""

    route: Route
    reason: str


def choose(category: str, suggestion: tuple[str, str] | None) -> Choice:
    """The route for a photo.

    ``suggestion`` is an exception lane that the pixels suggest, with its reason; a category that names a lane itself
    comes first, since the sheet's author has seen the product.
    """
    named = by_category(category)
    if named and named.route not in (Route.APPAREL, Route.LIFESTYLE):
        return named
    if suggestion:
        return Choice(Route(suggestion[0]), suggestion[1])
    return named or Choice(Route.GENERAL, _plain_reason(category))


def by_category(category: str) -> Choice | None:
    """The route that the words of ``category`` name, or None."""
    words = set(category.lower().replace("_", " ").replace("-", " ").split())
    for route, named in CATEGORY_ROUTES:
        if hit := next((word for word in named if words & {word, f"{word}s", f"{word}es"}), None):
            return Choice(route, f"The category “{category}” names {hit}.")
    return None


def change(photo: Photo, route: Route, *, by: User) -> None:
    """Send the photo down another route: before processing it joins that route's batch, after it runs again.

    Raises Refused while a machine works on the photo, or when it left its stage meanwhile.
    """
    if Stage(photo.stage) in MACHINE_STAGES - {Stage.READY}:
        raise stages.Refused(f"{photo.name} is being worked on; change its route when that is done.")
    reason = f"Chosen by {by.get_full_name() or by.username}."
    with transaction.atomic():
        batch = batches.join(photo, route)
        values = {"route": route, "route_reason": reason, "batch": batch}
        if photo.stage == Stage.READY:
            _reroute_ready(photo, values)
        else:
            stages.move(photo, Stage.READY, by=by, note=f"Route changed to {route.label}.", changes=values)


def _reroute_ready(photo: Photo, values: dict[str, object]) -> None:
    if not Photo.objects.filter(pk=photo.pk, stage=Stage.READY).update(**values):
        raise stages.Refused(f"{photo.name} was taken by a worker meanwhile; change its route when that is done.")
    for name, value in values.items():
        setattr(photo, name, value)


def _plain_reason(category: str) -> str:
    kind = f"“{category}” has no lane of its own" if category else "The sheet names no category"
    return f"{kind}, and the pixels show nothing special."
