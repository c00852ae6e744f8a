"""Exports and pictures by API: ordered by the page's own form, followed, fetched as a stream."""

import io
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from catalog.flow import Stage
from catalog.models import Batch, Catalog, Photo
from processing import export_forms
from processing.imaging import screens
from processing.models import Export
from tests import factories
from tests.api import Api
from tests.conftest import Jobs
from tests.images import product_shot

pytestmark = pytest.mark.django_db
SHOT = product_shot((300, 300), fill=0.8)


@pytest.fixture
def batch(operator: User) -> Batch:
    catalog = factories.make_catalog(name="Spring", slug="spring", marketplaces=["cutout"])
    return factories.make_batch(factories.make_upload(catalog, by=operator))


def made(batch: Batch, stage: Stage = Stage.APPROVED) -> Photo:
    source, alpha = ContentFile(SHOT.encoded(), "s.jpg"), ContentFile(screens.alpha_png(SHOT.alpha), "a.png")
    photo = factories.make_photo(batch=batch, stage=stage, source=source, width=300, height=300)
    factories.make_output(photo, alpha=alpha)
    return photo


@pytest.fixture
def caller(operator: User) -> Api:
    return Api(operator)


def test_from_the_order_to_the_zip(batch: Batch, caller: Api, jobs: Jobs) -> None:
    photo, waiting = made(batch), made(batch, Stage.IN_REVIEW)
    ordered = caller.post("/exports", {"batch": batch.pk})
    assert (ordered["state"], ordered["total"], ordered["written"], ordered["done"]) == ("queued", 1, 0, False)
    assert ordered["archive"] is None and ordered["marketplaces"] == ["cutout"]
    path = f"/exports/{ordered['id']}"
    assert caller.get(f"{path}/archive", 409)["code"] == "not_ready"
    jobs.run()
    told = caller.get(path)
    assert (told["state"], told["written"], told["left_out"], told["done"]) == ("done", 1, 1, True)
    (missing,) = told.pop("missing")
    assert (missing["photo"], missing["reason"]) == (waiting.pk, "it waits for a review")
    assert caller.get("/exports", catalog="spring")["items"] == [told]
    answer: Any = caller.ask("get", told["archive"].partition("testserver")[2])
    assert answer.status_code == 200 and answer.streaming and "attachment" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert [name for name in archive.namelist() if name.endswith(".png")] == [f"cutout/{photo.name[:-4]}.png"]
    photo.refresh_from_db()
    assert photo.stage == Stage.DELIVERED


def test_a_catalog_a_batch_or_an_upload_can_be_exported(batch: Batch, caller: Api) -> None:
    made(batch)
    other = factories.make_batch(factories.make_upload(batch.catalog, by=batch.upload.by))
    made(other)
    totals = {
        name: caller.post("/exports", {name: value})["total"]
        for name, value in (("catalog", "spring"), ("batch", batch.pk), ("upload", other.upload_id))
    }
    assert totals == {"catalog": 2, "batch": 1, "upload": 1}
    assert Export.objects.get(total=1, batch=None).files.get().photo.upload_id == other.upload_id


def test_only_what_was_not_delivered_yet(batch: Batch, caller: Api, jobs: Jobs) -> None:
    made(batch)
    caller.post("/exports", {"catalog": "spring"})
    jobs.run()
    told = caller.post("/exports", {"catalog": "spring", "fresh": True}, 422)
    assert told["code"] == "invalid" and "was delivered already" in told["message"]
    assert caller.post("/exports", {"catalog": "spring", "fresh": True, "marketplaces": ["shopify"]})["total"] == 1


def test_what_waits_for_review_goes_out_only_if_a_lead_says_so(batch: Batch, caller: Api, lead: User) -> None:
    made(batch, Stage.IN_REVIEW)
    told = caller.post("/exports", {"batch": batch.pk}, 422)
    assert "No photo of" in told["message"] and "is released yet" in told["message"]
    asked = {"batch": batch.pk, "unreviewed": True}
    told = caller.post("/exports", asked, 403)
    assert told["message"] == "Only a lead may let pictures out that nobody has reviewed."
    assert not Export.objects.exists()
    assert Api(lead).post("/exports", asked)["unreviewed"] is True


@pytest.mark.parametrize(
    ("asked", "field", "status"),
    [
        ({}, "of", 422),
        ({"catalog": "spring", "batch": 1}, "of", 422),
        ({"catalog": "spring", "marketplaces": ["moon"]}, "marketplaces", 422),
        ({"catalog": "spring", "marketplaces": []}, "marketplaces", 422),
        ({"catalog": "spring", "photos": [1]}, "photos", 422),
        ({"catalog": "no"}, "", 404),
        ({"catalog": "a\0"}, "", 404),
        ({"batch": 999}, "", 404),
        ({"upload": 999}, "", 404),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    batch: Batch, caller: Api, asked: dict[str, Any], field: str, status: int
) -> None:
    made(batch)
    told = caller.post("/exports", asked, status)
    assert not field or field in told["fields"]
    assert not Export.objects.exists()


def test_an_upload_without_photos_is_told(batch: Batch, caller: Api) -> None:
    assert "has no photo" in caller.post("/exports", {"upload": batch.upload_id}, 422)["fields"]["upload"][0]


def test_a_batch_that_is_no_longer_among_the_newest_is_exported(
    batch: Batch, caller: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_forms, "RECENT_BATCHES", 1)
    made(batch)
    factories.make_batch(batch.upload)
    assert caller.post("/exports", {"batch": batch.pk})["total"] == 1


def test_an_archive_that_was_removed_is_a_404(batch: Batch, caller: Api, operator: User) -> None:
    export = Export.objects.create(catalog=batch.catalog, by=operator, marketplaces=["cutout"], state="failed")
    assert "has no archive" in caller.get(f"/exports/{export.pk}/archive", 404)["message"]
    Export.objects.update(archive="gone.zip")
    assert "has no archive" in caller.get(f"/exports/{export.pk}/archive", 404)["message"]


def test_pictures_are_the_newest_outputs_or_the_sources(batch: Batch, caller: Api) -> None:
    photo = made(batch)
    newest = factories.make_output(photo)
    for kind, file in (("preview", newest.preview), ("alpha", newest.alpha), ("source", photo.source)):
        answer: Any = caller.ask("get", f"/photos/{photo.pk}/picture", {"kind": kind})
        assert answer.status_code == 200 and answer.streaming
        assert b"".join(answer.streaming_content) == file.open().read()
    assert caller.get(f"/photos/{photo.pk}/picture", 422, kind="x")["fields"].keys() == {"kind"}
    assert "no source thumb yet" in caller.get(f"/photos/{photo.pk}/picture", 404, kind="source_thumb")["message"]
    bare = factories.make_photo(batch=batch)
    assert caller.get(f"/photos/{bare.pk}/picture", 404)["message"] == f"Photo {bare.pk} has no preview yet."


def test_other_catalogs_exports_are_left_out(batch: Batch, caller: Api, operator: User) -> None:
    other: Catalog = factories.make_catalog()
    Export.objects.create(catalog=other, by=operator, marketplaces=["cutout"])
    assert caller.get("/exports", catalog="spring")["total"] == 0 and caller.get("/exports")["total"] == 1
