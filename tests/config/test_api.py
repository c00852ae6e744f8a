"""The API as a whole: one shape for all that goes wrong, its description, its reference page, and the whole journey."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from catalog.flow import BatchState, Stage
from catalog.models import Batch, Photo, Upload
from config.api import api
from tests import factories
from tests.api import Api
from tests.conftest import Jobs
from tests.review.floor import say_all

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def caller(operator: User) -> Api:
    return Api(operator)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/nothing", 404, "not_found"),
        ("get", "/", 404, "not_found"),
        ("get", "/uploads/x", 404, "not_found"),
        ("get", "/uploads/-1", 404, "not_found"),
        ("get", f"/uploads/{'9' * 40}", 404, "not_found"),
        ("get", "/api/v2/catalogs", 404, "not_found"),
        ("delete", "/catalogs", 405, "method_not_allowed"),
        ("put", "/me", 405, "method_not_allowed"),
        ("post", "/metrics", 405, "method_not_allowed"),
        ("get", "/catalogs?limit=0", 422, "invalid"),
        ("get", "/catalogs/%00", 404, "not_found"),
        ("get", "/batches?catalog=%00", 400, "bad_request"),
    ],
)
def test_whatever_is_refused_has_one_shape(caller: Api, method: str, path: str, status: int, code: str) -> None:
    answer: Any = caller.ask(method, path)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    told = answer.json()
    assert told["code"] == code and told["message"].endswith(".") and told.keys() <= {"code", "message", "fields"}
    assert status != 405 or answer["Allow"]


@pytest.mark.parametrize("body", ["{", "", "[1", "\x00", '{"name": }', "nan"])
def test_json_that_is_none_is_told(caller: Api, body: str) -> None:
    answer: Any = caller.ask("post", "/catalogs", body, content_type="application/json")
    assert answer.status_code in (400, 422) and answer["Content-Type"] == "application/json"
    assert answer.json()["code"] in ("malformed", "invalid")


@pytest.mark.parametrize("path", ["/catalogs", "/exports", "/catalogs/spring/uploads"])
@pytest.mark.parametrize(
    "body",
    ["[" * 100_000 + "]" * 100_000, '{"name": "\\ud800", "owner": "lead", "catalog": "\\ud800"}'],
    ids=["deep", "half"],
)
def test_json_that_nobody_can_hold_is_told(caller: Api, lead: User, path: str, body: str) -> None:
    factories.make_catalog(slug="spring", owner=lead)
    answer: Any = caller.ask("post", path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_head_is_answered_as_get_without_the_body(caller: Api) -> None:
    photo = factories.make_photo(source=ContentFile(b"a picture", "a.jpg"))
    for path in ("/me", f"/photos/{photo.pk}/picture?kind=source"):
        got, head = (caller.ask(method, path) for method in ("get", "head"))
        assert (head.status_code, head.getvalue()) == (200, b"")  # type: ignore[attr-defined]
        assert head["Content-Type"] == got["Content-Type"] and head["Content-Length"] == got["Content-Length"]
    assert caller.ask("head", "/nothing").status_code == 404
    assert caller.ask("delete", "/me")["Allow"] == "GET, HEAD"
    assert caller.ask("head", f"/uploads/{photo.upload_id}/finish")["Allow"] == "POST"


def test_a_body_in_pieces_is_refused_and_not_lost(caller: Api) -> None:
    factories.make_catalog(slug="spring")
    options = {"HTTP_TRANSFER_ENCODING": "chunked", "content_type": "multipart/form-data; boundary=x"}
    answer: Any = caller.ask("post", "/catalogs/spring/uploads", b"", **options)
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")
    assert not Upload.objects.exists()


def test_a_long_body_that_is_no_file_is_told(caller: Api, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert caller.post("/catalogs", {"name": "x" * 200}, 413)["code"] == "too_large"


def test_a_broken_multipart_body_is_told(caller: Api) -> None:
    factories.make_catalog(slug="spring")
    answer: Any = caller.ask("post", "/catalogs/spring/uploads", b"x", content_type="multipart/form-data")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("debug", [False, True])
def test_a_mistake_of_ours_shows_no_trace(
    caller: Api, settings: Any, monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    settings.DEBUG = debug

    def broken(*given: Any) -> HttpResponse:
        raise RuntimeError("the secret plan")

    monkeypatch.setattr("catalog.catalogs.counted", broken)
    answer: Any = caller.ask("get", "/catalogs")
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert "secret" not in answer.content.decode() and "Traceback" not in answer.content.decode()


def test_pages_beside_the_api_stay_pages(operator: User, as_user: SignIn) -> None:
    assert "html" in as_user(operator).get("/nothing/")["Content-Type"]
    assert "html" in as_user(operator).get("/api/nothing")["Content-Type"]


def schema() -> dict[str, Any]:
    return dict(api.get_openapi_schema())


CALLS = [(path, method, call) for path, calls in schema()["paths"].items() for method, call in calls.items()]


def test_the_description_is_whole() -> None:
    found = schema()
    assert found["openapi"].startswith("3.1") and found["info"]["title"] == "Loupe"
    assert found["components"]["securitySchemes"] == {"Bearer": {"type": "http", "scheme": "bearer"}}
    names = [call["operationId"] for _, _, call in CALLS]
    assert len(set(names)) == len(names) > 20
    refs = set(re.findall(r"#/components/schemas/(\w+)", str(found)))
    assert refs <= found["components"]["schemas"].keys()


@pytest.mark.parametrize(("path", "method", "call"), CALLS, ids=[f"{method} {path}" for path, method, _ in CALLS])
def test_every_call_is_described(path: str, method: str, call: dict[str, Any]) -> None:
    assert call["summary"] and len(call["description"]) > 20 and call["tags"]
    assert call["security"] == [{"Bearer": []}] and "x-roles" in call
    well = {status: answer for status, answer in call["responses"].items() if int(status) < 400}
    assert len(well) == 1 and next(iter(well.values()))["content"]
    assert {401, 403} <= {int(status) for status in call["responses"]}
    wrong = [answer["content"] for status, answer in call["responses"].items() if int(status) >= 400]
    assert all("ProblemOut" in str(content) for content in wrong)
    assert set(re.findall(r"\{(\w+)\}", path)) <= {one["name"] for one in call["parameters"]}
    if method == "post" and not path.endswith(("finish", "start")):
        assert call["requestBody"]["content"]
    assert "requestBody" not in call or {400, 413, 422} <= {int(status) for status in call["responses"]}


def test_every_shape_says_what_it_is() -> None:
    shapes = schema()["components"]["schemas"]
    assert [name for name, shape in shapes.items() if "properties" in shape and not shape.get("description")] == []


def test_the_description_is_open_and_json() -> None:
    answer = Client().get(reverse("api:openapi-json"))
    assert answer.status_code == 200 and answer.json()["paths"].keys() == schema()["paths"].keys()


def test_the_reference_names_every_call_and_every_field(operator: User, as_user: SignIn) -> None:
    page = as_user(operator).get(reverse("api-reference")).content.decode()
    for path, method, call in CALLS:
        assert f"{method.upper()} {path}" in page and call["summary"].replace("'", "&#x27;") in page
    fields = {name for shape in schema()["components"]["schemas"].values() for name in shape.get("properties", {})}
    assert [name for name in fields if f"<code>{name}</code>" not in page] == []


@pytest.mark.model
def test_real_photos_by_api_from_upload_to_archive(
    shared: Path, operator: User, lead: User, reviewer: User, jobs: Jobs
) -> None:
    """Nothing is called but the API, the queue's jobs and the reviewer's key."""
    caller, data = Api(operator), shared / "data" / "products"
    catalog = caller.post("/catalogs", {"name": "Autumn", "marketplaces": ["amazon"]})
    report = caller.send(f"/catalogs/{catalog['id']}/products", _file(data / "products.csv"), field="file")
    assert report["state"] == "done" and report["taken"] > 10
    names = ("PRD-0001_front.png", "PRD-0002_front.jpg", "PRD-0065_front.png")
    files = [_file(data / "photos" / name) for name in names]
    upload = caller.send(f"/catalogs/{catalog['id']}/uploads", *files)["upload"]
    assert upload["state"] == "working" and upload["photos"] == 3
    jobs.run()
    told = caller.get(f"/uploads/{upload['id']}")
    assert told["done"], told
    rows = caller.get(f"/uploads/{upload['id']}/photos")["items"]
    assert [row["state"] for row in rows].count("rejected") == 1
    (refused,) = caller.get(f"/uploads/{upload['id']}/photos", state="rejected")["items"]
    assert refused["rejections"][0]["code"] == "too_small" and "1360" in refused["rejections"][0]["message"]
    done = [row for row in rows if row["state"] != "rejected"]
    for row in done:
        assert row["verdict"] and row["recipe_version"] and row["readings"] and 0 <= row["risk"] <= 1, row
    assert {row["file"]: bool(row["model"]) for row in done} == {
        "PRD-0001_front.png": False,
        "PRD-0002_front.jpg": True,
    }
    assert "is released yet" in caller.post("/exports", {"upload": upload["id"]}, 422)["message"]
    _review_all(reviewer, lead, jobs)
    assert {one["state"] for one in caller.get("/batches", catalog=catalog["id"])["items"]} == {"accepted"}
    export = caller.post("/exports", {"upload": upload["id"]})
    jobs.run()
    export = caller.get(f"/exports/{export['id']}")
    assert (export["state"], export["written"]) == ("done", 2)
    assert [one["reason"] for one in export["missing"]] == ["it was refused at intake: too small"]
    answer: Any = caller.ask("get", f"/exports/{export['id']}/archive")
    _is_what_amazon_takes(zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))))
    assert caller.get(f"/photos/{done[0]['id']}")["state"] == "delivered"


def _file(path: Path) -> tuple[str, bytes]:
    return path.name, path.read_bytes()


def _review_all(reviewer: User, lead: User, jobs: Jobs) -> None:
    """Second opinions are the lead's."""
    for person in (reviewer, lead):
        say_all(person)
        jobs.run()
    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.ACCEPTED}
    assert Photo.objects.filter(stage=Stage.APPROVED).count() == 2


def _is_what_amazon_takes(archive: zipfile.ZipFile) -> None:
    pictures = [name for name in archive.namelist() if name.endswith(".jpg")]
    assert len(pictures) == 2
    for name in pictures:
        with Image.open(archive.open(name)) as picture:
            pixels = np.asarray(picture)
        assert max(pixels.shape) >= 1000 and (pixels[0] == 255).all() and (pixels < 250).any(), name
