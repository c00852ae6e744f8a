"""Files that arrive in pieces by tus 1.0: their bytes on this machine's disk until the last one is there.

The file's size is the offset: nothing else is written down, so nothing can disagree after a crash.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.http import UnreadablePostError
from django.utils import timezone

from catalog import uploads
from catalog.models import Incoming, Photo, Upload

PIECE = 1 << 18
RESERVE = 1_000_000_000  # bytes of disk that stay free for everything else
KEPT_FOR = timedelta(days=2)
QUIET_FOR = timedelta(hours=1)


class Body(Protocol):
    """What carries a request's bytes."""

    def read(self, size: int, /) -> bytes: ...


class Busy(Exception):
    """Another request writes to this file at the moment."""


class TooLarge(Exception):
    """The file is larger than this instance takes, or than its disk has room for; the message is for a page."""


def path_of(incoming: Incoming) -> Path:
    """Where the bytes lie until they are complete."""
    return Path(settings.INCOMING_DIR) / str(incoming.pk)


def create(upload: Upload, name: str, size: int) -> Incoming:
    """Make room for a file of `size` bytes. Raises TooLarge."""
    folder = Path(settings.INCOMING_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    must_fit(size, folder)
    incoming = Incoming.objects.create(upload=upload, name=uploads.clean_name(name), size=size)
    path_of(incoming).touch(mode=0o600)
    return incoming


def must_fit(size: int, folder: Path) -> None:
    """Raises TooLarge for more bytes than this instance takes, or than the disk of ``folder`` has room for."""
    if size > settings.MAX_UPLOAD_BYTES:
        raise TooLarge(f"{size / 1e6:.0f} MB; this instance takes at most {settings.MAX_UPLOAD_BYTES / 1e6:.0f} MB.")
    if size > shutil.disk_usage(folder).free - RESERVE:
        raise TooLarge("The disk of this instance is full; ask whoever runs it to make room.")


def offset(incoming: Incoming) -> int:
    """How many bytes have arrived; 0 when the partial file was lost, so that the sender starts again."""
    if incoming.finished_at:
        return incoming.size
    path = path_of(incoming)
    return path.stat().st_size if path.exists() else 0


@contextmanager
def locked(incoming: Incoming) -> Iterator[BinaryIO]:
    """The partial file, opened for appending by this request alone. Raises Busy."""
    with path_of(incoming).open("a+b") as partial:
        try:
            fcntl.flock(partial, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(incoming.name) from error
        incoming.refresh_from_db(fields=["finished_at"])
        yield partial


def append(partial: BinaryIO, body: Body, room: int) -> None:
    """Append what arrives, at most `room` bytes, and keep it when the connection breaks half-way."""
    try:
        while room > 0 and (piece := body.read(min(PIECE, room))):
            partial.write(piece)
            room -= len(piece)
    except (UnreadablePostError, OSError):
        pass  # the sender asks for the offset and goes on from there
    finally:
        partial.flush()


def complete(incoming: Incoming, partial: BinaryIO) -> None:
    """The last byte is there: hand the file on, once. Raises OSError when the storage fails; then it is tried again."""
    if not incoming.finished_at:
        uploads.receive(incoming.upload, incoming.name, partial, incoming=incoming)
    path_of(incoming).unlink(missing_ok=True)


def drop(incoming: Incoming) -> None:
    """Forget a file that was cancelled; one that has been handed on stays."""
    path_of(incoming).unlink(missing_ok=True)
    if not incoming.finished_at:
        incoming.delete()


def expire() -> int:
    """Forget what nobody has gone on with for two days, and close their uploads; returns how many files."""
    old = Incoming.objects.filter(finished_at=None, created_at__lt=timezone.now() - KEPT_FOR).select_related("upload")
    stale = [incoming for incoming in old if _untouched(path_of(incoming))]
    for incoming in stale:
        drop(incoming)
    for upload in {incoming.upload for incoming in stale}:
        uploads.finish(upload)
    return len(stale)


def close_abandoned() -> int:
    """Finish uploads whose page was closed after the last file had arrived but before it said so; returns how many."""
    before = timezone.now() - QUIET_FOR
    arriving = Incoming.objects.filter(Q(finished_at=None) | Q(finished_at__gte=before), upload=OuterRef("pk"))
    fresh = Photo.objects.filter(upload=OuterRef("pk"), created_at__gte=before)
    silent = Upload.objects.filter(~Exists(arriving), ~Exists(fresh), finished_at=None, created_at__lt=before)
    for upload in silent:
        uploads.finish(upload)
    return len(silent)


def _untouched(path: Path) -> bool:
    return not path.exists() or path.stat().st_mtime < (timezone.now() - KEPT_FOR).timestamp()
