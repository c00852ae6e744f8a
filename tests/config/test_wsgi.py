"""The web server's entry: half a body is not taken for all of it."""

import io

import pytest
from django.contrib.auth.models import User

from catalog.models import ApiAnswer, Photo, Upload
from config import wsgi
from config.wsgi import Whole
from tests import factories
from tests.api import Api

pytestmark = pytest.mark.django_db


def part(name: str) -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\nnot much\r\n'.encode()


BODY = part("MUG-1_front.jpg") + part("MUG-2_front.jpg") + b"--x--\r\n"


def send(caller: Api, came: bytes) -> int:
    """The status of an upload of which so much came before the connection broke."""
    headers = {"Authorization": f"Bearer {caller.secret}", "Idempotency-Key": "monday"}
    options = {"CONTENT_LENGTH": str(len(BODY)), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    body = Whole(io.BytesIO(came), len(BODY))
    path = "/api/v1/catalogs/spring/uploads"
    return caller.client.generic("POST", path, headers=headers, **options, **{"wsgi.input": body}).status_code


@pytest.mark.parametrize("came", [0, 10, len(part("MUG-1_front.jpg")) + 20, len(BODY) - 9])
def test_an_upload_that_broke_off_is_none_and_may_be_sent_again_with_its_key(operator: User, came: int) -> None:
    factories.make_catalog(slug="spring")
    caller = Api(operator)
    assert send(caller, BODY[:came]) == 400
    assert not Upload.objects.exists() and not ApiAnswer.objects.exists()
    assert send(caller, BODY) == 201
    assert Photo.objects.count() == 2


def test_what_arrived_is_handed_on_before_the_break_is_told() -> None:
    body = Whole(io.BytesIO(b"12345"), 10)
    assert body.read(4) == b"1234" and body.readline() == b"5" and body.read(0) == b""
    with pytest.raises(OSError, match="5 bytes before the end"):
        body.read(4)
    assert Whole(io.BytesIO(b""), 0).read() == b""


def test_the_server_hands_in_such_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[Whole] = []
    monkeypatch.setattr(wsgi, "_django", lambda environ, answer: handed.append(environ["wsgi.input"]) or [])
    wsgi.application({"wsgi.input": io.BytesIO(b"12"), "CONTENT_LENGTH": "7"}, lambda *given: None)
    wsgi.application({"wsgi.input": io.BytesIO(b"")}, lambda *given: None)
    assert [body.left for body in handed] == [7, 0]
