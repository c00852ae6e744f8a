"""The export pages: order, watch, download, and who may."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from catalog.flow import Stage
from catalog.marketplaces import PRESETS
from catalog.models import Batch, Photo, Rejection
from processing import export_archive, exports
from processing.imaging import screens
from processing.models import Export
from tests import factories
from tests.conftest import Jobs
from tests.images import product_shot

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
SHOT = product_shot((300, 300), fill=0.8)


@pytest.fixture
def batch(operator: User) -> Batch:
    catalog = factories.make_catalog(name="Spring", slug="spring", marketplaces=["cutout", "gone"])
    return factories.make_batch(factories.make_upload(catalog, by=operator))


def released(batch: Batch) -> Photo:
    source, alpha = ContentFile(SHOT.encoded(), "s.jpg"), ContentFile(screens.alpha_png(SHOT.alpha), "a.png")
    photo = factories.make_photo(batch=batch, stage=Stage.APPROVED, source=source, width=300, height=300)
    factories.make_output(photo, alpha=alpha)
    return photo


@pytest.fixture
def photo(batch: Batch) -> Photo:
    return released(batch)


def order(client: Client, batch: Batch, **values: object) -> Export:
    data = {"what": f"batch-{batch.pk}", "marketplaces": ["cutout"], **values}
    response = client.post(reverse("processing:exports"), data)
    assert response.status_code == 302
    return Export.objects.latest("pk")


def test_the_link_of_a_batch_fills_the_form_in(batch: Batch, photo: Photo, operator: User, as_user: SignIn) -> None:
    response = as_user(operator).get(reverse("processing:exports"), {"batch": batch.pk})
    form = response.context["form"]
    assert form["what"].value() == f"batch-{batch.pk}"
    assert form["marketplaces"].value() == ["cutout"]
    assert f"{batch} of Spring: 1 of 1 photos released" in response.content.decode()


def test_the_form_names_each_marketplace_and_tells_what_it_gets(
    batch: Batch, photo: Photo, operator: User, as_user: SignIn
) -> None:
    response = as_user(operator).get(reverse("processing:exports"))
    assert [value for value, _ in response.context["form"].fields["marketplaces"].choices] == [
        preset.slug for preset in PRESETS
    ]
    page = response.content.decode()
    assert '<b>Etsy</b> <span class="soft small">2000 px square JPEG on white' in page
    assert 'class="options options-told"' in page


def test_what_several_files_share_is_said_once_above_them(
    batch: Batch, photo: Photo, operator: User, as_user: SignIn, jobs: Jobs
) -> None:
    other = released(batch)
    export = order(as_user(operator), batch)
    jobs.run()
    export.files.update(notes=["named by SKU"])
    export.files.filter(photo=other).update(notes=["named by SKU", "small"])
    page = as_user(operator).get(reverse("processing:export", args=[export.pk])).content.decode()
    assert "2 of 2 files: named by SKU" in page and "of 2 files: small" not in page


def test_why_many_photos_are_left_out_is_said_above_their_list(
    batch: Batch, photo: Photo, operator: User, as_user: SignIn, jobs: Jobs
) -> None:
    for stage in (Stage.IN_REVIEW, Stage.IN_REVIEW, Stage.FAILED):
        factories.make_photo(batch=batch, stage=stage)
    export = order(as_user(operator), batch)
    jobs.run()
    page = as_user(operator).get(reverse("processing:export", args=[export.pk])).content.decode()
    assert "<li>2 of 3: it waits for a review</li>" in page
    assert "of 3: it is in the manual lane" not in page
    assert page.count('data-label="Why"') == 3


def test_without_a_word_the_first_catalogs_marketplaces_are_ticked(
    batch: Batch, operator: User, as_user: SignIn
) -> None:
    factories.make_catalog(name="Winter", slug="winter", marketplaces=["shopify"])
    form = as_user(operator).get(reverse("processing:exports")).context["form"]
    assert (form["what"].value(), form["marketplaces"].value()) == (f"catalog-{batch.catalog_id}", ["cutout"])


def test_a_selection_of_which_nothing_is_released_is_refused(
    batch: Batch, photo: Photo, operator: User, as_user: SignIn
) -> None:
    held = factories.make_photo(batch=batch, stage=Stage.IN_REVIEW)
    data = {"what": f"batch-{batch.pk}", "marketplaces": ["cutout"], "photos": str(held.pk)}
    assert as_user(operator).post(reverse("processing:exports"), data).status_code == 422
    assert order(as_user(operator), batch, photos=f"{held.pk},{photo.pk}").total == 1


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "x"])
def test_numbers_that_no_row_has_are_refused(batch: Batch, operator: User, as_user: SignIn, number: str) -> None:
    client, address = as_user(operator), reverse("processing:exports")
    data = {"what": f"batch-{batch.pk}", "marketplaces": ["cutout"], "photos": number}
    assert client.post(address, data).status_code == 422
    assert client.get(address, {"batch": number}).status_code == 200
    assert client.get(address, {"catalog": number}).status_code == 200


def test_only_what_no_marketplace_has_yet(
    batch: Batch, photo: Photo, operator: User, as_user: SignIn, jobs: Jobs
) -> None:
    client = as_user(operator)
    order(client, batch)
    jobs.run()
    later = released(batch)
    export = order(client, batch, fresh="on")
    assert [row.photo_id for row in export.files.all()] == [later.pk]
    assert export.notes == ["1 of 2 pictures were delivered already and are not in it."] and not export.left_out
    jobs.run()
    data = {"what": f"batch-{batch.pk}", "marketplaces": ["cutout"], "fresh": "on"}
    response = client.post(reverse("processing:exports"), data)
    assert response.status_code == 422
    assert "was delivered already" in str(response.context["form"].non_field_errors())
    assert not Export.objects.filter(pk__gt=export.pk).exists()
    assert order(client, batch, marketplaces=["shopify"], fresh="on").files.count() == 2, "another marketplace has none"


def test_a_refused_photo_is_named_with_the_rules_that_refused_it(
    batch: Batch, photo: Photo, operator: User, as_user: SignIn
) -> None:
    refused = factories.make_photo(upload=batch.upload, stage=Stage.REJECTED)
    Rejection.objects.create(photo=refused, code="too_small", measured="1", wanted="2", action="3")
    export = order(as_user(operator), batch, what=f"catalog-{batch.catalog_id}")
    (entry,) = export.left_out
    assert entry["reason"] == "it was refused at intake: too small"


def test_from_the_order_to_the_zip(batch: Batch, photo: Photo, operator: User, as_user: SignIn, jobs: Jobs) -> None:
    client = as_user(operator)
    export = order(client, batch)
    page = client.get(reverse("processing:export", args=[export.pk])).content.decode()
    assert "hx-get" in page
    fragment = client.get(reverse("processing:export-progress", args=[export.pk]))
    assert "0 of 1" in fragment.content.decode()
    assert 'id="export-standing" hx-swap-oob="true"' in fragment.content.decode()
    assert "HX-Refresh" not in fragment
    assert client.get(reverse("processing:export-archive", args=[export.pk])).status_code == 404
    jobs.run()
    assert client.get(reverse("processing:export-progress", args=[export.pk]))["HX-Refresh"] == "true"
    page = client.get(reverse("processing:export", args=[export.pk])).content.decode()
    assert "hx-get" not in page
    assert f"{photo.name[:-4]}.png" in page
    response = client.get(reverse("processing:export-archive", args=[export.pk]))
    assert f'filename="spring-{export}.zip"' in response["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    assert f"cutout/{photo.name[:-4]}.png" in archive.namelist()


def test_the_note_says_where_the_links_lead_where_that_is_known(
    batch: Batch, photo: Photo, operator: User, as_user: SignIn, jobs: Jobs, settings: Any
) -> None:
    settings.PICTURES_ADDRESS = "https://cdn.example/shop"
    export = order(as_user(operator), batch, marketplaces=["shopify"])
    jobs.run()
    export.refresh_from_db()
    assert export.notes == ["The sheets' links lead to https://cdn.example/shop: put the ZIP's folders there before "
                            "you import a sheet."]  # fmt: skip
    row = export.files.get()
    assert (
        export_archive.picture_of(row, exports.names_of(export.catalog_id)).link
        == f"https://cdn.example/shop/shopify/{row.name}"
    )


def test_a_selection_takes_only_its_photos(batch: Batch, photo: Photo, operator: User, as_user: SignIn) -> None:
    other = factories.make_photo(batch=batch, stage=Stage.APPROVED)
    export = order(as_user(operator), batch, photos=f"{photo.pk}")
    assert {row.photo_id for row in export.files.all()} == {photo.pk}
    assert other.name not in str(export.left_out)


def test_a_photo_that_is_not_released_is_named_with_why(
    batch: Batch, photo: Photo, operator: User, as_user: SignIn
) -> None:
    held = factories.make_photo(batch=batch, stage=Stage.HELD)
    client = as_user(operator)
    page = client.get(reverse("processing:export", args=[order(client, batch).pk])).content.decode()
    assert f'<a href="{reverse("catalog:photo", args=[held.pk])}">{held.name}</a>' in page
    assert "held until the sample of its batch is reviewed" in page


@pytest.mark.parametrize(
    ("values", "field"),
    [({"marketplaces": []}, "marketplaces"), ({"what": "batch-99999"}, "what"), ({"photos": "1,x"}, "photos")],
)
def test_a_form_with_errors_orders_nothing(
    values: dict[str, object], field: str, batch: Batch, operator: User, as_user: SignIn
) -> None:
    data = {"what": f"batch-{batch.pk}", "marketplaces": ["cutout"], **values}
    response = as_user(operator).post(reverse("processing:exports"), data)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Export.objects.exists()


def test_earlier_exports_are_listed(batch: Batch, photo: Photo, manager: User, as_user: SignIn, jobs: Jobs) -> None:
    client = as_user(manager)
    export = order(client, batch)
    jobs.run()
    page = client.get(reverse("processing:exports")).content.decode()
    assert str(export) in page
    assert "Done" in page


def test_reviewers_do_not_export(batch: Batch, reviewer: User, as_user: SignIn) -> None:
    assert as_user(reviewer).get(reverse("processing:exports")).status_code == 403


def test_only_a_lead_lets_out_what_nobody_has_reviewed(
    batch: Batch, photo: Photo, operator: User, lead: User, as_user: SignIn
) -> None:
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.IN_REVIEW)
    assert "unreviewed" not in as_user(operator).get(reverse("processing:exports")).context["form"].fields
    data = {"what": f"batch-{batch.pk}", "marketplaces": ["cutout"]}
    for user, values in ((operator, {**data, "unreviewed": "on"}), (lead, data)):
        refused = as_user(user).post(reverse("processing:exports"), values)
        assert refused.status_code == 422 and not Export.objects.exists()
        assert f"No photo of {batch} is released yet. Photos are released by" in refused.content.decode()
    asked = order(as_user(lead), batch, unreviewed="on")
    assert (asked.unreviewed, asked.total) == (True, 1)
    page = as_user(lead).get(reverse("processing:export", args=[asked.pk])).content.decode()
    assert "photos that nobody has reviewed" in page


def test_without_a_catalog_the_page_leads_to_making_one(operator: User, as_user: SignIn) -> None:
    page = as_user(operator).get(reverse("processing:exports")).content.decode()
    assert "Nothing to export yet" in page and reverse("catalog:catalogs") in page
    assert "Choose at least" not in page and 'name="what"' not in page


def test_people_are_called_by_their_names(batch: Batch, photo: Photo, operator: User, as_user: SignIn) -> None:
    User.objects.filter(pk=operator.pk).update(first_name="Olga", last_name="Ortiz")
    client = as_user(operator)
    order(client, batch)
    assert "Olga Ortiz</td>" in client.get(reverse("processing:exports")).content.decode()
