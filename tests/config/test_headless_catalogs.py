"""The catalog of a run without a browser: found or made, with the standard that the order asks for."""

from pathlib import Path

import pytest

from catalog.models import Catalog
from catalog.standards import InvalidStandard
from config import headless
from config.headless import Order
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_catalog_is_made_for_the_marketplaces_of_its_first_order(tmp_path: Path) -> None:
    first, then = (Order(tmp_path, "Spring", marketplaces=slugs) for slugs in (("amazon", "bol"), ("ebay",)))
    _, notes = headless.catalog_for(first, headless.person())
    assert notes[0] == "The catalog Spring was created, for Amazon, bol.com."
    assert headless.catalog_for(then, headless.person())[0].marketplaces == ["amazon", "bol"]
    _, notes = headless.catalog_for(Order(tmp_path, "Autumn"), headless.person())
    assert notes[0] == "The catalog Autumn was created."


def test_two_catalogs_never_share_a_slug(tmp_path: Path) -> None:
    first = headless.catalog_for(Order(tmp_path, "Spring 1"), headless.person())[0]
    second = headless.catalog_for(Order(tmp_path, "Spring: 1"), headless.person())[0]
    assert (first.slug, second.slug) == ("spring-1", "spring-1-2")


def test_a_min_edge_that_no_photo_could_have_changes_no_catalog(tmp_path: Path) -> None:
    with pytest.raises(InvalidStandard, match="--min-edge is 40000 px, and no photo may be longer than 20000 px"):
        headless.catalog_for(Order(tmp_path, "New", min_edge=40_000), headless.person())
    assert not Catalog.objects.exists()
    narrow = factories.make_catalog(name="Narrow", standard={"max_edge": 5000})
    with pytest.raises(InvalidStandard, match="no photo may be longer than 5000 px"):
        headless.catalog_for(Order(tmp_path, "Narrow", min_edge=8000), headless.person())
    narrow.refresh_from_db()
    assert narrow.standard == {"max_edge": 5000}
