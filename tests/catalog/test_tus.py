"""The tus server: whole files, pieces, lost connections, two writers, strangers, limits."""

import base64
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.http import HttpResponse, UnreadablePostError
from django.test import Client
from django.utils import timezone

from catalog import partials, uploads
from catalog.models import Incoming, Photo, Upload
from catalog.views.tus import BODY_TYPE, metadata
from tests import factories

pytestmark = pytest.mark.django_db
DATA = factories.picture_bytes((200, 100))


@pytest.fixture
def upload(lead: Any, operator: Any) -> Upload:
    return uploads.open_upload(factories.make_catalog(), operator)


@pytest.fixture
def client(as_user: Callable[[Any], Client], operator: Any) -> Client:
    return as_user(operator)


def ask(client: Client, method: str, path: str, data: bytes = b"", **headers: str) -> HttpResponse:
    known = {
        "Tus-Resumable": "1.0.0",
        "Content-Type": BODY_TYPE,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return client.generic(method, path, data, content_type=BODY_TYPE, headers=known)  # type: ignore[return-value]


def created(client: Client, upload: Upload, name: str = "MUG-1_front.jpg", size: int = len(DATA)) -> str:
    names = f"filename {base64.b64encode(b'x').decode()},path {base64.b64encode(name.encode()).decode()}"
    answer = ask(client, "POST", f"/uploads/{upload.pk}/tus/", Upload_Length=str(size), Upload_Metadata=names)
    assert answer.status_code == 201, answer.content
    return answer["Location"]


def offset(client: Client, address: str) -> int:
    answer = ask(client, "HEAD", address)
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    return int(answer["Upload-Offset"])


def partial(address: str) -> Path:
    return partials.path_of(Incoming.objects.get(pk=address.strip("/").split("/")[-1]))


def test_a_file_in_two_pieces_becomes_one_photo(client: Client, upload: Upload) -> None:
    address = created(client, upload, "shoes/MÜTZE-1_front.jpg")
    assert offset(client, address) == 0
    first = ask(client, "PATCH", address, DATA[:500], Upload_Offset="0")
    assert (first.status_code, first["Upload-Offset"]) == (204, "500") and first["Upload-Expires"]
    assert not Photo.objects.exists()
    assert ask(client, "PATCH", address, DATA[500:], Upload_Offset="500").status_code == 204
    photo = Photo.objects.get()
    assert (photo.name, photo.sha256) == ("shoes/MÜTZE-1_front.jpg", factories.sha256(DATA))
    assert default_storage.open(str(photo.source.name)).read() == DATA
    assert not partial(address).exists() and offset(client, address) == len(DATA)


def test_the_last_piece_sent_twice_makes_no_second_photo(client: Client, upload: Upload) -> None:
    address = created(client, upload)
    ask(client, "PATCH", address, DATA, Upload_Offset="0")
    again = ask(client, "PATCH", address, b"", Upload_Offset=str(len(DATA)))
    assert again.status_code == 204 and Photo.objects.count() == 1 and not partial(address).exists()


def test_what_arrived_before_the_connection_broke_is_kept(client: Client, upload: Upload) -> None:
    class Breaks:
        def __init__(self) -> None:
            self.pieces = [DATA[:300]]

        def read(self, size: int, /) -> bytes:
            if not self.pieces:
                raise UnreadablePostError("gone")
            return self.pieces.pop()

    address = created(client, upload)
    incoming = Incoming.objects.get()
    with partials.locked(incoming) as handle:
        partials.append(handle, Breaks(), len(DATA))
    assert offset(client, address) == 300
    ask(client, "PATCH", address, DATA[300:], Upload_Offset="300")
    assert Photo.objects.get().sha256 == factories.sha256(DATA)


def test_a_wrong_offset_is_told_the_right_one(client: Client, upload: Upload) -> None:
    address = created(client, upload)
    answer = ask(client, "PATCH", address, DATA[10:], Upload_Offset="10")
    assert (answer.status_code, answer["Upload-Offset"]) == (409, "0")


def test_two_writers_are_one_too_many(client: Client, upload: Upload) -> None:
    address = created(client, upload)
    with partials.locked(Incoming.objects.get()):
        for method in ("PATCH", "DELETE"):
            assert ask(client, method, address, DATA, Upload_Offset="0").status_code == 423
    assert offset(client, address) == 0


def test_more_bytes_than_announced_are_refused(client: Client, upload: Upload) -> None:
    address = created(client, upload, size=100)
    assert ask(client, "PATCH", address, DATA, Upload_Offset="0").status_code == 413
    assert offset(client, address) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload_Length": "many"}, 400),
        ({"Upload_Length": "-1"}, 400),
        ({"Upload_Length": "5", "Upload_Metadata": "filename !!!"}, 400),
        ({"Upload_Length": str(10**13)}, 413),
        ({"Upload_Length": "5", "Tus_Resumable": "0.2"}, 412),
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, upload: Upload, headers: dict[str, str], status: int) -> None:
    answer = ask(client, "POST", f"/uploads/{upload.pk}/tus/", **headers)
    assert answer.status_code == status and (answer.content or status == 412)
    assert not Incoming.objects.exists()


def test_body_must_be_of_the_protocols_type(client: Client, upload: Upload) -> None:
    address = created(client, upload)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    assert client.patch(address, DATA, content_type="image/jpeg", headers=headers).status_code == 415


def test_a_piece_of_unknown_length_is_refused(client: Client, upload: Upload) -> None:
    address = created(client, upload)
    assert ask(client, "PATCH", address, Upload_Offset="0", Transfer_Encoding="chunked").status_code == 411
    assert offset(client, address) == 0


def test_an_empty_file_is_complete_at_once(client: Client, upload: Upload) -> None:
    created(client, upload, size=0)
    assert Photo.objects.get().bytes == 0


def test_a_cancelled_file_is_gone(client: Client, upload: Upload) -> None:
    address = created(client, upload)
    path = partial(address)
    assert ask(client, "DELETE", address).status_code == 204
    assert not path.exists() and ask(client, "HEAD", address).status_code == 404


def test_files_of_somebody_else_are_out_of_reach(client: Client, upload: Upload, as_user: Any, lead: Any) -> None:
    address = created(client, upload)
    stranger = as_user(lead)
    assert ask(stranger, "PATCH", address, DATA, Upload_Offset="0").status_code == 403
    assert ask(stranger, "DELETE", address).status_code == 403
    assert ask(stranger, "POST", f"/uploads/{upload.pk}/tus/", Upload_Length="5").status_code == 403


def test_reviewers_managers_and_strangers_may_not_upload(
    upload: Upload, as_user: Any, reviewer: Any, manager: Any
) -> None:
    for user in (reviewer, manager):
        assert ask(as_user(user), "POST", f"/uploads/{upload.pk}/tus/", Upload_Length="5").status_code == 403
    assert ask(Client(), "POST", f"/uploads/{upload.pk}/tus/", Upload_Length="5").status_code == 302


def test_without_the_csrf_header_nothing_is_taken(upload: Upload, operator: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    assert ask(client, "POST", f"/uploads/{upload.pk}/tus/", Upload_Length="5").status_code == 403
    client.get(f"/uploads/{upload.pk}/")
    token = client.cookies["csrftoken"].value
    answer = ask(client, "POST", f"/uploads/{upload.pk}/tus/", Upload_Length="5", X_CSRFToken=token)
    assert answer.status_code == 201


def test_a_finished_upload_takes_no_more(client: Client, upload: Upload) -> None:
    uploads.finish(upload)
    assert ask(client, "POST", f"/uploads/{upload.pk}/tus/", Upload_Length="5").status_code == 409


def test_a_storage_that_failed_is_tried_again_when_the_sender_asks(
    client: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = created(client, upload)

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(uploads, "receive_photo", full)
        assert ask(client, "PATCH", address, DATA, Upload_Offset="0").status_code == 500
    assert not Photo.objects.exists() and partial(address).exists()
    assert offset(client, address) == len(DATA) and Photo.objects.count() == 1


def test_what_nobody_goes_on_with_expires_and_closes_its_upload(client: Client, upload: Upload) -> None:
    fresh, stale = created(client, upload), created(client, upload, "b.jpg")
    pk = stale.strip("/").split("/")[-1]
    path = partial(stale)
    path.unlink()
    Incoming.objects.filter(pk=pk).update(created_at=timezone.now() - timedelta(days=3))
    assert partials.expire() == 1
    upload.refresh_from_db()
    assert upload.finished_at and partial(fresh).exists() and not Incoming.objects.filter(pk=pk).exists()


def test_an_upload_whose_page_was_closed_at_the_end_is_finished_by_the_sweep(client: Client, upload: Upload) -> None:
    address = created(client, upload)
    long_ago = timezone.now() - timedelta(hours=3)
    Upload.objects.update(created_at=long_ago)
    assert partials.close_abandoned() == 0, "one file is still on its way"
    ask(client, "PATCH", address, DATA, Upload_Offset="0")
    assert partials.close_abandoned() == 0, "it arrived a moment ago"
    Incoming.objects.update(finished_at=long_ago)
    Photo.objects.update(created_at=long_ago)
    assert partials.close_abandoned() == 1 and partials.close_abandoned() == 0


def test_a_body_is_read_in_pieces() -> None:
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.largest = max(self.largest, size or 0)
            return super().read(size)

    body, into = Counting(b"x" * 1_000_000), io.BytesIO()
    partials.append(into, body, 900_000)
    assert len(into.getvalue()) == 900_000 and 0 < body.largest <= partials.PIECE


def test_metadata() -> None:
    assert metadata("filename " + base64.b64encode("é.jpg".encode()).decode() + ", empty") == {
        "filename": "é.jpg",
        "empty": "",
    }
    with pytest.raises(ValueError):
        metadata("filename ÄÖ")
