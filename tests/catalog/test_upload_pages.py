"""The upload pages: opening, plain form, standing, refusals and their CSV, roles, constant query counts."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import refusals, uploads
from catalog.findings import Finding
from catalog.flow import Stage
from catalog.models import Catalog, Photo, Upload
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalog(lead: Any) -> Catalog:
    return factories.make_catalog(standard={"min_edge": 50}, name="Spring", slug="spring")


@pytest.fixture
def client(as_user: Any, operator: Any) -> Client:
    return as_user(operator)


def refused_photo(upload: Upload, name: str = "=x_front.jpg", **values: Any) -> Photo:
    photo = factories.make_photo(upload, name=name, stage=Stage.RECEIVED, **values)
    refusals.refuse(photo, [Finding("too_small", "longest edge 40 px", "at least 50 px", "Send the original.")])
    return photo


def test_drop_page_says_what_is_taken(client: Client, catalog: Catalog) -> None:
    text = client.get("/catalogs/spring/upload/").content.decode()
    assert "JPEG or PNG, at least 50 px" in text and "MUG-01_front.jpg" in text and "no products yet" in text


def test_script_opens_an_upload_and_gets_its_addresses(client: Client, catalog: Catalog, operator: Any) -> None:
    answer = client.post("/catalogs/spring/upload/open/", {"waits": "on"}, headers={"Accept": "application/json"})
    upload = Upload.objects.get()
    assert answer.status_code == 201 and upload.waits and upload.by == operator and not upload.finished_at
    assert answer.json()["tus"] == f"/uploads/{upload.pk}/tus/"


def test_plain_form_works_without_scripts(client: Client, catalog: Catalog, jobs: Any) -> None:
    files = [
        SimpleUploadedFile("MUG-1_front.png", factories.picture_bytes(format="PNG")),
        SimpleUploadedFile("MUG-1_back.jpg", factories.picture_bytes()),
        SimpleUploadedFile("list.csv", b"sku,category\nMUG-1,homeware\n"),
        SimpleUploadedFile("Thumbs.db", b"x"),
    ]
    answer = client.post("/catalogs/spring/upload/open/", {"files": files}, follow=True)
    upload = Upload.objects.get()
    assert answer.redirect_chain == [(f"/uploads/{upload.pk}/", 302)] and upload.finished_at
    assert list(upload.photos.values_list("name", flat=True)) == ["MUG-1_back.jpg", "MUG-1_front.png"]
    assert upload.ignored == ["Thumbs.db"] and upload.sheets.get().created == 1
    assert "1 system file left out" in answer.content.decode()


def test_page_tells_what_was_refused_and_what_to_do(client: Client, catalog: Catalog, operator: Any) -> None:
    upload = uploads.open_upload(catalog, operator)
    refused_photo(upload)
    uploads.finish(upload)
    text = client.get(f"/uploads/{upload.pk}/").content.decode()
    for words in ("Too small", "longest edge 40 px", "at least 50 px", "Send the original.", "1 refused"):
        assert words in text
    assert "every 2s" not in text


def test_start_comes_with_the_last_file_and_goes_once_pressed(
    client: Client, catalog: Catalog, operator: Any, jobs: Any
) -> None:
    upload = uploads.open_upload(catalog, operator, waits=True)
    address = f"/uploads/{upload.pk}/"
    photo = factories.make_photo(upload, stage=Stage.READY)

    def fragment() -> str:
        return " ".join(client.get(address, headers={"HX-Target": "standing"}).content.decode().split())

    assert 'id="start"' not in fragment(), "more files may come"
    uploads.finish(upload)
    refused_photo(upload)
    assert '<div id="start" class="row" hx-swap-oob="true"><form method="post"' in fragment()
    assert "look at the routes of its batches, then start." in fragment() and "1 refused</a>." in fragment()
    client.post(f"{address}start/", {"next": address})
    assert '<div id="start" class="row" hx-swap-oob="true"></div>' in fragment()
    assert photo.pk in [job[2][0] for job in jobs if job[1] == "processing.jobs.process_photo"]


def test_fragment_asks_again_while_things_move_and_stops_then(client: Client, catalog: Catalog, operator: Any) -> None:
    upload = uploads.open_upload(catalog, operator)
    photo = factories.make_photo(upload, stage=Stage.RECEIVED)
    uploads.finish(upload)
    headers = {"HX-Request": "true", "HX-Target": "standing"}
    text = client.get(f"/uploads/{upload.pk}/", headers=headers).content.decode()
    assert "every 2s" in text and "<html" not in text
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.HELD)
    assert "every 2s" not in client.get(f"/uploads/{upload.pk}/", headers=headers).content.decode()


def test_first_line_follows_what_happens_once_all_files_are_in(client: Client, catalog: Catalog, operator: Any) -> None:
    upload = uploads.open_upload(catalog, operator)
    photo = factories.make_photo(upload, stage=Stage.RECEIVED)
    address, headers = f"/uploads/{upload.pk}/", {"HX-Request": "true", "HX-Target": "standing"}

    def fragment() -> str:
        return client.get(address, headers=headers).content.decode()

    assert 'id="mine"' not in fragment(), "the sender's page counts the files itself"
    uploads.finish(upload)
    assert 'id="mine" hx-swap-oob="true">Nothing was refused so far.' in fragment()
    refused_photo(upload)
    assert "1 refused: " in fragment()
    upload.photos.filter(stage=Stage.REJECTED).delete()
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.HELD)
    assert 'Nothing was refused. <a href="/catalogs/spring/">' in fragment()


def test_who_forgot_the_product_sheet_is_led_to_it(
    client: Client, catalog: Catalog, operator: Any, reviewer: Any, as_user: Any
) -> None:
    upload = uploads.open_upload(catalog, operator)
    photo = factories.make_photo(upload, stage=Stage.RECEIVED, product=None)
    catalog.products.all().delete()
    refusals.refuse(photo, [Finding("unknown_product", "SKU X", "a product in this catalog", "Add it.")])
    uploads.finish(upload)
    link = '<a href="/catalogs/spring/sheet/">Import the product sheet</a>'
    assert link in client.get(f"/uploads/{upload.pk}/").content.decode()
    seen = as_user(reviewer).get(f"/uploads/{upload.pk}/").content.decode()
    assert link not in seen and "its sheet is missing" in seen
    factories.make_product(catalog, sku="Y")
    assert "1 refused: " in client.get(f"/uploads/{upload.pk}/").content.decode()


def test_csv_of_refusals_carries_no_formula(client: Client, catalog: Catalog, operator: Any) -> None:
    upload = uploads.open_upload(catalog, operator)
    refused_photo(upload)
    factories.make_photo(upload, stage=Stage.READY)
    answer = client.get(f"/uploads/{upload.pk}/refused.csv")
    data = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(data)))
    assert len(rows) == 1 and rows[0]["file"] == "'=x_front.jpg"
    assert (rows[0]["code"], rows[0]["measured"]) == ("too_small", "longest edge 40 px")
    assert answer["Content-Disposition"].startswith("attachment")


def test_refused_photos_are_inspected_again_on_demand(
    client: Client, catalog: Catalog, operator: Any, jobs: Any
) -> None:
    upload = uploads.open_upload(catalog, operator)
    photo = refused_photo(upload, source="somewhere.jpg")
    never_stored = refused_photo(upload, "link.jpg", source="")
    jobs.clear()
    client.post(f"/uploads/{upload.pk}/recheck/")
    photo.refresh_from_db(), never_stored.refresh_from_db()
    assert photo.stage == Stage.RECEIVED and not photo.rejections.exists()
    assert never_stored.stage == Stage.REJECTED
    assert jobs == [("intake", "processing.jobs.inspect_photo", (photo.pk,))]


@pytest.mark.parametrize("many", [2, 40])
def test_page_asks_the_database_as_often_for_many_photos(
    client: Client, catalog: Catalog, operator: Any, many: int
) -> None:
    upload = uploads.open_upload(catalog, operator)
    for number in range(many):
        refused_photo(upload, f"MUG-{number}_front.jpg")
        factories.make_batch(upload)
    client.get(f"/uploads/{upload.pk}/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(f"/uploads/{upload.pk}/")
    assert len(queries) <= 16, [query["sql"][:90] for query in queries.captured_queries]


def test_roles(catalog: Catalog, operator: Any, as_user: Any, reviewer: Any, manager: Any, lead: Any) -> None:
    upload = uploads.open_upload(catalog, operator)
    for user in (reviewer, manager):
        other = as_user(user)
        assert other.get("/catalogs/spring/upload/").status_code == 403
        assert other.post("/catalogs/spring/upload/open/").status_code == 403
        assert other.post(f"/uploads/{upload.pk}/recheck/").status_code == 403
        assert other.get(f"/uploads/{upload.pk}/").status_code == 200
    assert as_user(lead).post(f"/uploads/{upload.pk}/finish/").status_code == 403
    assert as_user(operator).post(f"/uploads/{upload.pk}/finish/").status_code == 302
