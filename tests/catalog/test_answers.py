"""Idempotency keys: the same request twice is done once; another one with the same key is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog import answers, uploads
from catalog.flow import Stage
from catalog.models import ApiAnswer, Catalog, Photo, Upload
from processing.models import Export
from review import jobs as review_jobs
from tests import factories
from tests.api import Api, Watched, stream

pytestmark = pytest.mark.django_db
PICTURE = factories.picture_bytes()
PATH = "/catalogs/spring/uploads"


@pytest.fixture
def catalog(lead: User) -> Catalog:
    return factories.make_catalog(slug="spring", owner=lead)


@pytest.fixture
def caller(catalog: Catalog, operator: User) -> Api:
    caller = Api(operator)
    caller.key = "monday-1"
    return caller


def test_an_upload_that_is_sent_twice_comes_in_once(caller: Api) -> None:
    first = caller.send(PATH, ("a.jpg", PICTURE), ("b.jpg", PICTURE + b"x"), name="Monday")
    uploads.start(Upload.objects.get())
    assert caller.send(PATH, ("a.jpg", PICTURE), ("b.jpg", PICTURE + b"x"), name="Monday") == first
    assert Upload.objects.count() == 1 and Photo.objects.count() == 2


def test_files_that_are_sent_twice_come_in_once(caller: Api) -> None:
    pk = caller.post(PATH)["upload"]["id"]
    caller.key = "monday-2"
    first = caller.send(f"/uploads/{pk}/files", ("a.jpg", PICTURE))
    uploads.finish(Upload.objects.get())
    assert caller.send(f"/uploads/{pk}/files", ("a.jpg", PICTURE)) == first
    assert Photo.objects.count() == 1


def test_an_order_that_is_sent_twice_is_one_export(caller: Api, catalog: Catalog) -> None:
    factories.make_output(factories.make_photo(factories.make_upload(catalog), stage=Stage.APPROVED))
    asked = {"catalog": "spring", "marketplaces": ["cutout"]}
    first = caller.post("/exports", asked)
    Export.objects.update(state="done")
    assert caller.post("/exports", asked) == first and Export.objects.count() == 1
    caller.key = None
    assert caller.post("/exports", asked)["id"] != first["id"]


def test_a_key_is_for_one_request(caller: Api, catalog: Catalog) -> None:
    caller.send(PATH, ("a.jpg", PICTURE), name="Monday")
    others = [
        lambda: caller.send(PATH, ("a.jpg", PICTURE + b"x"), name="Monday", expected=409),
        lambda: caller.send(PATH, ("a.jpg", PICTURE[:-1] + b"x"), name="Monday", expected=409),
        lambda: caller.send(PATH, ("b.jpg", PICTURE), name="Monday", expected=409),
        lambda: caller.send(PATH, ("a.jpg", PICTURE), name="Tuesday", expected=409),
        lambda: caller.post(PATH, {"name": "Monday"}, 409),
        lambda: caller.post("/exports", {"catalog": "spring"}, 409),
    ]
    assert [other()["code"] for other in others] == ["key_reused"] * len(others)
    assert Upload.objects.count() == 1


def test_somebody_elses_token_has_keys_of_its_own(caller: Api, operator: User, lead: User) -> None:
    caller.post(PATH)
    for person in (operator, lead):
        other = Api(person)
        other.key = caller.key
        other.post(PATH)
    assert Upload.objects.count() == 3


def test_what_was_refused_may_be_tried_again_with_its_key(caller: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert caller.post("/catalogs/no/uploads", expected=404)
    assert not ApiAnswer.objects.exists()

    def broken(*given: object, **named: object) -> Upload:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(uploads, "open_upload", broken)
        assert caller.post(PATH, expected=500)["code"] == "server_error"
    assert caller.post(PATH)["upload"]["state"] == "open"


def test_while_the_first_is_at_work_the_second_waits(caller: Api) -> None:
    caller.post(PATH)
    ApiAnswer.objects.update(status=None)
    assert caller.post(PATH, expected=409)["code"] == "key_in_work"
    assert Upload.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
def test_a_key_is_a_plain_word(caller: Api, key: str) -> None:
    caller.key = key
    assert caller.post(PATH, expected=422)["fields"].keys() == {"Idempotency-Key"}
    assert not Upload.objects.exists()


def test_a_key_is_forgotten_after_a_day(caller: Api) -> None:
    first = caller.post(PATH)
    ApiAnswer.objects.update(created_at=timezone.now() - answers.KEPT_FOR + timedelta(minutes=1))
    assert answers.forget() == 0 and caller.post(PATH) == first
    ApiAnswer.objects.update(created_at=timezone.now() - answers.KEPT_FOR - timedelta(seconds=1))
    assert caller.post(PATH) != first, "the sweep need not have come by"
    ApiAnswer.objects.update(created_at=timezone.now() - answers.KEPT_FOR - timedelta(seconds=1))
    assert answers.forget() == 1 and not ApiAnswer.objects.exists()
    assert answers.forget in review_jobs.SWEEPERS


def test_a_key_does_not_let_a_body_grow(caller: Api, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    body = Watched(bytes(10))
    answer = stream(caller, PATH, body, 2_000_000)
    assert (answer.status_code, body.taken) == (413, 0) and not ApiAnswer.objects.exists()
