"""The one door: what becomes of each kind of file, and that nothing is lost or counted twice."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from catalog import batches, unpacking, uploads
from catalog.flow import BatchState, Stage
from catalog.models import Incoming, Photo, Upload
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload(lead: Any, operator: Any) -> Upload:
    return uploads.open_upload(factories.make_catalog(standard={"min_edge": 10}), operator, name="Monday")


def packed(*files: tuple[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer


def stored_files() -> list[str]:
    found = []
    pending = [""]
    while pending:
        folder = pending.pop()
        folders, files = default_storage.listdir(folder) if default_storage.exists(folder or ".") else ([], [])
        pending += [f"{folder}/{name}".lstrip("/") for name in folders]
        found += [f"{folder}/{name}" for name in files]
    return found


def test_a_picture_becomes_a_photo_with_its_bytes_and_an_inspection(upload: Upload, jobs: Any) -> None:
    data = factories.picture_bytes()
    receipt = uploads.receive(upload, "shoes/MUG-1_front.jpg", io.BytesIO(data))
    photo = receipt.photo
    assert receipt.kind == "photo" and photo and photo.stage == Stage.RECEIVED
    assert (photo.name, photo.bytes, photo.sha256) == ("shoes/MUG-1_front.jpg", len(data), factories.sha256(data))
    assert default_storage.open(str(photo.source.name)).read() == data
    assert jobs == [("intake", "processing.jobs.inspect_photo", (photo.pk,))]


def test_a_sheet_gives_products_and_a_system_file_is_named(upload: Upload) -> None:
    sheet = uploads.receive(upload, "list.csv", io.BytesIO(b"sku,category\nMUG-1,homeware\n")).sheet
    assert sheet and sheet.created == 1 and upload.catalog.products.get().sku == "MUG-1"
    assert uploads.receive(upload, "shoes/.DS_Store", io.BytesIO(b"x")).kind == "ignored"
    uploads.receive(upload, "shoes/.DS_Store", io.BytesIO(b"x"))
    upload.refresh_from_db()
    assert upload.ignored == ["shoes/.DS_Store"] and not upload.photos.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a/b.jpg", "a/b.jpg"), ("../../etc/passwd", "etc/passwd"), ("/abs.jpg", "abs.jpg"), ("C:\\x\\y.jpg", "x/y.jpg"),
     ("", "unnamed"), ("..", "unnamed"), ("a\nb.jpg", "a�b.jpg")],
)  # fmt: skip
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert uploads.clean_name(given) == kept


def unpacked(upload: Upload, source: io.BytesIO, name: str = "drop.zip") -> Incoming:
    incoming = uploads.receive(upload, name, source).incoming
    assert incoming and incoming.archive
    unpacking.unpack(str(incoming.pk))
    incoming.refresh_from_db()
    return incoming


def test_an_archive_is_unpacked_by_a_job_and_then_gone(upload: Upload, jobs: Any) -> None:
    picture = factories.picture_bytes()
    source = packed(
        ("shoes/MUG-1_front.jpg", picture),
        ("list.csv", b"sku,category\nMUG-1,homeware\n"),
        ("__MACOSX/._x", b"x"),
        ("../evil.jpg", picture),
        ("inner.zip", b"PK"),
    )
    incoming = unpacked(upload, source)
    assert ("light", "catalog.jobs.unpack", (str(incoming.pk),)) in jobs
    assert (incoming.entries, incoming.taken) == (4, 4) and incoming.unpacked_at
    refused = {photo.name: photo.rejections.get().code for photo in upload.photos.filter(stage=Stage.REJECTED)}
    assert refused == {"drop.zip/../evil.jpg": "archive_path", "drop.zip/inner.zip": "archive_nested"}
    assert upload.photos.get(stage=Stage.RECEIVED).name == "drop.zip/shoes/MUG-1_front.jpg"
    assert upload.catalog.products.count() == 1
    assert not [name for name in stored_files() if name.endswith(".zip")]


def test_a_worker_killed_while_unpacking_doubles_nothing(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [(f"MUG-{n}_front.jpg", factories.picture_bytes((20, 20 + n))) for n in range(4)]
    incoming = uploads.receive(upload, "drop.zip", packed(*files)).incoming
    assert incoming
    take = unpacking._take
    calls: list[str] = []

    def dies_at_the_third(upload: Upload, entry: Any, name: str) -> None:
        calls.append(name)
        if len(calls) == 3:
            raise MemoryError("killed")
        take(upload, entry, name)

    monkeypatch.setattr(unpacking, "_take", dies_at_the_third)
    with pytest.raises(MemoryError):
        unpacking.unpack(incoming.pk)
    monkeypatch.setattr(unpacking, "_take", take)
    unpacking.unpack(incoming.pk)
    unpacking.unpack(incoming.pk)
    assert sorted(upload.photos.values_list("name", flat=True)) == [f"drop.zip/MUG-{n}_front.jpg" for n in range(4)]


def test_a_broken_archive_stands_among_the_refused(upload: Upload) -> None:
    incoming = unpacked(upload, io.BytesIO(b"PK\x03\x04 broken"))
    photo = upload.photos.get()
    assert photo.stage == Stage.REJECTED and photo.rejections.get().code == "archive_unreadable"
    assert incoming.fault["code"] == "archive_unreadable"


def test_archives_left_behind_are_queued_again(upload: Upload, jobs: Any, settings: Any) -> None:
    incoming = uploads.receive(upload, "drop.zip", packed(("a.jpg", b"x"))).incoming
    assert incoming
    jobs.clear()
    assert unpacking.requeue_stalled() == 0
    Incoming.objects.update(finished_at=timezone.now() - timedelta(hours=1))
    assert unpacking.requeue_stalled() == 1 and jobs[0][1] == "catalog.jobs.unpack"


def test_a_batch_that_was_left_filling_is_sealed_by_the_sweep(upload: Upload) -> None:
    batch = factories.make_batch(upload)
    factories.make_photo(upload, batch=batch, stage=Stage.READY)
    assert batches.seal_due() == 0, "more may come"
    Upload.objects.update(finished_at=timezone.now())
    assert batches.seal_due() == 1
    batch.refresh_from_db()
    assert batch.state == BatchState.PROCESSING


def test_a_batch_is_not_sealed_while_an_archive_is_unpacked(upload: Upload) -> None:
    batch = factories.make_batch(upload)
    incoming = uploads.receive(upload, "drop.zip", packed(("a.jpg", b"GIF89a"))).incoming
    uploads.finish(upload)
    batch.refresh_from_db()
    assert incoming and batch.state == BatchState.FILLING
    unpacking.unpack(incoming.pk)
    for photo in Photo.objects.filter(stage=Stage.RECEIVED):
        Photo.objects.filter(pk=photo.pk).update(stage=Stage.REJECTED)
    assert batches.seal(upload) == 1
