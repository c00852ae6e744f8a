"""The catalog pages over HTTP: the list, a new one, its home, its settings; counted in few queries."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.flow import BatchState, Stage
from catalog.models import Catalog, Photo, Rejection
from catalog.people import Role
from catalog.standards import Standard
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def filled(photos: int = 2, **values: Any) -> Catalog:
    catalog = factories.make_catalog(**values)
    batch = factories.make_batch(factories.make_upload(catalog))
    for _ in range(photos):
        factories.make_photo(batch=batch, stage=Stage.READY)
    return catalog


def test_the_empty_list_offers_a_new_catalog_and_the_sample(operator: User, as_user: SignIn) -> None:
    page = as_user(operator).get(reverse("catalog:catalogs")).content.decode()
    assert reverse("catalog:new") in page and reverse("catalog:sample") in page


def test_a_reviewer_is_told_who_creates_the_first_catalog(reviewer: User, as_user: SignIn) -> None:
    page = as_user(reviewer).get(reverse("catalog:catalogs")).content.decode()
    assert reverse("catalog:new") not in page and reverse("catalog:sample") not in page
    assert "An operator, lead or manager creates" in page


def test_the_list_counts_each_catalogs_own(operator: User, as_user: SignIn) -> None:
    spring, autumn = filled(2, name="Spring"), filled(3, name="Autumn")
    factories.make_batch(factories.make_upload(spring), state=BatchState.ACCEPTED)
    rows = as_user(operator).get(reverse("catalog:catalogs")).context["rows"]
    assert [(row["catalog"], row["products"], row["photos"], row["batches"]) for row in rows] == [
        (autumn, 3, 3, 1),
        (spring, 2, 2, 1),
    ]
    assert rows[0]["stages"] == [{"stage": "ready", "label": "ready", "count": 3}]


def test_the_pages_ask_as_many_questions_for_much_as_for_little(operator: User, as_user: SignIn) -> None:
    client, small = as_user(operator), filled(1)
    addresses = [reverse("catalog:catalogs"), reverse("catalog:catalog", args=[small.slug])]
    few = [queries_of(client, address) for address in addresses]
    for _ in range(6):
        filled(4)
        factories.make_photo(batch=factories.make_batch(factories.make_upload(small)), stage=Stage.HELD)
    assert [queries_of(client, address) for address in addresses] == few


def test_creating_a_catalog_makes_it_empty_with_its_standard(operator: User, lead: User, as_user: SignIn) -> None:
    client = as_user(operator)
    form = client.get(reverse("catalog:new")).context["form"]
    assert form.initial == {"owner": lead, "min_edge": 2000}
    given = {"name": "New", "owner": lead.pk, "min_edge": 1500, "marketplaces": ["amazon", "cutout"]}
    page = client.post(reverse("catalog:new"), given, follow=True)
    made = Catalog.objects.get()
    # "new" is an address of its own.
    assert (made.slug, made.owner, made.marketplaces) == ("new-2", lead, ["amazon", "cutout"])
    assert made.standard == {"min_edge": 1500}
    assert "Three steps" in page.content.decode()


def test_a_lead_or_manager_is_offered_as_the_owner_of_what_they_create(
    lead: User, manager: User, as_user: SignIn
) -> None:
    for person in (lead, manager):
        assert as_user(person).get(reverse("catalog:new")).context["form"].initial["owner"] == person


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "spring"}, "name", "already"),
        ({"min_edge": 0}, "min_edge", "above 0"),
        ({"min_edge": 30_000}, "min_edge", "Longest accepted edge"),
        ({"min_edge": "x"}, "min_edge", "whole number"),
        ({"owner": ""}, "owner", "required"),
    ],
)
def test_what_is_wrong_with_a_new_catalog_is_said_at_the_field(
    change: dict[str, Any], field: str, words: str, operator: User, lead: User, as_user: SignIn
) -> None:
    factories.make_catalog(name="Spring")
    given = {"name": "Autumn", "owner": lead.pk, "min_edge": 2000, **change}
    response = as_user(operator).post(reverse("catalog:new"), given)
    assert response.status_code == 422
    assert words in str(response.context["form"].errors[field])
    assert Catalog.objects.count() == 1


def test_only_active_leads_and_managers_own_catalogs(
    operator: User, reviewer: User, lead: User, as_user: SignIn
) -> None:
    lead.is_active = False
    lead.save()
    for nobody in (operator, reviewer, lead):
        given = {"name": "Autumn", "owner": nobody.pk, "min_edge": 2000}
        assert as_user(operator).post(reverse("catalog:new"), given).status_code == 422


def test_two_names_with_one_address_get_two(lead: User, as_user: SignIn) -> None:
    for name in ("Spring 1", "Spring (1)", "???", "!!!"):
        given = {"name": name, "owner": lead.pk, "min_edge": 2000}
        assert as_user(lead).post(reverse("catalog:new"), given).status_code == 302
    assert set(Catalog.objects.values_list("slug", flat=True)) == {"spring-1", "spring-1-2", "catalog", "catalog-2"}


def test_home_shows_stages_batches_and_uploads_of_this_catalog_alone(operator: User, as_user: SignIn) -> None:
    catalog = factories.make_catalog()
    upload = factories.make_upload(catalog, name="Tuesday's drop")
    old, young = (factories.make_batch(upload, route=route) for route in ("general", "apparel"))
    factories.make_photo(batch=old, stage=Stage.APPROVED)
    factories.make_photo(batch=young, stage=Stage.PROCESSING)
    factories.make_photo(upload, stage=Stage.REJECTED)
    filled(5)
    response = as_user(operator).get(reverse("catalog:catalog", args=[catalog.slug]))
    context, page = response.context, response.content.decode()
    assert [(row["batch"], row["total"]) for row in context["rows"]] == [(young, 1), (old, 1)]
    assert [(row["upload"], row["total"], row["refused"], row["moving"]) for row in context["uploads"]] == [
        (upload, 3, 1, 1)
    ]
    assert (context["total"], context["moving"], context["released"]) == (3, 1, 1)
    assert [entry["stage"] for entry in context["stages"]] == ["rejected", "processing", "approved"]
    assert "Tuesday&#x27;s drop" in page and 'hx-trigger="every 3s"' in page


def test_the_bar_of_stages_stops_asking_when_nothing_moves(operator: User, as_user: SignIn) -> None:
    catalog, client = filled(1), as_user(operator)
    address = reverse("catalog:catalog", args=[catalog.slug])
    fragment = client.get(address, headers={"HX-Request": "true", "HX-Target": "standing"}).content.decode()
    assert "every 3s" in fragment and "<h1" not in fragment
    assert 'id="counts" hx-swap-oob="true"' in fragment and "1 still on the way" in fragment
    Photo.objects.update(stage=Stage.APPROVED)
    assert "every 3s" not in client.get(address, headers={"HX-Target": "standing"}).content.decode()


def test_batches_are_paged(operator: User, as_user: SignIn) -> None:
    catalog = filled(1)
    upload = catalog.uploads.get()
    for _ in range(30):
        factories.make_batch(upload)
    response = as_user(operator).get(reverse("catalog:catalog", args=[catalog.slug]), {"page": 2})
    assert len(response.context["rows"]) == 6
    assert "26 to 31 of" in response.content.decode()


def as_posted(client: Client, address: str) -> dict[str, Any]:
    """What a browser would post if nothing were changed."""
    form = client.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items()}


def test_settings_saved_as_they_are_change_nothing(lead: User, as_user: SignIn) -> None:
    standard = {"min_edge": 1500, "cmyk": "refuse", "views": ["front", "back"], "max_bytes": 2_500_000}
    catalog = factories.make_catalog(owner=lead, standard=standard, marketplaces=["shopify"], batch_size=60)
    address = reverse("catalog:settings", args=[catalog.slug])
    client = as_user(lead)
    assert client.post(address, as_posted(client, address)).status_code == 302
    again = Catalog.objects.get()
    assert (again.standard, again.marketplaces, again.batch_size, again.owner) == (standard, ["shopify"], 60, lead)


def test_settings_have_a_field_with_words_for_all_of_the_standard(lead: User, as_user: SignIn) -> None:
    catalog = factories.make_catalog(owner=lead)
    response = as_user(lead).get(reverse("catalog:settings", args=[catalog.slug]))
    page = response.content.decode()
    for field in fields(Standard):
        assert f'name="{field.name}"' in page
        assert response.context["form"].fields[field.name].label != field.name.replace("_", " ").capitalize() or (
            field.name in ("formats", "views")
        )


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("min_edge", "1200", {"min_edge": 1200}),
        ("max_pixels", "0.5", {"max_pixels": 500_000}),
        ("max_bytes", "2.5", {"max_bytes": 2_500_000}),
        ("formats", ["PNG"], {"formats": ["PNG"]}),
        ("wide_gamut", "refuse", {"wide_gamut": "refuse"}),
        ("name_pattern", "{sku}-{any}-{view}", {"name_pattern": "{sku}-{any}-{view}"}),
        ("views", "front, back,\nsole", {"views": ["front", "back", "sole"]}),
        ("required_fields", [], {"required_fields": []}),
    ],
)
def test_a_changed_setting_is_kept_as_the_standard_means_it(
    field: str, value: Any, kept: dict[str, Any], manager: User, as_user: SignIn
) -> None:
    catalog = factories.make_catalog(owner=manager)
    address = reverse("catalog:settings", args=[catalog.slug])
    client = as_user(manager)
    assert client.post(address, {**as_posted(client, address), field: value}).status_code == 302
    catalog.refresh_from_db()
    assert catalog.standard == kept
    assert catalog.intake_standard.as_dict() == {**Standard().as_dict(), **kept}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("max_edge", "100", "Must lie between"),
        ("min_edge", "-1", "above 0"),
        ("formats", [], "at least one"),
        ("name_pattern", "{sku", "very { needs its }"),
        ("name_pattern", "{view}", "se {sku} once"),
        ("views", "Front", "lower-case"),
        ("max_bytes", "0", "above 0"),
        ("max_bytes", "inf", "number"),
        ("batch_size", "0", "1"),
        ("owner", "", "required"),
        ("marketplaces", ["attic"], "attic"),
        ("cmyk", "ignore", "ignore"),
    ],
)
def test_what_is_wrong_with_a_setting_is_said_at_the_field_and_nothing_is_kept(
    field: str, value: Any, words: str, lead: User, as_user: SignIn
) -> None:
    catalog = factories.make_catalog(owner=lead, name="Spring")
    address = reverse("catalog:settings", args=[catalog.slug])
    client = as_user(lead)
    response = client.post(address, {**as_posted(client, address), field: value, "name": "Renamed"})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert words in response.context["form"].errors[field][0]
    catalog.refresh_from_db()
    assert (catalog.standard, catalog.name) == ({}, "Spring")


def test_all_that_is_wrong_is_said_at_once_in_the_words_of_the_page(lead: User, as_user: SignIn) -> None:
    catalog = factories.make_catalog(owner=lead)
    address = reverse("catalog:settings", args=[catalog.slug])
    client = as_user(lead)
    wrong = {"max_edge": "100", "views": "Front", "name_pattern": "{sku", "batch_size": "", "formats": []}
    errors = client.post(address, {**as_posted(client, address), **wrong}).context["form"].errors
    assert set(errors) == set(wrong)
    assert errors["max_edge"][0] == "Must lie between “Shortest accepted longest edge, px” and 65500."
    assert [len(found) for found in errors.values()] == [1] * len(wrong)
    at_odds = {"min_edge": "70000", "views": "A", "name_pattern": "x", "max_pixels": "1e308", "max_bytes": "1e305"}
    errors = client.post(address, {**as_posted(client, address), **at_odds}).context["form"].errors
    assert set(errors) == {"max_edge", "views", "name_pattern", "max_pixels", "max_bytes"}


def test_products_are_made_of_names_only_where_nothing_more_is_required(lead: User, as_user: SignIn) -> None:
    catalog = factories.make_catalog(owner=lead)
    address = reverse("catalog:settings", args=[catalog.slug])
    client = as_user(lead)
    given = {**as_posted(client, address), "unknown_products": "create", "required_fields": ["category"]}
    answer = client.post(address, given)
    assert "require nothing below" in answer.context["form"].errors["unknown_products"][0]
    assert client.post(address, {**given, "required_fields": []}).status_code == 302
    catalog.refresh_from_db()
    assert catalog.standard == {"unknown_products": "create", "required_fields": []}


def test_a_changed_standard_inspects_again_what_the_old_one_refused(lead: User, as_user: SignIn, jobs: Any) -> None:
    catalog = factories.make_catalog(owner=lead)
    upload = factories.make_upload(catalog)
    small, broken = (factories.make_photo(upload, stage=Stage.REJECTED, source="x.jpg") for _ in range(2))
    for photo, code in ((small, "too_small"), (broken, "unreadable")):
        Rejection.objects.create(photo=photo, code=code, measured="m", wanted="w", action="a")
    address = reverse("catalog:settings", args=[catalog.slug])
    client = as_user(lead)
    client.post(address, as_posted(client, address))
    assert not Photo.objects.filter(stage=Stage.RECEIVED).exists()
    page = client.post(address, {**as_posted(client, address), "min_edge": 800}, follow=True).content.decode()
    assert list(Photo.objects.filter(stage=Stage.RECEIVED)) == [small]
    assert "1 refused photo is inspected again" in page
    assert ("intake", "processing.jobs.inspect_photo", (small.pk,)) in jobs


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.REVIEWER])
def test_settings_are_for_leads_and_managers(role: Role, as_user: SignIn) -> None:
    catalog, person = factories.make_catalog(), factories.make_user("", role)
    assert as_user(person).post(reverse("catalog:settings", args=[catalog.slug]), {}).status_code == 403
    page = as_user(person).get(reverse("catalog:catalog", args=[catalog.slug])).content.decode()
    assert reverse("catalog:settings", args=[catalog.slug]) not in page


def test_a_reviewer_can_neither_create_nor_import(reviewer: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(reviewer)
    for name, args in (("new", []), ("sheet", [catalog.slug])):
        assert client.get(reverse(f"catalog:{name}", args=args)).status_code == 403
    page = client.get(reverse("catalog:catalog", args=[catalog.slug])).content.decode()
    assert reverse("catalog:sheet", args=[catalog.slug]) not in page
