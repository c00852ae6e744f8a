"""Writing an export's pictures: one photo at a time, those that were made already as they are, the others rendered from
its source and stored alpha, which are opened once. Idempotent."""

import hashlib
import logging
from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from catalog import marketplaces
from processing import delivery, mockup_exports, outputs, renditions
from processing.delivery import Delivered
from processing.exports import OPEN_STATES, TO_WRITE, facts_of, queue_finish
from processing.imaging.faults import Fault
from processing.imaging.frame import Frame
from processing.metadata import Inherited
from processing.models import Export, ExportFile

log = logging.getLogger(__name__)


def write_photo(export_pk: int, photo_pk: int) -> int:
    """Write the photo's files that are still to be written; returns how many this call wrote.

    The last photo of an export queues the packing of its archive.
    """
    export = Export.objects.filter(pk=export_pk, state__in=OPEN_STATES).first()
    if export is None:
        return 0
    Export.objects.filter(pk=export.pk, state=Export.State.QUEUED).update(state=Export.State.RUNNING)
    written = sum(_write_output(rows) for rows in _by_output(export, photo_pk))
    written += sum(_write_mockup(row) for row in mockup_exports.open_rows(export, photo_pk))
    Export.objects.filter(pk=export.pk).update(touched_at=timezone.now())
    if not export.files.filter(TO_WRITE).exists():
        with transaction.atomic():
            queue_finish(export, f"p{photo_pk}")
    return written


def _by_output(export: Export, photo_pk: int) -> list[list[ExportFile]]:
    """The photo's open rows, those of one output together."""
    rows = export.files.filter(TO_WRITE, photo=photo_pk, mockup=None).select_related(
        "output__photo__catalog", "photo__product", "export"
    )
    groups: dict[int, list[ExportFile]] = {}
    for row in rows:
        groups.setdefault(row.output_id, []).append(row)
    return list(groups.values())


def _write_output(rows: Sequence[ExportFile]) -> int:
    try:
        source = renditions.inherited_of(rows[0].photo)
        left = [row for row in rows if not _take(row, source)]
        frame = outputs.reopen(rows[0].output)[1].frame if left else None
    except (Fault, FileNotFoundError) as fault:
        for row in rows:
            _leave_out(row, fault)
        return 0
    made = sum(_write(row, frame, source) for row in left) if frame else 0
    return len(rows) - len(left) + made


def _take(row: ExportFile, source: Inherited) -> bool:
    """Whether the row's picture was made already, and is kept now."""
    made = renditions.take(row, source)
    return made is not None and _keep(row, made)


def _write(row: ExportFile, frame: Frame, source: Inherited) -> bool:
    preset = marketplaces.preset(row.marketplace)
    try:
        made = delivery.deliver(frame, preset, facts_of(row.photo), row.photo.view, source)
    except Exception as error:  # whatever it is, it would come again; a storage that is away is tried again instead
        _leave_out(row, error)
        return False
    return _keep(row, made)


def _write_mockup(row: ExportFile) -> bool:
    try:
        source, picture = renditions.inherited_of(row.photo), mockup_exports.read(row)
    except FileNotFoundError as lost:
        _leave_out(row, lost)
        return False
    try:
        made = mockup_exports.deliver(row, picture, facts_of(row.photo), source)
    except Exception as error:  # as above
        _leave_out(row, error)
        return False
    return _keep(row, made)


def _keep(row: ExportFile, made: Delivered) -> bool:
    """Store the file, then name it in the row; False when another worker was first, whose file stays."""
    folder = f"catalogs/{row.export.catalog_id}/exports/{row.export_id}/{row.marketplace}"
    stored = default_storage.save(f"{folder}/{row.name}", ContentFile(made.data))
    kept = ExportFile.objects.filter(TO_WRITE, pk=row.pk).update(
        file=stored,
        sha256=hashlib.sha256(made.data).hexdigest(),
        bytes=len(made.data),
        width=made.size[0],
        height=made.size[1],
        alt_text=made.alt_text,
        notes=[*row.notes, *made.notes],
    )
    if not kept:
        default_storage.delete(stored)
    return bool(kept)


def _leave_out(row: ExportFile, why: Exception) -> None:
    ExportFile.objects.filter(TO_WRITE, pk=row.pk).update(left_out=_reason(why)[:500])
    log.warning("%s of %s is left out", row, row.export, exc_info=None if isinstance(why, Fault) else why)


def _reason(why: Exception) -> str:
    if isinstance(why, Fault):
        return str(why)
    if isinstance(why, FileNotFoundError):
        return "A file of the photo is missing in the storage. Upload the photo again."
    return f"Rendering broke with {type(why).__name__}: {why}. Send the worker's log to the maintainers."
