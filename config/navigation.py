"""The site's navigation: each role sees the pages that it may open."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from catalog.people import EVERYBODY, Role, roles_of
from review import alerts, escalations


class Entry(NamedTuple):
    """One word of the top bar, who sees it, and the addresses under which one is still in its room."""

    label: str
    url_name: str
    roles: frozenset[Role]
    rooms: tuple[str, ...] = ()


CATALOG_ROOMS = ("/products/", "/sheets/", "/batches/", "/photos/", "/uploads/", "/scenes/")
ENTRIES = (
    Entry("Catalogs", "catalog:catalogs", EVERYBODY, CATALOG_ROOMS),
    Entry("Review", "review:queue", frozenset({Role.REVIEWER, Role.LEAD})),
    Entry("Escalations", "review:escalations", EVERYBODY),
    Entry("Exports", "processing:exports", frozenset({Role.OPERATOR, Role.LEAD, Role.MANAGER})),
    Entry("Recipes", "processing:recipes", frozenset({Role.LEAD, Role.MANAGER})),
    Entry("Dashboard", "review:dashboard", frozenset({Role.MANAGER, Role.LEAD}), ("/complaints/",)),
    Entry("People", "review:people", frozenset({Role.MANAGER})),
)


# What stands in the person's own menu.
USER_MENU = (
    Entry("API tokens", "catalog:tokens", EVERYBODY),
    Entry("API reference", "api-reference", EVERYBODY),
    Entry("Webhooks", "catalog:webhooks", frozenset({Role.LEAD, Role.MANAGER})),
)
# Who may own an escalation.
OWNERS = frozenset({Role.LEAD, Role.MANAGER})


def navigation(request: HttpRequest) -> dict[str, Any]:
    """What templates need to draw the top bar: ``navigation``, the person's ``roles`` and their own menu."""
    roles = roles_of(request.user) if hasattr(request, "user") else frozenset()
    # Read only where the bar is drawn: fragments have none.
    counts = {
        "review:escalations": SimpleLazyObject(lambda: _escalations(request, roles)),
        "review:dashboard": SimpleLazyObject(alerts.unseen),
    }
    shown = [entry for entry in ENTRIES if entry.roles & roles]
    return {
        "roles": {role.value for role in roles},
        "user_menu": [{"label": one.label, "url": reverse(one.url_name)} for one in USER_MENU if one.roles & roles],
        "navigation": [_link(entry, request.path, counts.get(entry.url_name, 0)) for entry in shown],
    }


def _link(entry: Entry, path: str, count: Any = 0) -> dict[str, Any]:
    url = reverse(entry.url_name)
    return {"label": entry.label, "url": url, "active": path.startswith((url, *entry.rooms)), "count": count}


def _escalations(request: HttpRequest, roles: frozenset[Role]) -> int:
    """The notice in the app: how many open escalations are this person's, or offered to them."""
    return escalations.waiting_for(request.user.pk) if roles & OWNERS else 0
