"""Owns a run without a browser: files in by the same door, the same jobs, the same export, and a report."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from catalog import archives, catalogs, marketplaces, products, refusals, sheet_files, uploads
from catalog.flow import MACHINE_STAGES, BatchState, Stage
from catalog.models import Catalog, Upload
from catalog.people import Role, give_roles
from catalog.standards import InvalidStandard
from config import source_files, startup
from config.engine import Engine
from processing import export_archive, exports
from processing.models import Export
from review import reports

POLL_SECONDS = 0.25
# Without any change for so long, something is broken that nobody repairs by waiting.
STUCK_SECONDS = 3 * settings.RUN_LEASE_SECONDS
PERSON = "command-line"
UNFINISHED_BATCHES = (BatchState.FILLING, BatchState.PROCESSING)

Say = Callable[[str], None]
# Done and total, for a bar.
Show = Callable[[int, int], None]


class Stuck(Exception):
    """Nothing has moved for a long time; the message says where it stopped."""


@dataclass(frozen=True)
class Order:
    """What a run is asked to do; checked before it is made."""

    source: Path
    catalog: str
    metadata: Path | None = None
    min_edge: int | None = None
    marketplaces: tuple[str, ...] = ()
    out: Path | None = None
    release_unreviewed: bool = False


@dataclass
class Outcome:
    """What a run gave, as the report wants it."""

    upload: Upload
    photos: list[dict[str, Any]]
    seconds: float
    workers: int
    export: Export | None = None
    notes: list[str] = field(default_factory=list)
    # What an earlier run of the same command had processed before it was interrupted.
    before: int = 0

    @property
    def processed(self) -> int:
        """How many photos came through the machine with an output."""
        return reports.processed(self.photos)

    def report(self) -> dict[str, Any]:
        """The report of the headless contract; ``images_per_hour`` counts photos processed now, export included."""
        return {
            "images_per_hour": round((self.processed - self.before) / self.seconds * 3600, 1),
            "wall_seconds": round(self.seconds, 2),
            "workers": self.workers,
            "catalog": self.upload.catalog.slug,
            "upload": self.upload.pk,
            "export": str(self.export) if self.export else None,
            "notes": self.notes,
            "batches": reports.batch_rows(self.upload),
            "photos": self.photos,
        }


def run(order: Order, engine: Engine, say: Say, show: Show) -> Outcome:
    """Receive, process and export the order's photos; what an interrupted run of the same order left, it goes on with.

    Raises Stuck, CannotStart where the same order is being carried out, and OSError when no file can be kept; what was
    done until then stays in the catalog.
    """
    begun = time.monotonic()
    with startup.only_run(Path(settings.HOME), f"{order.catalog}\n{order.source.resolve()}"):
        by = person()
        catalog, notes = catalog_for(order, by)
        upload = unfinished(order, catalog, by)
        before = 0
        if upload:
            before = reports.processed(reports.photo_rows(upload))
            notes.append(f"An earlier run did not end; this one goes on with its upload ({before} photos processed).")
        for note in notes:
            say(note)
        upload = upload or begin(order, catalog, by)
        gone = receive(order, upload, show)
        if gone:
            notes.append(f"{len(gone)} photos of the earlier run are no longer in {order.source.name}: not delivered.")
            say(notes[-1])
        wait_for_machine(upload, engine, show)
        export = deliver(order, upload, by, engine, show, without=gone)
        rows = reports.photo_rows(upload)
        if export:
            _add_outputs(rows, export, folder_for(order, upload))
    return Outcome(upload, rows, time.monotonic() - begun, engine.workers, export, notes, before)


def end(upload: Upload) -> None:
    """The run has come to its end, its report written: the same command begins a new one."""
    Upload.objects.filter(pk=upload.pk).update(run_source="")


def person() -> User:
    """Who a headless upload belongs to. The demo people come first, since they are made only where nobody is yet."""
    startup.demo_people()
    user, created = User.objects.get_or_create(username=PERSON, defaults={"first_name": "Command line"})
    if created:
        user.set_unusable_password()
        user.save()
        give_roles(user, Role.OPERATOR)
    return user


def catalog_for(order: Order, by: User) -> tuple[Catalog, list[str]]:
    """The catalog of that name, with its standard as the order wants it, and notes on that.

    If there is none it is made, for the order's marketplaces.
    """
    lead = User.objects.filter(groups__name=Role.LEAD.value, is_active=True).order_by("pk").first()
    with transaction.atomic():
        fresh = {"owner": lead or by, "marketplaces": list(order.marketplaces)}
        catalog, created = Catalog.objects.get_or_create(
            name=order.catalog, defaults={"slug": catalogs.free_slug(order.catalog), **fresh}
        )
        changes, notes = _standard(order, catalog)
        if changes:
            catalog.standard = {**catalog.standard, **changes}
            catalog.save(update_fields=["standard"])
    served = ", ".join(marketplaces.preset(slug).label for slug in catalog.marketplaces)
    made = f"The catalog {catalog} was created{f', for {served}' if served else ''}."
    return catalog, ([made, *notes] if created else notes)


def unfinished(order: Order, catalog: Catalog, by: User) -> Upload | None:
    """The upload of an earlier run of this order that did not come to its end."""
    return Upload.objects.filter(catalog=catalog, by=by, run_source=_source_name(order)).first()


def begin(order: Order, catalog: Catalog, by: User) -> Upload:
    """A new upload, marked as that of a run until the run has come to its end."""
    upload = uploads.open_upload(catalog, by, name=order.source.name)
    upload.run_source = _source_name(order)
    upload.save(update_fields=["run_source"])
    return upload


def receive(order: Order, upload: Upload, show: Show) -> set[int]:
    """Take the sheet, then every file of the folder in name order, or the ZIP, through the browser's own door.

    What the upload has already is passed over; what was refused is inspected again, since the order may be another
    one now. Returns the photos that the upload has and the source no longer holds. Raises OSError when no file can be
    kept.
    """
    upload.photos.filter(stage=Stage.REJECTED, rejections__code__in=source_files.CODES).delete()
    refused = list(upload.photos.filter(stage=Stage.REJECTED))
    before = Before.of(upload)
    if order.metadata:
        data, name = order.metadata.read_bytes(), archives.printable(order.metadata.name)
        products.receive_sheet(upload.catalog, name, data, upload.by, upload=upload)
    found = source_files.find(order.source, but=order.metadata)
    for name, finding in found.refused:
        uploads.refuse_entry(upload, uploads.clean_name(name), finding)
    for number, (name, file) in enumerate(found.files, start=1):
        _take(upload, name, file, before)
        show(0, number)
    for photo in refused:
        refusals.recheck(photo, note="Inspected again by a further run of the same command.")
    uploads.finish(upload)
    return before.gone()


@dataclass
class Before:
    """What an upload has when a run goes on with it: photos by name and digest, archives by name and size."""

    photos: dict[tuple[str, str], int]
    names: set[str]
    archives: set[tuple[str, int]]
    met: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, upload: Upload) -> "Before":
        """All of the upload that came as files of their own."""
        rows = upload.photos.exclude(sha256="").values_list("name", "sha256", "pk")
        photos = {(name, digest): pk for name, digest, pk in rows}
        return cls(photos, {name for name, _ in photos}, set(upload.incoming.values_list("name", "size")))

    def has(self, name: str, stream: BufferedReader) -> bool:
        """Whether the upload has this very file; the stream is left wherever it was read to."""
        if (name, os.fstat(stream.fileno()).st_size) in self.archives:
            return True
        if name not in self.names:
            return False
        pk = self.photos.get((name, hashlib.file_digest(stream, "sha256").hexdigest()))
        self.met |= {pk} if pk else set()
        return pk is not None

    def gone(self) -> set[int]:
        """The photos that were not met again; those out of an archive belong to it, and are not asked for."""
        packed = tuple(f"{name}/" for name, _ in self.archives)
        return {pk for (name, _), pk in self.photos.items() if pk not in self.met and not name.startswith(packed)}


def _take(upload: Upload, name: str, file: Path, before: Before) -> None:
    """Take a file, unless the upload has it; one that can't be opened stands among the refused."""
    try:
        stream = file.open("rb")
    except OSError as error:
        uploads.refuse_entry(upload, uploads.clean_name(name), source_files.no_access(error))
        return
    with stream:
        if not before.has(uploads.clean_name(name), stream):
            uploads.receive(upload, name, stream)


def wait_for_machine(upload: Upload, engine: Engine, show: Show) -> None:
    """Wait until no machine has anything left to do with the upload, and its batches' samples are drawn."""

    def standing() -> tuple[int, int, int, int]:
        total = upload.photos.count()
        moving = upload.photos.filter(stage__in=MACHINE_STAGES).count()
        packed = upload.incoming.exclude(archive="").filter(unpacked_at=None).count()
        batches = upload.batches.filter(state__in=UNFINISHED_BATCHES).count()
        return total - moving, total, packed, batches

    def done(now: tuple[int, int, int, int]) -> bool:
        show(now[0], now[1])
        return now[0] == now[1] and not any(now[2:])

    _wait(standing, done, engine, "photos")


def deliver(
    order: Order, upload: Upload, by: User, engine: Engine, show: Show, *, without: Collection[int] = ()
) -> Export | None:
    """Export what is released and copy it into the order's folder; None where no marketplace is asked for."""
    slugs = order.marketplaces or tuple(upload.catalog.marketplaces)
    if not slugs:
        return None
    photos = upload.photos.exclude(pk__in=without).values_list("pk", flat=True)
    export = exports.order(upload.catalog, by, slugs, photos=photos, unreviewed=order.release_unreviewed)

    def standing() -> tuple[int, str]:
        export.refresh_from_db()
        return exports.progress(export)["done"], export.state

    def done(now: tuple[int, str]) -> bool:
        show(now[0], export.total)
        return now[1] not in exports.OPEN_STATES

    _wait(standing, done, engine, "exported files")
    # Where nothing could be exported, what an earlier run has written stays as it is.
    if export_archive.written(export):
        write_out(export, folder_for(order, upload))
    return export


def folder_for(order: Order, upload: Upload) -> Path:
    """Where the export is copied to."""
    return order.out or Path(settings.HOME) / "out" / f"{upload.catalog.slug}-{upload.pk}"


def write_out(export: Export, folder: Path) -> None:
    """Copy everything of the export into a folder; each file appears whole or not at all. Raises OSError."""
    for name, content in export_archive.contents(export):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole(target) as handle:
            shutil.copyfileobj(content, handle)


def write_report(report: dict[str, Any], file: Path) -> None:
    """Write the report as JSON, whole or not at all. Raises OSError."""
    # Names that are no UTF-8 keep their bytes as JSON's own escapes.
    text = json.dumps(report, indent=1, ensure_ascii=False).encode(errors="backslashreplace")
    with whole(file) as handle:
        handle.write(text)


@contextmanager
def whole(target: Path) -> Iterator[BinaryIO]:
    """A file beside the target that takes its place at the end of the block, and goes if the block fails.

    Raises OSError that names the target.
    """
    # The name may be as long as the system allows, and then has no room for more.
    part = target.with_name(f".{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}.part")
    try:
        with part.open("wb") as handle:
            yield handle
        part.replace(target)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise


def _add_outputs(rows: Sequence[dict[str, Any]], export: Export, folder: Path) -> None:
    """Name each photo's delivered files in the report's rows."""
    by_photo = {row["id"]: row for row in rows}
    for file in export_archive.written(export):
        by_photo[file.photo_id]["outputs"][file.marketplace] = str(folder / file.marketplace / file.name)


def _source_name(order: Order) -> str:
    return archives.printable(str(order.source.resolve()))


def _standard(order: Order, catalog: Catalog) -> tuple[dict[str, Any], list[str]]:
    """What the order changes in the catalog's intake standard, and what to say about it. Raises InvalidStandard."""
    changes: dict[str, Any] = {}
    notes = []
    standard = catalog.intake_standard
    if order.min_edge and order.min_edge > standard.max_edge:
        words = (
            f"--min-edge is {order.min_edge} px, and no photo may be longer than {standard.max_edge} px. Give at most"
        )
        raise InvalidStandard("min_edge", f"{words} that, or have a lead change it in the catalog's settings.")
    if order.min_edge and order.min_edge != standard.min_edge:
        changes["min_edge"] = order.min_edge
        notes.append(f"The catalog's standard now asks for {order.min_edge} px on the longest edge (--min-edge).")
    if not order.metadata and not catalog.products.exists() and not _has_sheet(order.source):
        changes |= {"unknown_products": "create", "required_fields": []}
        notes.append("No product sheet: products are made from the file names, with nothing known but their SKU.")
    return changes, notes


def _has_sheet(source: Path) -> bool:
    if source.is_dir():
        return any(sheet_files.looks_like_sheet(name) for name, _ in source_files.find(source).files)
    try:
        with source.open("rb") as stream:
            return any(sheet_files.looks_like_sheet(entry.name) for entry in archives.entries(stream))
    except archives.ArchiveRefused:
        return False


def _wait(standing: Callable[[], Any], done: Callable[[Any], bool], engine: Engine, what: str) -> None:
    """Look again and again until ``done``; raises Stuck when nothing changes for STUCK_SECONDS."""
    last, since = None, time.monotonic()
    while not done(now := standing()):
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > STUCK_SECONDS:
            raise Stuck(
                f"Nothing has moved for {STUCK_SECONDS} s while waiting for {what} (standing: {now}). What is done "
                "stays; look at the workers' logs, then run: manage.py up"
            )
        engine.tend()
        time.sleep(POLL_SECONDS)
