"""The site's navigation: each role sees the pages that it may open."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from catalog.people import EVERYBODY, Role, roles_of


class Entry(NamedTuple):
    """One word of the top bar."""

    label: str
    url_name: str
    section: str
    roles: frozenset[Role]


ENTRIES = (
    Entry("Catalogs", "catalog:catalogs", "catalogs", EVERYBODY),
    Entry("Review", "review:queue", "review", frozenset({Role.REVIEWER, Role.LEAD})),
    Entry("Escalations", "review:escalations", "escalations", EVERYBODY),
    Entry("Exports", "processing:exports", "exports", frozenset({Role.OPERATOR, Role.LEAD, Role.MANAGER})),
    Entry("Recipes", "processing:recipes", "recipes", frozenset({Role.LEAD, Role.MANAGER})),
    Entry("Dashboard", "review:dashboard", "dashboard", frozenset({Role.MANAGER, Role.LEAD})),
    Entry("People", "review:people", "people", frozenset({Role.MANAGER})),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """What templates need to draw the top bar: ``navigation`` and the person's ``roles``."""
    roles = roles_of(request.user) if hasattr(request, "user") else frozenset()
    shown = [entry for entry in ENTRIES if entry.roles & roles]
    links = [(entry, url) for entry in shown if (url := _address(entry.url_name))]
    return {
        "roles": {role.value for role in roles},
        "navigation": [
            {"label": entry.label, "url": url, "active": request.path.startswith(url)} for entry, url in links
        ],
    }


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:  # while pages are being built; test_navigation holds that all of them exist
        return ""
