"""Catalogs, products, sheets, uploads and batches by API: what the pages do, as values."""

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import uploads
from catalog.findings import Finding
from catalog.flow import BatchState, Stage
from catalog.models import Catalog, Photo, Product, SheetImport, Upload
from catalog.refusals import refuse
from tests import factories
from tests.api import Api, Watched, stream
from tests.conftest import Jobs

pytestmark = pytest.mark.django_db
PICTURE = factories.picture_bytes()
SHEET = b"sku,title,category\nMUG-1,Mug,mugs\n,No SKU,mugs\nMUG-2,=1+1,mugs\n"


@pytest.fixture
def catalog(lead: User) -> Catalog:
    return factories.make_catalog(name="Spring", slug="spring", owner=lead)


@pytest.fixture
def caller(operator: User) -> Api:
    return Api(operator)


def test_a_catalog_is_made_as_on_the_page(lead: User, caller: Api) -> None:
    asked = {"name": "Spring", "min_edge": 1500, "marketplaces": ["amazon"]}
    made = caller.post("/catalogs", asked)
    assert (made["id"], made["owner"], made["marketplaces"]) == ("spring", "lena", ["amazon"])
    assert made["standard"]["min_edge"] == 1500 and made["photos"] == 0
    assert datetime.fromisoformat(made["created_at"]).utcoffset().total_seconds() == 0  # type: ignore[union-attr]
    assert caller.get("/catalogs/spring") == made
    assert Catalog.objects.get().standard == {"min_edge": 1500}


def test_whoever_may_own_a_catalog_owns_what_they_make(lead: User, manager: User) -> None:
    assert Api(manager).post("/catalogs", {"name": "Spring"})["owner"] == "mila"
    assert Api(manager).post("/catalogs", {"name": "Autumn", "owner": "lena"})["owner"] == "lena"


def test_where_several_may_own_it_one_must_be_named(lead: User, manager: User, caller: Api) -> None:
    told = caller.post("/catalogs", {"name": "Spring"}, 422)
    assert told["fields"] == {"owner": ["Say whose it is: one lead's or manager's. There are: lena, mila."]}


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ({}, "name", "required"),
        ({"name": "SPRING"}, "name", "There is a catalog called SPRING already"),
        ({"name": "A", "min_edge": 0}, "min_edge", "above 0"),
        ({"name": "A", "min_edge": "wide"}, "min_edge", "whole number"),
        ({"name": "A", "marketplaces": ["moon"]}, "marketplaces", "moon"),
        ({"name": "A", "owner": "olga"}, "owner", "There are: lena"),
        ({"name": "A", "batch": 5}, "batch", "no such field"),
    ],
)
def test_a_catalog_that_cannot_be_says_why(
    catalog: Catalog, caller: Api, asked: dict[str, Any], field: str, said: str
) -> None:
    told = caller.post("/catalogs", asked, 422)
    assert told["code"] == "invalid" and field in told["message"]
    assert said in " ".join(told["fields"][field])
    assert Catalog.objects.count() == 1


def test_settings_are_changed_one_by_one(catalog: Catalog, lead: User, manager: User, jobs: Jobs) -> None:
    before = Api(lead).get("/catalogs/spring")
    now = Api(lead).patch("/catalogs/spring", {"batch_size": 80})
    assert now.pop("rechecked") == 0 and now == {**before, "batch_size": 80}
    asked = {"name": "May", "owner": "mila", "marketplaces": ["amazon"], "standard": {"max_bytes": 5_000_000}}
    now = Api(lead).patch("/catalogs/spring", asked)
    assert (now["id"], now["name"], now["owner"], now["marketplaces"]) == ("spring", "May", "mila", ["amazon"])
    assert now["standard"] == {**before["standard"], "max_bytes": 5_000_000} and now["batch_size"] == 80


def test_another_standard_has_refused_photos_inspected_again(catalog: Catalog, lead: User) -> None:
    photo = factories.make_photo(factories.make_upload(catalog), source=ContentFile(PICTURE, "a.jpg"))
    refuse(photo, [Finding("too_small", "1600 px", "at least 2000 px", "Send a larger one.")])
    assert Api(lead).patch("/catalogs/spring", {"standard": {"min_edge": 1500}})["rechecked"] == 1
    photo.refresh_from_db()
    assert photo.stage == Stage.RECEIVED


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"owner": "olga"}, "owner"),
        ({"owner": None}, "owner"),
        ({"owner": ""}, "owner"),
        ({"marketplaces": ["moon"]}, "marketplaces"),
        ({"standard": {"min_edge": -1}}, "min_edge"),
        ({"standard": {"min_edges": 1}}, "min_edges"),
        ({"standard": {"formats": []}}, "formats"),
        ({"standard": {"max_pixels": "many"}}, "max_pixels"),
        ({"standard": {"views": 7}}, "views"),
        ({"slug": "x"}, "slug"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    catalog: Catalog, lead: User, asked: dict[str, Any], field: str
) -> None:
    before = Api(lead).get("/catalogs/spring")
    assert field in Api(lead).patch("/catalogs/spring", asked, 422)["fields"]
    assert Api(lead).get("/catalogs/spring") == before


def test_a_list_is_paged_with_its_total(lead: User, caller: Api) -> None:
    for name in "CABED":
        factories.make_catalog(name=name, slug=name.lower(), owner=lead)
    first = caller.get("/catalogs", limit=2)
    assert ([one["name"] for one in first["items"]], first["total"]) == (["A", "B"], 5)
    names, address = [], first["next"]
    while address:
        part = caller.get(address)
        names += [one["name"] for one in part["items"]]
        address = part["next"]
    assert names == ["C", "D", "E"]
    assert caller.get("/catalogs", offset=99)["items"] == []


@pytest.mark.parametrize("query", [{"limit": 201}, {"limit": 0}, {"offset": -1}, {"offset": "9" * 40}, {"limit": "x"}])
def test_a_page_has_its_bounds(caller: Api, query: dict[str, Any]) -> None:
    told = caller.get("/catalogs", 422, **query)
    assert told["fields"].keys() == query.keys()


@pytest.mark.parametrize("path", ["/catalogs", "/catalogs/spring/uploads", "/batches", "/catalogs/spring/products"])
def test_a_longer_list_takes_no_more_queries(catalog: Catalog, caller: Api, path: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            caller.get(path)
        return len(seen)

    def add(number: int) -> None:
        for _ in range(number):
            upload = factories.make_upload(catalog)
            factories.make_photo(batch=factories.make_batch(upload))
            factories.make_catalog(owner=catalog.owner)

    caller.get(path)  # which notes the token's use
    add(1)
    few = queries()
    add(5)
    assert queries() == few


def test_a_sheet_is_taken_and_its_bad_rows_are_told(catalog: Catalog, caller: Api) -> None:
    report = caller.send("/catalogs/spring/products", ("p.csv", SHEET), field="file")
    assert (report["state"], report["taken"], report["created"]) == ("done", 1, 1)
    assert [(row["row"], row["code"]) for row in report["refused"]] == [(3, "row_without_sku"), (4, "row_formula")]
    assert "a SKU in every row" in report["refused"][0]["message"]
    assert caller.get(f"/sheets/{report['id']}") == report
    (product,) = caller.get("/catalogs/spring/products")["items"]
    assert (product["sku"], product["title"]) == ("MUG-1", "Mug")
    again = caller.send("/catalogs/spring/products", ("p.csv", SHEET), field="file")
    assert (again["created"], again["unchanged"]) == (0, 1)
    assert caller.get("/catalogs/spring/products", sku="MUG-9")["total"] == 0


def test_what_is_no_sheet_is_refused(catalog: Catalog, caller: Api) -> None:
    told = caller.send("/catalogs/spring/products", ("p.xlsx", PICTURE), field="file", expected=422)
    assert told["code"] == "sheet_unreadable" and told["fields"]["file"]
    assert caller.send("/catalogs/spring/products", field="file", expected=422)["fields"].keys() == {"file"}
    waiting = caller.send("/catalogs/spring/products", ("p.csv", b"a;b\n1;2\n"), field="file", expected=422)
    assert waiting["code"] == "sheet_without_sku" and "a, b" in waiting["message"]
    assert SheetImport.objects.filter(state="waiting").count() == 1 and not Product.objects.exists()


def test_files_go_into_an_upload_until_it_is_finished(catalog: Catalog, caller: Api, jobs: Jobs) -> None:
    upload = caller.post("/catalogs/spring/uploads", {"name": "Monday", "waits": True})["upload"]
    assert (upload["state"], upload["name"], upload["waits"], upload["done"]) == ("open", "Monday", True, False)
    path = f"/uploads/{upload['id']}"
    sent = caller.send(f"{path}/files", ("b.jpg", PICTURE), ("a.jpg", PICTURE + b"x"), (".DS_Store", b"x"))
    assert [(one["name"], one["kind"]) for one in sent["files"]] == [
        (".DS_Store", "ignored"), ("a.jpg", "photo"), ("b.jpg", "photo"),
    ]  # fmt: skip
    assert sent["upload"]["stages"] == {"received": 2} and sent["upload"]["ignored"] == [".DS_Store"]
    finished = caller.post(f"{path}/finish", expected=200)
    assert finished["finished_at"] and finished["state"] == "working"
    assert caller.post(f"{path}/finish", expected=200)["finished_at"] == finished["finished_at"]
    told = caller.send(f"{path}/files", ("c.jpg", PICTURE), expected=409)
    assert told["code"] == "finished" and Photo.objects.count() == 2


def test_one_call_sends_a_whole_upload(catalog: Catalog, caller: Api) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("MUG-1_front.jpg", PICTURE)
    files = [("p.csv", SHEET), ("z.zip", packed.getvalue()), ("MUG-1_back.jpg", PICTURE)]
    sent = caller.send("/catalogs/spring/uploads", *files, name="Monday", waits="true")
    assert {one["name"]: one["kind"] for one in sent["files"]} == {
        "MUG-1_back.jpg": "photo", "p.csv": "sheet", "z.zip": "archive",
    }  # fmt: skip
    upload = sent["upload"]
    assert upload["finished_at"] and upload["waits"] and upload["archives"] == ["z.zip"]
    assert len(upload["sheets"]) == 1 and Product.objects.get().sku == "MUG-1"
    assert [one["id"] for one in caller.get("/catalogs/spring/uploads")["items"]] == [upload["id"]]


def test_an_upload_is_its_openers_alone(catalog: Catalog, caller: Api, lead: User) -> None:
    pk = caller.post("/catalogs/spring/uploads")["upload"]["id"]
    for path, send in ((f"/uploads/{pk}/files", Api(lead).send), (f"/uploads/{pk}/finish", Api(lead).post)):
        told = send(path, expected=403)  # type: ignore[operator]
        assert told["message"] == "This upload belongs to somebody else; start one of your own."


def test_what_cannot_be_an_upload_is_refused(catalog: Catalog, caller: Api) -> None:
    path = "/catalogs/spring/uploads"
    for body, status, code in (("{", 400, "malformed"), ("[]", 422, "invalid"), ('{"nom": 1}', 422, "invalid")):
        answer = caller.ask("post", path, body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (status, code)  # type: ignore[attr-defined]
    assert caller.ask("post", path, "<a/>", content_type="text/xml").status_code == 415
    assert not Upload.objects.exists()
    pk = caller.post(path)["upload"]["id"]
    assert caller.send(f"/uploads/{pk}/files", expected=422)["fields"] == {"files": ["No file was chosen."]}


def test_files_in_a_field_that_nobody_reads_are_not_lost(catalog: Catalog, caller: Api) -> None:
    one = ("MUG-1_front.jpg", PICTURE)
    assert "file" in caller.send("/catalogs/spring/uploads", one, field="file", expected=422)["fields"]
    assert not Upload.objects.exists()
    pk = caller.post("/catalogs/spring/uploads")["upload"]["id"]
    assert "photos" in caller.send(f"/uploads/{pk}/files", one, field="photos", expected=422)["fields"]


def multipart(files: dict[str, bytes]) -> Iterator[bytes]:
    for name, data in files.items():
        yield (
            f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode() + data + b"\r\n"
        )
    yield b"--x--\r\n"


def test_a_large_file_is_never_read_whole(catalog: Catalog, caller: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    receive = uploads.receive
    monkeypatch.setattr(
        uploads, "receive", lambda upload, name, file: (seen.append(file), receive(upload, name, file))[1]
    )
    data = b"".join(multipart({"large.jpg": PICTURE + bytes(20_000_000)}))
    body = Watched(data)
    answer = stream(caller, "/catalogs/spring/uploads", body, len(data))
    assert answer.status_code == 201, answer.content
    assert body.taken >= 20_000_000 and body.largest <= 1 << 20
    assert isinstance(seen[0], TemporaryUploadedFile), "it is kept on disk"
    assert Photo.objects.get().bytes == len(PICTURE) + 20_000_000


def test_what_is_too_large_is_refused_before_it_is_read(catalog: Catalog, caller: Api, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1_000_000
    body = Watched(bytes(10))
    answer = stream(caller, "/catalogs/spring/uploads", body, 3_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "3 MB; at most 1 MB" in answer.json()["message"] and "tus" in answer.json()["message"]
    assert body.taken == 0 and not Upload.objects.exists()


def test_a_disk_without_room_is_told(catalog: Catalog, caller: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.partials.RESERVE", 10**18)
    told = caller.send("/catalogs/spring/uploads", ("a.jpg", PICTURE), expected=413)
    assert "disk of this instance is full" in told["message"] and not Photo.objects.exists()


def test_whoever_may_not_send_is_told_before_anything_is_read(catalog: Catalog, reviewer: User) -> None:
    body = Watched(bytes(10))
    assert stream(Api(reviewer), "/catalogs/spring/uploads", body, 10).status_code == 403
    assert body.taken == 0


def test_too_many_files_at_once_are_told(catalog: Catalog, caller: Api) -> None:
    most = django_settings.DATA_UPLOAD_MAX_NUMBER_FILES
    data = b"".join(multipart({f"{number}.jpg": b"" for number in range(most + 1)}))
    answer = stream(caller, "/catalogs/spring/uploads", Watched(data), len(data))
    assert answer.status_code == 413 and f"{most} files" in answer.json()["message"]


def test_an_upload_goes_from_open_to_done(catalog: Catalog, caller: Api, operator: User) -> None:
    upload = factories.make_upload(catalog, by=operator)

    def state() -> str:
        return str(caller.get(f"/uploads/{upload.pk}")["state"])

    batch = factories.make_batch(upload)
    photo = factories.make_photo(batch=batch, stage=Stage.READY)
    assert state() == "open"
    uploads.finish(upload)
    assert state() == "working"
    Upload.objects.update(waits=True)
    assert state() == "waiting"
    assert caller.post(f"/uploads/{upload.pk}/start", expected=200) == {"queued": 1}
    assert state() == "working"
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.HELD)
    assert state() == "working", "the batch's sample is not drawn yet"
    type(batch).objects.update(state=BatchState.IN_REVIEW)
    assert state() == "done" and caller.get(f"/uploads/{upload.pk}")["done"]


def test_an_upload_of_which_all_was_refused_is_done(catalog: Catalog, caller: Api, operator: User) -> None:
    upload = factories.make_upload(catalog, by=operator)
    refuse(factories.make_photo(upload), [Finding("too_small", "10 px", "2000 px", "Send a larger one.")])
    uploads.finish(upload)
    told = caller.get(f"/uploads/{upload.pk}")
    assert (told["state"], told["stages"]) == ("done", {"rejected": 1})


def test_batches_are_found_by_catalog_upload_and_state(catalog: Catalog, caller: Api) -> None:
    upload = factories.make_upload(catalog)
    one = factories.make_batch(upload, state=BatchState.ACCEPTED)
    factories.make_photo(batch=one, stage=Stage.APPROVED)
    factories.make_batch(upload)
    factories.make_batch(factories.make_upload(factories.make_catalog()))
    assert caller.get("/batches")["total"] == 3
    assert caller.get("/batches", catalog="spring")["total"] == 2
    (row,) = caller.get("/batches", catalog="spring", upload=upload.pk, state="accepted")["items"]
    assert row == caller.get(f"/batches/{one.pk}")
    assert (row["name"], row["photos"], row["stages"]) == (str(one), 1, {"approved": 1})
    assert row["standing"] == "Accepted" and row["catalog"] == "spring"
    assert caller.get("/batches", 422, state="lost")["fields"].keys() == {"state"}


@pytest.mark.parametrize("path", ["/catalogs/no", "/uploads/999", "/batches/999", "/sheets/9", "/catalogs/no/uploads"])
def test_what_is_not_there_is_named(caller: Api, path: str) -> None:
    told = caller.get(path, 404)
    assert told["code"] == "not_found" and path.split("/")[2] in told["message"]
