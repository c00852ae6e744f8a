"""The top bar shows each role its own pages, and which of them one is in."""

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory

from catalog.people import Role
from config.navigation import navigation
from tests.factories import make_user


def _bar(user: User, path: str) -> dict[str, bool]:
    request = RequestFactory().get(path)
    request.user = user
    return {entry["label"]: entry["active"] for entry in navigation(request)["navigation"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "labels"),
    [
        (Role.OPERATOR, ["Catalogs", "Escalations", "Exports"]),
        (Role.REVIEWER, ["Catalogs", "Review", "Escalations"]),
        (Role.LEAD, ["Catalogs", "Review", "Escalations", "Exports", "Recipes", "Dashboard"]),
        (Role.MANAGER, ["Catalogs", "Escalations", "Exports", "Recipes", "Dashboard", "People"]),
    ],
)
def test_each_role_sees_its_own_pages(role: Role, labels: list[str]) -> None:
    assert list(_bar(make_user("somebody", role), "/")) == labels


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/catalogs/", "/catalogs/shop/", "/batches/3/", "/photos/7/", "/uploads/1/"])
def test_whoever_looks_at_a_batch_or_photo_is_among_the_catalogs(path: str) -> None:
    bar = _bar(make_user("somebody", Role.OPERATOR), path)
    assert [label for label, active in bar.items() if active] == ["Catalogs"]
