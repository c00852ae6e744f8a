"""Archives on their way into an upload: each entry through the one door, repeatable after a killed worker."""

from datetime import timedelta
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from catalog import archives, batches, files, uploads
from catalog.archives import ArchiveRefused, Entry
from catalog.findings import Finding
from catalog.models import Incoming, Upload
from catalog.products import receive_sheet
from catalog.sheet_files import MAX_BYTES

EVERY = 10


def unpack(pk: UUID | str) -> None:
    """Unpack the stored archive of the Incoming `pk`; nothing happens when that has been done."""
    incoming = Incoming.objects.select_related("upload__catalog", "upload__by").filter(pk=pk, unpacked_at=None).first()
    if incoming is None or not incoming.archive:
        return
    try:
        with files.opened(incoming.archive) as stream:
            take_entries(incoming.upload, stream, incoming)
    except (ArchiveRefused, FileNotFoundError) as error:
        _refuse_whole(incoming, error)
    _close(incoming)


def take_entries(upload: Upload, stream: BinaryIO, incoming: Incoming | None = None) -> int:
    """Take every file of an archive into `upload`, sheets first so that photos find their products.

    Names get the archive's own in front when `incoming` tells it. What an earlier try took is passed over. Returns
    how many photos there are of it. Raises ArchiveRefused when the archive as a whole can't be taken.
    """
    found = list(archives.entries(stream))
    folder = f"{incoming.name}/" if incoming else ""
    if ignored := [folder + entry.name for entry in found if entry.ignored]:
        uploads.ignore(upload, ignored)
    files_in_it = sorted((entry for entry in found if not entry.ignored), key=lambda entry: not _is_sheet(entry))
    known = set(upload.photos.values_list("name", flat=True)) | set(upload.sheets.values_list("name", flat=True))
    for done, entry in enumerate(files_in_it, start=1):
        if folder + entry.name not in known:
            _take(upload, entry, folder + entry.name)
        if incoming and (done % EVERY == 0 or done == len(files_in_it)):
            Incoming.objects.filter(pk=incoming.pk).update(entries=len(files_in_it), taken=done)
    return sum(not _is_sheet(entry) for entry in files_in_it)


def requeue_stalled() -> int:
    """Queue again the archives that a dead worker or an emptied queue left behind; returns how many."""
    limit = timezone.now() - timedelta(seconds=max(settings.STALLED_SECONDS, 600))
    stalled = Incoming.objects.exclude(archive="").filter(unpacked_at=None, finished_at__lt=limit)
    for incoming in stalled:
        uploads.queue_unpacking(incoming, occasion=f"s{timezone.now():%Y%m%d%H%M}")
    return len(stalled)


def _is_sheet(entry: Entry) -> bool:
    return entry.finding is None and entry.name.lower().endswith(uploads.SHEET_SUFFIXES)


def _take(upload: Upload, entry: Entry, name: str) -> None:
    if entry.finding:
        uploads.refuse_entry(upload, name, entry.finding, size=entry.info.file_size)
        return
    try:
        with entry.open() as stream:
            if _is_sheet(entry):
                receive_sheet(upload.catalog, name, stream.read(MAX_BYTES + 1), upload.by, upload=upload)
            else:
                uploads.receive_photo(upload, name, stream)
    except ArchiveRefused as refused:
        uploads.refuse_entry(upload, name, refused.finding, size=entry.info.file_size)


def _refuse_whole(incoming: Incoming, error: Exception) -> None:
    """The archive itself stands among the refused, so that nobody wonders where its photos are."""
    missing = Finding("archive_unreadable", "the stored archive is gone", "the uploaded archive", "Upload it again.")
    finding = error.finding if isinstance(error, ArchiveRefused) else missing
    uploads.refuse_entry(incoming.upload, incoming.name, finding, size=incoming.size)
    Incoming.objects.filter(pk=incoming.pk).update(fault=finding.as_dict())


def _close(incoming: Incoming) -> None:
    """Only now may the archive go: every file in it is in the storage by itself."""
    Incoming.objects.filter(pk=incoming.pk).update(unpacked_at=timezone.now())
    default_storage.delete(str(incoming.archive.name))
    batches.seal(incoming.upload)
