"""The one door for files: the browser's, an archive's, a script's. Nothing that comes in goes unmentioned."""

import hashlib
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, Literal, cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from catalog import archives, batches, products, queueing, refusals, stages, webhooks
from catalog.findings import Finding
from catalog.models import Catalog, Incoming, Photo, SheetImport, Upload
from catalog.sheet_files import MAX_BYTES

Kind = Literal["photo", "sheet", "archive", "ignored"]
SHEET_SUFFIXES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods")
PIECE = 1 << 20
IN_MEMORY = 8 << 20


@dataclass(frozen=True)
class Receipt:
    """What became of one file: a photo to be inspected, a sheet, an archive to be unpacked, or a system file."""

    kind: Kind
    name: str
    photo: Photo | None = None
    sheet: SheetImport | None = None
    incoming: Incoming | None = None


def open_upload(catalog: Catalog, by: User, *, name: str = "", waits: bool = False) -> Upload:
    """A new drop of files by one person. Call `finish` when its last file has arrived."""
    return Upload.objects.create(catalog=catalog, by=by, name=archives.printable(name)[:200], waits=waits)


def receive(upload: Upload, name: str, stream: BinaryIO, *, incoming: Incoming | None = None) -> Receipt:
    """Take one file into `upload`, whatever it is; `stream` is seekable and stays open.

    A picture, or anything that is not known, becomes a photo and is inspected; a sheet's products are taken; an
    archive is stored and unpacked by a job; a system file is named on the upload. `incoming` is marked as finished
    with the same stroke. Raises OSError when the storage fails.
    """
    name = clean_name(name)
    stream.seek(0)
    head = stream.read(4)
    stream.seek(0)
    if archives.is_system_file(name):
        ignore(upload, [name])
        _mark_finished(incoming)
        return Receipt("ignored", name)
    if name.lower().endswith(SHEET_SUFFIXES):
        return _receive_sheet(upload, name, stream, incoming)
    if head == b"PK\x03\x04" or name.lower().endswith(".zip"):
        return _receive_archive(upload, name, stream, incoming)
    return Receipt("photo", name, photo=receive_photo(upload, name, stream, incoming))


def clean_name(name: str) -> str:
    """A file's name with its folder, fit to be stored and shown: no roots, no "..", no control characters."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    kept = [part for part in parts if part not in ("/", "..", ".") and not part.endswith(":")]
    return archives.printable("/".join(kept)) or "unnamed"


def receive_photo(upload: Upload, name: str, stream: IO[bytes], incoming: Incoming | None = None) -> Photo:
    """Store one source picture, create its photo in RECEIVED and queue its inspection."""
    with _staged(stream) as (copy, digest, size):
        stored = default_storage.save(_source_path(upload, name), File(copy))
    with transaction.atomic():
        photo = Photo(catalog_id=upload.catalog_id, upload=upload, name=name[-500:], bytes=size, sha256=digest)
        photo.source.name = stored
        photo.save()
        stages.begin(photo)
        _mark_finished(incoming)
    return photo


def refuse_entry(upload: Upload, name: str, finding: Finding, *, size: int = 0) -> Photo:
    """Note a file that was not even stored, such as an archive's link, as a refused photo with its reason."""
    with transaction.atomic():
        photo = Photo.objects.create(catalog_id=upload.catalog_id, upload=upload, name=name[-500:], bytes=size)
        stages.begin(photo)
        refusals.refuse(photo, [finding])
    return photo


def ignore(upload: Upload, names: Sequence[str]) -> None:
    """Note system files by their names; they are left out."""
    with transaction.atomic():
        locked = Upload.objects.select_for_update().get(pk=upload.pk)
        locked.ignored = [*locked.ignored, *(name for name in names if name not in locked.ignored)]
        locked.save(update_fields=["ignored"])
    upload.ignored = locked.ignored


def finish(upload: Upload) -> None:
    """The last file has arrived: batches that are not full need not wait for more."""
    with transaction.atomic():
        if Upload.objects.filter(pk=upload.pk, finished_at=None).update(finished_at=timezone.now()):
            facts = {"upload": upload.pk, "name": str(upload), "catalog": upload.catalog.slug}
            webhooks.note("upload.finished", **facts)
    upload.refresh_from_db(fields=["finished_at"])
    batches.seal(upload)


def receive_all(upload: Upload, sent: "Iterable[UploadedFile[Any]]") -> list[Receipt]:
    """Take the files of one request, in name order, as everywhere; those without a name are nothing."""
    named = sorted((file for file in sent if file.name), key=lambda file: str(file.name))
    return [receive(upload, str(file.name), cast(BinaryIO, file)) for file in named]


def must_own(upload: Upload, user: AbstractBaseUser | AnonymousUser) -> None:
    """Raises PermissionDenied for all but whoever opened the upload: their name stands on every photo of it."""
    if user.pk != upload.by_id:
        raise PermissionDenied("This upload belongs to somebody else; start one of your own.")


def start(upload: Upload) -> int:
    """Let the photos of a waiting upload go to the machines; returns how many are queued."""
    with transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(waits=False)
        return stages.release(upload.pk)


def queue_unpacking(incoming: Incoming, *, occasion: str = "first") -> None:
    """Queue the job that unpacks a stored archive."""
    queueing.enqueue("light", "catalog.jobs.unpack", str(incoming.pk), job_id=f"unpack-{incoming.pk}-{occasion}")


def _mark_finished(incoming: Incoming | None) -> None:
    if incoming:
        incoming.finished_at = timezone.now()
        incoming.save(update_fields=["finished_at"])


def _receive_sheet(upload: Upload, name: str, stream: BinaryIO, incoming: Incoming | None) -> Receipt:
    data = stream.read(MAX_BYTES + 1)
    sheet = products.receive_sheet(upload.catalog, name, data, upload.by, upload=upload)
    _mark_finished(incoming)
    return Receipt("sheet", name, sheet=sheet)


def _receive_archive(upload: Upload, name: str, stream: BinaryIO, incoming: Incoming | None) -> Receipt:
    stored = default_storage.save(f"catalogs/{upload.catalog_id}/archives/{uuid.uuid4()}.zip", File(stream))
    with transaction.atomic():
        size = stream.seek(0, 2)
        incoming = incoming or Incoming(upload=upload, name=name, size=size)
        incoming.archive.name = stored
        incoming.finished_at = incoming.finished_at or timezone.now()
        incoming.save()
        queue_unpacking(incoming)
    return Receipt("archive", name, incoming=incoming)


def _source_path(upload: Upload, name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    safe = suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= 6 else ""
    return f"catalogs/{upload.catalog_id}/sources/{uuid.uuid4()}{safe}"


@contextmanager
def _staged(stream: IO[bytes]) -> Iterator[tuple[BinaryIO, str, int]]:
    """A seekable copy with its SHA-256 and size: object stores read a body more than once."""
    digest, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        while piece := stream.read(PIECE):
            digest.update(piece)
            size += len(piece)
            copy.write(piece)
        copy.seek(0)
        yield cast(BinaryIO, copy), digest.hexdigest(), size
