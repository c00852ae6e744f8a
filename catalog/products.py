"""Products: finding the one a photo shows, and taking a product sheet into a catalog."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import PurePosixPath
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from catalog import files, refusals, sheet_files, sheets
from catalog.models import Catalog, NamedFile, Product, SheetImport, Upload
from catalog.naming import NameParts
from catalog.sheets import ProductRow, SheetReading

log = logging.getLogger(__name__)

FIELDS = (
    "title", "description", "category", "colour", "material", "brand", "gtin", "asin", "handle", "height", "width",
)  # fmt: skip
CHUNK = 500


def find(catalog: Catalog, sku: str) -> Product | None:
    """The product with this SKU; if there is none, the only one that differs in capitals alone."""
    exact = Product.objects.filter(catalog=catalog, sku=sku).first()
    if exact:
        return exact
    loose = list(Product.objects.filter(catalog=catalog, sku__iexact=sku)[:2])
    return loose[0] if len(loose) == 1 else None


def lock(catalog: Catalog) -> None:
    """Keep imports and intake's look at the products apart; held until the caller's transaction ends."""
    Catalog.objects.select_for_update().only("pk").get(pk=catalog.pk)


def named_in_sheet(catalog: Catalog, filename: str) -> NameParts | None:
    """The product and view of a file that a product sheet names; its first file is the front, others are numbered."""
    name = PurePosixPath(filename).name
    named = NamedFile.objects.filter(catalog=catalog, name=name).select_related("product").first()
    if named is None:
        return None
    if parts := catalog.intake_standard.parse(filename):
        return NameParts(named.product.sku, parts.view)
    before = named.product.named_files.filter(pk__lt=named.pk).count()
    return NameParts(named.product.sku, str(before + 1) if before else "front")


def create_from_name(catalog: Catalog, sku: str) -> Product:
    """A product that only a file name tells of, for catalogs whose standard creates unknown products."""
    return Product.objects.get_or_create(catalog=catalog, sku=sku)[0]


def receive_sheet(catalog: Catalog, name: str, data: bytes, by: User, *, upload: Upload | None = None) -> SheetImport:
    """Store a product sheet and take its products at once if its columns are recognised, or wait for a mapping."""
    return take(store_sheet(catalog, name, data, by, upload=upload))


def store_sheet(catalog: Catalog, name: str, data: bytes, by: User, *, upload: Upload | None = None) -> SheetImport:
    """Keep a product sheet as it came, until somebody has looked at its columns; nothing is taken yet."""
    stored = default_storage.save(f"catalogs/{catalog.pk}/sheets/{PurePosixPath(name).name[-80:]}", ContentFile(data))
    record = SheetImport(catalog=catalog, upload=upload, by=by, name=name[:500])
    record.file.name = stored
    record.save()
    return record


def reading_of(record: SheetImport, mapping: Mapping[str, str] | None = None) -> SheetReading:
    """Read the stored sheet again. Raises SheetRefused."""
    with files.opened(record.file) as stream:
        data = stream.read()
    reading = sheets.read(data, mapping)
    return replace(reading, notes=(*reading.notes, *sheet_files.name_notes(record.name, data)))


def take(record: SheetImport, mapping: Mapping[str, str] | None = None) -> SheetImport:
    """Create and update the products of a sheet; photos that were refused for want of them are inspected again."""
    try:
        reading = reading_of(record, mapping)
    except sheets.SheetRefused as refused:
        record.state = SheetImport.State.REFUSED
        record.refusals = [{"row": None, "sku": "", **refused.finding.as_dict()}]
        record.save()
        return record
    record.mapping = dict(reading.mapping)
    record.notes = [note.as_dict() for note in reading.notes]
    if reading.needs_mapping:
        record.state = SheetImport.State.WAITING
        record.save()
        return record
    _take_rows(record, reading)
    return record


def _take_rows(record: SheetImport, reading: SheetReading) -> None:
    with transaction.atomic():
        lock(record.catalog)
        record.created, record.updated, record.unchanged = _write(record.catalog, reading)
        _name_files(record.catalog, reading)
        record.refusals = [
            {"row": refusal.row, "sku": refusal.sku, **asdict(refusal.finding)} for refusal in reading.refusals
        ]
        note = f"Inspected again, since {record.name} was imported."
        record.rechecked = refusals.recheck_healed(record.catalog, by=record.by, note=note)
        record.state = SheetImport.State.DONE
        record.save()


def _write(catalog: Catalog, reading: SheetReading) -> tuple[int, int, int]:
    """Write the products; a column that the sheet lacks, or a blank cell, changes nothing."""
    known = {product.sku: product for product in Product.objects.filter(catalog=catalog)}
    new = [Product(catalog=catalog, sku=row.sku, **_values(row)) for row in reading.products if row.sku not in known]
    changed = [product for row in reading.products if row.sku in known and (product := _changed(known[row.sku], row))]
    Product.objects.bulk_create(new, batch_size=CHUNK)
    Product.objects.bulk_update(changed, FIELDS, batch_size=CHUNK)
    return len(new), len(changed), len(reading.products) - len(new) - len(changed)


def _values(row: ProductRow) -> dict[str, Any]:
    return {field: value for field, value in row.values.items() if field in FIELDS}


def _changed(product: Product, row: ProductRow) -> Product | None:
    values = {field: value for field, value in _values(row).items() if getattr(product, field) != value}
    for field, value in values.items():
        setattr(product, field, value)
    return product if values else None


def _name_files(catalog: Catalog, reading: SheetReading) -> None:
    """Remember which files the sheet names; of two products that name one file, the first keeps it."""
    named = {row.sku: row.images for row in reading.products if row.images}
    ids = dict(Product.objects.filter(catalog=catalog, sku__in=list(named)).values_list("sku", "pk"))
    rows = [
        NamedFile(catalog=catalog, product_id=ids[sku], name=name[:255])
        for sku, names in named.items()
        for name in names
    ]
    NamedFile.objects.bulk_create(rows, ignore_conflicts=True, batch_size=CHUNK)
