"""The product pages over HTTP: search and filters, and one product with its photos."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.flow import Stage
from catalog.models import Catalog
from tests import factories
from tests.catalog.views.test_catalogs import queries_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def shop(db: None) -> Catalog:
    catalog = factories.make_catalog()
    upload = factories.make_upload(catalog)
    mug = factories.make_product(catalog, sku="MUG-01", title="Blue mug", category="kitchen", colour="blue")
    shoe = factories.make_product(catalog, sku="SHOE-7", title="Running shoe", category="shoes", colour="blue")
    factories.make_product(catalog, sku="VASE-3", title="Vase", category="kitchen", colour="red")
    factories.make_photo(upload, product=mug, stage=Stage.APPROVED, thumb="t.jpg")
    factories.make_photo(upload, product=mug, stage=Stage.REJECTED, view="back")
    factories.make_photo(upload, product=shoe, stage=Stage.READY)
    factories.make_product(sku="MUG-ELSEWHERE", title="Blue mug", category="kitchen", colour="blue")
    return catalog


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["MUG-01", "SHOE-7", "VASE-3"]),
        ({"q": "mug-0"}, ["MUG-01"]),
        ({"q": "RUNNING"}, ["SHOE-7"]),
        ({"q": "teapot"}, []),
        ({"category": "kitchen"}, ["MUG-01", "VASE-3"]),
        ({"category": "kitchen", "colour": "blue"}, ["MUG-01"]),
        ({"colour": "blue"}, ["MUG-01", "SHOE-7"]),
        ({"photos": "with"}, ["MUG-01", "SHOE-7"]),
        ({"photos": "without"}, ["VASE-3"]),
        ({"photos": "nonsense"}, ["MUG-01", "SHOE-7", "VASE-3"]),
    ],
)
def test_search_and_filters(
    query: dict[str, str], found: list[str], shop: Catalog, reviewer: User, as_user: SignIn
) -> None:
    response = as_user(reviewer).get(reverse("catalog:products", args=[shop.slug]), query)
    assert [row["product"].sku for row in response.context["rows"]] == found
    assert f"{len(found)} product" in response.content.decode()


def test_the_list_offers_the_categories_and_colours_that_there_are(
    shop: Catalog, operator: User, as_user: SignIn
) -> None:
    context = as_user(operator).get(reverse("catalog:products", args=[shop.slug])).context
    assert (context["categories"], context["colours"]) == (["kitchen", "shoes"], ["blue", "red"])


def test_a_row_counts_its_own_photos_and_shows_the_first_that_can_be_shown(
    shop: Catalog, operator: User, as_user: SignIn
) -> None:
    rows = as_user(operator).get(reverse("catalog:products", args=[shop.slug])).context["rows"]
    mug, shoe, vase = rows
    assert mug["photo"] == mug["product"].photos.get(view="front").pk
    assert [(entry["stage"], entry["count"]) for entry in mug["stages"]] == [("rejected", 1), ("approved", 1)]
    assert (shoe["photo"], shoe["total"], vase["total"]) == (None, 1, 0)


def test_the_list_is_paged_and_keeps_its_filter(shop: Catalog, operator: User, as_user: SignIn) -> None:
    for _ in range(60):
        factories.make_product(shop, category="attic")
    query = {"category": "attic", "page": "2"}
    response = as_user(operator).get(reverse("catalog:products", args=[shop.slug]), query)
    assert len(response.context["rows"]) == 10
    assert "category=attic&amp;page=1" in response.content.decode()


def test_the_pages_ask_as_many_questions_for_much_as_for_little(shop: Catalog, operator: User, as_user: SignIn) -> None:
    client, mug = as_user(operator), shop.products.get(sku="MUG-01")
    addresses = [reverse("catalog:products", args=[shop.slug]), reverse("catalog:product", args=[mug.pk])]
    few = [queries_of(client, address) for address in addresses]
    upload = shop.uploads.get()
    for _ in range(20):
        batch = factories.make_batch(upload)
        factories.make_photo(upload, product=factories.make_product(shop), stage=Stage.READY)
        factories.make_photo(batch=batch, product=mug, stage=Stage.HELD, thumb="t.jpg")
    assert [queries_of(client, address) for address in addresses] == few


def test_an_empty_catalog_says_what_a_sheet_is_for(operator: User, reviewer: User, as_user: SignIn) -> None:
    catalog = factories.make_catalog()
    for person, may in ((operator, True), (reviewer, False)):
        page = as_user(person).get(reverse("catalog:products", args=[catalog.slug])).content.decode()
        assert "No products yet" in page
        assert (reverse("catalog:sheet", args=[catalog.slug]) in page) == may


def test_a_product_shows_its_fields_and_its_photos(shop: Catalog, operator: User, as_user: SignIn) -> None:
    mug = shop.products.get(sku="MUG-01")
    page = as_user(operator).get(reverse("catalog:product", args=[mug.pk])).content.decode()
    approved, refused = mug.photos.get(view="front"), mug.photos.get(view="back")
    assert "<h1>Blue mug</h1>" in page and "SKU MUG-01, 2 photos" in page
    assert reverse("catalog:photo", args=[refused.pk]) in page
    assert reverse("catalog:picture", args=[approved.pk, "thumb"]) in page
    assert reverse("processing:latest", args=[approved.pk, "thumb"]) in page
    assert reverse("processing:latest", args=[refused.pk, "thumb"]) not in page
    assert f"{reverse('review:complaint-new')}?product={mug.pk}" in page


def test_a_reviewer_is_not_offered_a_complaint(shop: Catalog, reviewer: User, as_user: SignIn) -> None:
    mug = shop.products.get(sku="MUG-01")
    page = as_user(reviewer).get(reverse("catalog:product", args=[mug.pk])).content.decode()
    assert reverse("review:complaint-new") not in page


def test_a_product_without_a_required_field_says_so(operator: User, as_user: SignIn) -> None:
    product = factories.make_product(category="")
    response = as_user(operator).get(reverse("catalog:product", args=[product.pk]))
    assert response.context["missing"] == ["category"]
    assert "must say its category" in response.content.decode()
