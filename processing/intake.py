"""Intake: a received photo is checked against its catalog's standard, then routed and batched, or refused."""

import logging
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, cast

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Q

from catalog import batches, files, products, refusals, stages
from catalog.findings import Finding
from catalog.flow import Stage
from catalog.models import Photo, Product
from processing import routing
from processing.imaging import screens, traits
from processing.imaging.frame import Frame
from processing.intake_rules import Inspection, inspect

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """A photo that passed: its product, its small copies as stored, its traits."""

    product: Product
    preview: str
    thumb: str
    traits: traits.Traits


def inspect_photo(pk: int) -> None:
    """Inspect the photo `pk` and move it to READY or REJECTED. Nothing happens unless it is RECEIVED.

    Of photos with the same bytes the earliest is judged first, so the later one is always the duplicate.
    """
    photo = Photo.objects.select_related("catalog", "upload").filter(pk=pk, stage=Stage.RECEIVED).first()
    if photo is None:
        return
    for twin in _earlier_twins(photo):
        inspect_photo(twin)
    try:
        _judge(photo)
    except stages.Refused as reason:
        log.info("photo %s was inspected by somebody else: %s", pk, reason)
    batches.seal(photo.upload)


def _earlier_twins(photo: Photo) -> list[int]:
    """Photos with the same bytes that come first: in an earlier upload, or by name in the same one."""
    if not photo.sha256:
        return []
    twins = Photo.objects.filter(catalog=photo.catalog, sha256=photo.sha256, stage=Stage.RECEIVED)
    before = Q(upload__lt=photo.upload_id) | Q(upload=photo.upload_id, name__lt=photo.name)
    same_name = Q(upload=photo.upload_id, name=photo.name, pk__lt=photo.pk)
    return list(twins.filter(before | same_name).order_by("upload", "name", "pk").values_list("pk", flat=True))


def _judge(photo: Photo) -> None:
    try:
        with files.opened(photo.source) as stream:
            known_as = products.named_in_sheet(photo.catalog, photo.name)
            inspection = inspect(stream, photo.name, photo.catalog.intake_standard, known_as=known_as)
    except FileNotFoundError:
        refusals.refuse(photo, [_missing_source()])
        return
    product, findings, refused = _against_sheet(photo, inspection)
    if refused:
        _picture_refused(photo, inspection)
    elif product:
        _take(photo, inspection, product, findings)


def _against_sheet(photo: Photo, inspection: Inspection) -> tuple[Product | None, list[Finding], bool]:
    """Product, findings, and whether the photo was refused for them.

    Under the lock that a sheet's import takes: a product that is being imported is either seen here, or the import
    sees this refusal and has the photo inspected again.
    """
    with transaction.atomic():
        products.lock(photo.catalog)
        product, about_product = _product(photo, inspection)
        findings = [*inspection.findings, *about_product, *_duplicates(photo, inspection)]
        refused = any(finding.refuses for finding in findings)
        if refused:
            refusals.refuse(photo, findings, changes=_measures(photo, inspection, product, findings))
    return product, findings, refused


def _product(photo: Photo, inspection: Inspection) -> tuple[Product | None, list[Finding]]:
    """The product that the photo shows, and what is wrong about it."""
    parts, standard = inspection.arrival.parts, photo.catalog.intake_standard
    if parts is None:
        return None, []
    product = products.find(photo.catalog, parts.sku)
    if product is None and standard.unknown_products == "create":
        if inspection.refused:  # the product would be made, so nothing is wrong about it
            return None, []
        if not standard.required_fields:
            product = products.create_from_name(photo.catalog, parts.sku)
    if product is None:
        wanted = "a product in this catalog"
        if standard.unknown_products == "create":  # one made of a name would lack them, and the photo be refused anyway
            wanted += f", since a photo needs its product's {' and '.join(standard.required_fields)}"
        return None, [Finding("unknown_product", f"SKU {parts.sku}", wanted, "Add it to the product sheet.")]
    missing = [name for name in standard.required_fields if not getattr(product, name)]
    if missing:
        measured = f"{product.sku} has no {' and no '.join(missing)}"
        return product, [Finding("missing_fields", measured, "both" if len(missing) == 2 else "a value",
                                 "Fill in the product sheet and import it again.")]  # fmt: skip
    return product, []


def _duplicates(photo: Photo, inspection: Inspection) -> list[Finding]:
    same = Photo.objects.filter(catalog=photo.catalog, sha256=inspection.facts.sha256).exclude(pk=photo.pk)
    first = same.exclude(stage__in=[Stage.RECEIVED, Stage.REJECTED]).order_by("pk").first()
    return [_duplicate(first.name)] if first else []


def _duplicate(other: str) -> Finding:
    wanted = "each picture once in a catalog"
    return Finding("duplicate", f"the same bytes as {other}"[:280], wanted, "Leave it out, or send the right picture.")


def _missing_source() -> Finding:
    measured, action = "the file is not in the storage", "Upload it again."
    return Finding("unreadable", measured, "the uploaded file", action)


def _measures(photo: Photo, inspection: Inspection, product: Product | None, findings: list[Finding]) -> dict[str, Any]:
    facts, parts = inspection.facts, inspection.arrival.parts
    return {
        "sha256": facts.sha256,
        "bytes": facts.bytes,
        "width": facts.width or None,
        "height": facts.height or None,
        "format": facts.format[:12],
        "profile": facts.profile.name[:120] if facts.profile else "",
        "product": product,
        "view": parts.view[:40] if parts else "",
        "category": product.category if product else "",
        "notes": [finding.message for finding in findings if not finding.refuses],
    }


def _take(photo: Photo, inspection: Inspection, product: Product, findings: list[Finding]) -> None:
    measures = _measures(photo, inspection, product, findings)
    before, copy = _copies_of(photo), cast(Frame, inspection.copy)
    taken = Taken(product, *_store_copies(photo, copy), traits.look(copy))
    try:
        _make_ready(photo, taken, measures)
    except (IntegrityError, stages.Refused) as error:
        _drop((taken.preview, taken.thumb))
        if isinstance(error, stages.Refused):
            raise
        refusals.refuse(photo, [_duplicate("a photo taken at this moment")], changes=measures)
    else:
        _drop(before)


def _picture_refused(photo: Photo, inspection: Inspection) -> None:
    """Keep small copies of a refused photo that can be decoded: a wrong name tells nobody which photo it is."""
    if inspection.copy is None:
        return
    before = _copies_of(photo)
    preview, thumb = _store_copies(photo, inspection.copy)
    Photo.objects.filter(pk=photo.pk).update(preview=preview, thumb=thumb)
    _drop(before)


def _copies_of(photo: Photo) -> list[str]:
    """The small copies from an earlier inspection."""
    return [copy.name for copy in (photo.preview, photo.thumb) if copy.name]


def _drop(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _store_copies(photo: Photo, frame: Frame) -> tuple[str, str]:
    token = secrets.token_hex(4)
    preview = screens.jpeg(frame.rgb)
    thumb = screens.jpeg(screens.shrink(frame.rgb, screens.THUMB_EDGE))
    return (
        default_storage.save(f"{photo.folder}/preview-{token}.jpg", ContentFile(preview)),
        default_storage.save(f"{photo.folder}/thumb-{token}.jpg", ContentFile(thumb)),
    )


def _make_ready(photo: Photo, taken: Taken, measures: dict[str, Any]) -> None:
    """Join a batch and become READY in one transaction; the database refuses a second photo with the same bytes."""
    product = taken.product
    route, reason = routing.choose(product.category, product.material, measures["view"], taken.traits)
    with transaction.atomic():
        changes = measures | {
            "batch": batches.join(photo, route),
            "preview": taken.preview,
            "thumb": taken.thumb,
            "traits": asdict(taken.traits),
            "colour_family": taken.traits.colour_family,
            "complexity": taken.traits.complexity,
            "route": route,
            "route_reason": reason[:300],
        }
        note = f"Route {route.label}: {reason}."
        stages.move(photo, Stage.READY, note=note, changes=changes)
