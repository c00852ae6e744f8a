"""What is handed over of an export: its pictures, the sheets that map them to products, a manifest, one ZIP."""

import csv
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, BinaryIO, NamedTuple, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog import files, marketplaces, stages, webhooks
from catalog.flow import Stage
from catalog.image_sheets import Picture, harmless
from catalog.models import Photo
from catalog.product_names import ProductNames
from processing import mockup_exports
from processing.exports import OPEN_STATES, TO_WRITE, chunks, known_of, names_of, sku_of
from processing.models import Export, ExportFile

MANIFEST = (
    "marketplace", "file", "sku", "view", "source", "width", "height", "bytes", "sha256", "alt_text", "notes",
)  # fmt: skip
LEFT_OUT = ("marketplace", "source", "sku", "reason")
LINKS_NOTE = (
    "The sheets' image columns hold file names: put the public address of the pictures in front of them before "
    "you import a sheet, or have Loupe do it (setting LOUPE_PICTURES)."
)
PUBLISH_NOTE = "The sheets' links lead to {}: put the ZIP's folders there before you import a sheet."
# So many products are named in a note.
NAMED = 5
PACK_BYTES = 1024 * 1024


def finish(pk: int) -> Export | None:
    """Pack the archive, move the released photos to DELIVERED, and close the export.

    None when files are still to be written, or somebody else has closed it. Until the last statement nobody sees an
    archive, so a worker that dies on the way leaves none behind.
    """
    export = Export.objects.select_related("catalog", "by").filter(pk=pk, state__in=OPEN_STATES).first()
    if export is None or export.files.filter(TO_WRITE).exists():
        return None
    archive, size = pack(export)
    if not _close(export, archive, size):
        default_storage.delete(archive)
        return None
    export.refresh_from_db()
    return export


def pack(export: Export) -> tuple[str, int]:
    """Write the archive into the storage; returns its name there and its bytes."""
    # A temporary file without a name: it is gone with the process, whatever happens.
    with tempfile.TemporaryFile() as handle:
        with zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED) as archive:
            for name, content in contents(export):
                _add(archive, export, name, content)
        size = handle.tell()
        handle.seek(0)
        name = f"catalogs/{export.catalog_id}/exports/{export.pk}/{archive_name(export)}"
        return default_storage.save(name, File(cast(IO[bytes], handle))), size


def archive_name(export: Export) -> str:
    """What a downloaded archive is called."""
    return f"{export.catalog.slug}-{export}.zip"


def contents(export: Export) -> Iterator[tuple[str, BinaryIO]]:
    """Name and bytes of everything in the export, one open at a time: pictures, sheets, manifest, what is missing."""
    rows = written(export)
    for row in rows:
        with files.opened(row.file) as stream:
            yield f"{row.marketplace}/{row.name}", stream
    names = names_of(export.catalog_id)
    for slug in export.marketplaces:
        here = [row for row in rows if row.marketplace == slug]
        pictures = [picture_of(row, names) for row in here]
        whole = [picture_of(row, names) for row in with_earlier(here)]
        for sheet in marketplaces.preset(slug).sheets if pictures else ():
            text = sheet.write(whole if sheet.a_row_is == "product" else pictures)
            yield f"{slug}/{sheet.name}", io.BytesIO(text.encode())
    yield "manifest.csv", io.BytesIO(table(MANIFEST, map(_manifest_row, rows)))
    if missing := left_out(export):
        yield "left-out.csv", io.BytesIO(table(LEFT_OUT, [row[: len(LEFT_OUT)] for row in missing]))


def written(export: Export) -> list[ExportFile]:
    """The export's pictures, sorted as sheets need them."""
    rows = export.files.exclude(file="").select_related("photo__product", "mockup__scene")
    return sorted(rows, key=_by_product)


def with_earlier(rows: Sequence[ExportFile]) -> list[ExportFile]:
    """An export's rows of one marketplace, and what it got earlier of the same products and has still.

    In each place of a product stands what was written there last. A mock-up that shows an older cut-out is to go.
    """
    if not rows:
        return []
    first = rows[0]
    earlier = ExportFile.objects.filter(marketplace=first.marketplace, export__state=Export.State.DONE)
    related = earlier.select_related("photo__product", "mockup__scene")
    good = related.exclude(Q(mockup__isnull=False) & mockup_exports.outdated())
    others = good.exclude(file="").exclude(export=first.export_id).order_by("pk")
    names, shown = {row.name for row in rows}, {mockup_exports.shown(row) for row in rows}
    products = sorted({row.photo.product_id for row in rows if row.photo.product_id})
    found = (row for some in chunks(products) for row in others.filter(photo__product__in=some))
    newest = {
        mockup_exports.shown(row): row
        for row in found
        if mockup_exports.shown(row) not in shown and row.name not in names
    }
    last = sorted(newest.values(), key=lambda row: row.pk)
    places = {(row.photo.product_id, row.position): row for row in last}
    places |= {(row.photo.product_id or -row.photo_id, row.position): row for row in rows}
    return sorted(places.values(), key=_by_product)


def _by_product(row: ExportFile) -> tuple[str, str, int]:
    return row.marketplace, sku_of(row.photo), row.position


class LeftOut(NamedTuple):
    """A picture that is not in an export, and why; no marketplace stands for all of them. The file is the source's."""

    marketplace: str
    file: str
    sku: str
    reason: str
    photo: int | None


def left_out(export: Export) -> list[LeftOut]:
    """What is not in the export: first what was not planned, then what could not be written."""
    planned = [
        LeftOut("", entry["file"], entry.get("sku", ""), entry["reason"], entry.get("photo"))
        for entry in export.left_out
    ]
    rows = export.files.exclude(left_out="").select_related("photo__product").order_by("pk")
    return planned + [
        LeftOut(row.marketplace, row.photo.name, sku_of(row.photo), row.left_out, row.photo_id) for row in rows
    ]


def picture_of(row: ExportFile, names: ProductNames) -> Picture:
    """A written picture with its product, as the marketplaces' sheets take it."""
    photo, product = row.photo, row.photo.product
    address = settings.PICTURES_ADDRESS
    fields = ("title", "description", "brand", "colour", "material", "category")
    known = known_of(photo)
    own = names.own(known)
    return Picture(
        file=row.name,
        source=photo.name,
        sku=sku_of(photo),
        view=mockup_exports.view_of(row),
        in_scene=row.mockup_id is not None,
        position=row.position,
        alt_text=row.alt_text,
        width=row.width,
        height=row.height,
        folder=f"{address}/{row.marketplace}/" if address else "",
        handle=names.handle(known),
        # Another product's would put this picture on its listing.
        asin=own.asin,
        gtin=own.gtin,
        **({name: getattr(product, name) for name in fields} if product else {}),
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file (RFC 4180) in UTF-8 for people: no cell of it is taken for a formula."""
    handle = io.StringIO(newline="")
    writer = csv.writer(handle)
    writer.writerow(headings)
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return handle.getvalue().encode()


def _manifest_row(row: ExportFile) -> Sequence[object]:
    photo = row.photo
    names = (row.marketplace, row.name, sku_of(photo), mockup_exports.view_of(row), photo.name)
    return (*names, row.width, row.height, row.bytes, row.sha256, row.alt_text, "; ".join(row.notes))


def _add(archive: zipfile.ZipFile, export: Export, name: str, content: BinaryIO) -> None:
    """Copy one file into the archive in pieces, dated by its export so that equal exports are equal archives."""
    made = export.created_at.timetuple()[:6]
    info = zipfile.ZipInfo(name, made)
    info.external_attr = 0o644 << 16
    with archive.open(info, "w", force_zip64=True) as target:
        shutil.copyfileobj(content, target, PACK_BYTES)


def _close(export: Export, archive: str, size: int) -> bool:
    notes = [*export.notes, *_lacking(export)]
    if any(slug != "cutout" for slug in export.marketplaces):
        notes.append(PUBLISH_NOTE.format(settings.PICTURES_ADDRESS) if settings.PICTURES_ADDRESS else LINKS_NOTE)
    with transaction.atomic():
        closed = Export.objects.filter(pk=export.pk, state__in=OPEN_STATES).update(
            state=Export.State.DONE, archive=archive, archive_bytes=size, notes=notes, finished_at=timezone.now()
        )
        if closed:
            _deliver(export)
            facts = {"export": export.pk, "name": str(export), "catalog": export.catalog.slug, "bytes": size}
            webhooks.note("export.ready", **facts)
    return bool(closed)


def _lacking(export: Export) -> list[str]:
    """Notes, by marketplace, on products whose main picture is not there, or fewer pictures than are wanted."""
    notes = []
    rows = written(export)
    for slug in export.marketplaces:
        preset = marketplaces.preset(slug)
        if preset.keeps_source_size:
            continue
        places: dict[str, set[int]] = {}
        for row in with_earlier([row for row in rows if row.marketplace == slug]):
            places.setdefault(sku_of(row.photo), set()).add(row.position)
        if without := [sku for sku, taken in places.items() if 0 not in taken]:
            notes.append(f"{preset.label}: no main picture could be delivered of {_named(without)}.")
        if few := [sku for sku, taken in places.items() if len(taken) < preset.least_pictures]:
            wanted = f"{preset.label} wants at least {preset.least_pictures} pictures of a product"
            notes.append(f"{wanted}; there are fewer of {_named(few)}.")
    return notes


def _named(skus: Sequence[str]) -> str:
    """The first few, and how many more."""
    return ", ".join(skus[:NAMED]) + (f" and {len(skus) - NAMED} more" if len(skus) > NAMED else "")


def _deliver(export: Export) -> None:
    """Approved photos with at least one written file become delivered; others stay where they are."""
    # A product's mock-up goes along with its other photos too, which does not deliver the photo that it shows.
    delivered = export.files.exclude(file="").filter(mockup=None).values("photo")
    for photo in Photo.objects.filter(pk__in=delivered, stage=Stage.APPROVED):
        try:
            stages.move(photo, Stage.DELIVERED, by=export.by, note=f"Export {export}", data={"export": export.pk})
        except stages.Refused:
            # It was taken back between the picture and the archive; its new output needs a new export.
            continue
