"""Exports: ordering one, planning which photo becomes which file, and picking up what a dead worker left."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from redis.exceptions import RedisError

from catalog import marketplaces, queueing
from catalog.flow import RELEASED_STAGES, Stage
from catalog.marketplaces import Preset
from catalog.models import Batch, Catalog, Photo, Product
from catalog.picture_names import NAMINGS, PictureName, Subject, distinct, view_rank
from catalog.product_names import Known, ProductNames
from processing import delivery, mockup_exports
from processing.metadata import Facts, alt_text
from processing.models import Export, ExportFile, Output

log = logging.getLogger(__name__)

QUEUE = "export"
PICTURES_JOB, FINISH_JOB = "processing.jobs.export_photo", "processing.jobs.finish_export"
# An export that could not be finished for so long is given up; what was written stays.
GIVE_UP = timedelta(days=1)
CHUNK = 500

# Photos that wait for nothing but a person's look; they may go out where somebody asks for that.
UNREVIEWED_STAGES = frozenset({Stage.IN_REVIEW, Stage.HELD})
WHY_NOT: dict[Stage, str] = {
    Stage.RECEIVED: "it has not been inspected yet",
    Stage.REJECTED: "it was refused at intake",
    Stage.READY: "it waits to be processed",
    Stage.PROCESSING: "it is being processed",
    Stage.PROCESSED: "it was processed a moment ago and is not placed yet",
    Stage.FAILED: "it is in the manual lane",
    Stage.IN_REVIEW: "it waits for a review",
    Stage.HELD: "it is held until the sample of its batch is reviewed",
    Stage.ESCALATED: "it is escalated",
}

TO_WRITE = Q(file="", left_out="")
OPEN_STATES = (Export.State.QUEUED, Export.State.RUNNING)


class NothingNew(ValueError):
    """Everything that an export was asked for has been delivered as it is."""


def order(
    catalog: Catalog,
    by: User,
    slugs: Sequence[str],
    *,
    batch: Batch | None = None,
    photos: Iterable[int] | None = None,
    unreviewed: bool = False,
    fresh: bool = False,
) -> Export:
    """Plan an export of the catalog, one of its batches, or the given photos, and queue its work.

    With ``unreviewed`` also what waits for review; with ``fresh`` only files that a marketplace does not have by
    that name, with that text.
    Raises UnknownMarketplace, ValueError without a marketplace, and NothingNew.
    """
    presets = [marketplaces.preset(slug) for slug in dict.fromkeys(slugs)]
    if not presets:
        raise ValueError("Choose at least one marketplace.")
    chosen = candidates(catalog, batch, photos)
    with transaction.atomic():
        export = Export.objects.create(
            catalog=catalog, batch=batch, by=by, marketplaces=[preset.slug for preset in presets], unreviewed=unreviewed
        )
        rows = _plan(
            export, presets, list(chosen.select_related("product").prefetch_related("rejections").order_by("pk"))
        )
        if fresh:
            rows = _undelivered(export, rows)
        ExportFile.objects.bulk_create(rows, batch_size=CHUNK)
        export.total = len(rows)
        export.save()
        _queue(export, "first")
    return export


def candidates(catalog: Catalog, batch: Batch | None = None, photos: Iterable[int] | None = None) -> QuerySet[Photo]:
    """The photos that an export is asked to take, released or not."""
    found = Photo.objects.filter(catalog=catalog)
    if batch is not None:
        found = found.filter(batch=batch)
    return found if photos is None else found.filter(pk__in=list(photos))


def why_not(photo: Photo) -> str:
    """Why a photo that is not released is not exported; of one that intake refused, the rules."""
    why = WHY_NOT[Stage(photo.stage)]
    if photo.stage != Stage.REJECTED:
        return why
    rules = [rejection.title.lower() for rejection in photo.rejections.all()]
    return f"{why}: {', '.join(rules)}" if rules else why


def may_go(stage: str, unreviewed: bool) -> bool:
    """Whether a photo in this stage is exported."""
    return stage in RELEASED_STAGES or (unreviewed and stage in UNREVIEWED_STAGES)


def progress(export: Export) -> dict[str, int]:
    """How many files are written, left out, and still to do."""
    counts: dict[str, int] = export.files.aggregate(
        written=Count("pk", filter=~Q(file="")), omitted=Count("pk", filter=~Q(left_out=""))
    )
    return {**counts, "done": counts["written"] + counts["omitted"], "total": export.total}


def queue_finish(export: Export, occasion: str) -> None:
    """Queue the packing of the archive."""
    queueing.enqueue("light", FINISH_JOB, export.pk, job_id=f"finish-{export.pk}-{occasion}")


def requeue_stalled() -> int:
    """For the sweep: queue again the work of exports that nobody has touched for a while; returns how many exports."""
    limit = timezone.now() - timedelta(seconds=settings.STALLED_SECONDS)
    stalled = list(Export.objects.filter(state__in=OPEN_STATES, touched_at__lt=limit))
    if not stalled:
        return 0
    try:
        waiting = queueing.waiting(QUEUE) | queueing.waiting("light")
    except RedisError as error:
        log.warning("the queue can't be reached (%s); stalled exports stay for the next sweep", error)
        return 0
    named = {tuple(job_id.split("-")[:2]) for job_id in waiting}
    return sum(_take_up(export) for export in stalled if not named & _words(export))


def _words(export: Export) -> set[tuple[str, ...]]:
    return {("pictures", str(export.pk)), ("finish", str(export.pk))}


def _take_up(export: Export) -> bool:
    if export.created_at < timezone.now() - GIVE_UP:
        note = "Given up after a day without being finished: order it again, and look at the workers' logs."
        Export.objects.filter(pk=export.pk, state__in=OPEN_STATES).update(
            state=Export.State.FAILED, notes=[*export.notes, note], finished_at=timezone.now()
        )
        return False
    with transaction.atomic():
        _queue(export, f"s{timezone.now():%Y%m%d%H%M%S}")
    return True


def _queue(export: Export, occasion: str) -> None:
    photos = list(export.files.filter(TO_WRITE).order_by("photo").values_list("photo", flat=True).distinct())
    for photo in photos:
        queueing.enqueue(QUEUE, PICTURES_JOB, export.pk, photo, job_id=f"pictures-{export.pk}-{photo}-{occasion}")
    if not photos:
        queue_finish(export, occasion)


def _plan(export: Export, presets: Sequence[Preset], photos: Sequence[Photo]) -> list[ExportFile]:
    """The files to write, in the order of products and views; what stays behind is listed on the export."""
    outputs = {output.photo_id: output for output in Output.objects.latest_of([photo.pk for photo in photos])}
    going = []
    for photo in photos:
        if not may_go(photo.stage, export.unreviewed):
            _leave_out(export, photo, why_not(photo))
        elif photo.pk not in outputs:
            _leave_out(export, photo, "it has no cut-out")
        else:
            going.append(photo)
    lined_up = sorted([*going, *_siblings(export, going)], key=lambda one: (sku_of(one), view_rank(one.view), one.pk))
    names = names_of(export.catalog_id)
    return [row for preset in presets for row in _files(export, preset, lined_up, outputs, names)]


def _siblings(export: Export, going: Sequence[Photo]) -> list[Photo]:
    """Further views of the same products that may go out: they have their places, and their names, whoever goes.

    An older picture of a view that goes has none: the new one is to take its place.
    """
    stages = RELEASED_STAGES | (UNREVIEWED_STAGES if export.unreviewed else frozenset())
    made = Exists(Output.objects.filter(photo=OuterRef("pk")))
    released = Photo.objects.filter(made, catalog=export.catalog_id, stage__in=stages).select_related("product")
    views = {(photo.product_id, photo.view) for photo in going}
    products = sorted({photo.product_id for photo in going if photo.product_id})
    found = (one for some in chunks(products) for one in released.filter(product__in=some))
    return [one for one in found if (one.product_id, one.view) not in views]


def chunks(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    """Keys in pieces that every database takes in one query."""
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def _files(
    export: Export, preset: Preset, lined_up: Sequence[Photo], outputs: dict[int, Output], names: ProductNames
) -> Iterable[ExportFile]:
    """The preset's files, of the photos with an output; the others only take their places among them."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for photo in lined_up:
        sku = sku_of(photo)
        position = counts[sku] = counts.get(sku, -1) + 1
        if position >= preset.most_pictures:
            if photo.pk in outputs:
                _leave_out(export, photo, f"{preset.label} takes {preset.most_pictures} pictures a product")
            continue
        name = distinct(_named(preset, photo, position, names), taken)
        taken.add(name.stem.casefold())
        if photo.pk in outputs:
            yield ExportFile(
                export=export,
                photo=photo,
                output=outputs[photo.pk],
                marketplace=preset.slug,
                name=f"{name.stem}.{delivery.suffix_of(preset)}",
                position=position,
                notes=[*name.notes, *_review_notes(photo)],
            )
    yield from _in_scenes(export, preset, lined_up, names, taken, counts)


def _in_scenes(
    export: Export,
    preset: Preset,
    lined_up: Sequence[Photo],
    names: ProductNames,
    taken: set[str],
    counts: dict[str, int],
) -> Iterable[ExportFile]:
    """The products' approved mock-ups, in the places behind their own pictures."""
    for mockup in mockup_exports.wanted(export, preset, lined_up):
        photo = mockup.output.photo
        sku = sku_of(photo)
        position = counts[sku] = counts[sku] + 1
        if position >= preset.most_pictures:
            most = f"{preset.label} takes {preset.most_pictures} pictures a product"
            _leave_out(export, photo, f"as a mock-up in {mockup.scene}: {most}")
            continue
        name = distinct(_named(preset, mockup_exports.seen(photo, mockup), position, names), taken)
        taken.add(name.stem.casefold())
        file = f"{name.stem}.{delivery.suffix_of(preset)}"
        yield mockup_exports.row(export, preset, mockup, file, position, name.notes)


def _undelivered(export: Export, rows: list[ExportFile]) -> list[ExportFile]:
    """The rows whose name a marketplace does not have with that output and alt text; a note tells of the others."""
    written = ExportFile.objects.filter(export__catalog=export.catalog_id, marketplace__in=export.marketplaces)
    found = (
        written.exclude(file="")
        .order_by("pk")
        .values_list("marketplace", "name", "photo", "output", "alt_text", "mockup")
    )
    # A name belongs to whoever was written under it last.
    has = {(marketplace, name): last for marketplace, name, *last in found}
    new = [row for row in rows if has.get((row.marketplace, row.name)) != _told_by(row)]
    if not new:
        raise NothingNew("All of it was delivered already, as it is.")
    if len(new) < len(rows):
        export.notes.append(f"{len(rows) - len(new)} of {len(rows)} pictures were delivered already and are not in it.")
    return new


def _told_by(row: ExportFile) -> list[Any]:
    return [row.photo_id, row.output_id, _alt_of(row), row.mockup_id]


def _alt_of(row: ExportFile) -> str:
    preset = marketplaces.preset(row.marketplace)
    if row.mockup:
        return mockup_exports.alt_of(facts_of(row.photo), row.mockup.scene, preset)
    return alt_text(facts_of(row.photo), row.photo.view, preset.alt_limit)


def names_of(catalog_pk: int) -> ProductNames:
    """What the catalog's products are called outside."""
    fields = Known._fields
    return ProductNames(Known(*row) for row in Product.objects.filter(catalog=catalog_pk).values_list(*fields))


def known_of(photo: Photo) -> Known:
    """What tells the photo's product from others; only a name where the product was deleted."""
    product = photo.product
    return Known(*(getattr(product, name) for name in Known._fields)) if product else Known(sku_of(photo))


def _named(preset: Preset, photo: Photo, position: int, names: ProductNames) -> PictureName:
    known = known_of(photo)
    subject = Subject(
        **names.own(known)._asdict(),
        word=names.word(known.sku),
        letters=names.letters(known.sku),
        view=photo.view,
        position=position,
        stem=stem_of(photo),
    )
    return NAMINGS[preset.naming](subject)


def facts_of(photo: Photo) -> Facts:
    """What the photo's product sheet says; only a name where the product was deleted."""
    product = photo.product
    if product is None:
        return Facts(sku_of(photo), category=photo.category)
    return Facts(
        sku=product.sku,
        title=product.title,
        description=product.description,
        brand=product.brand,
        colour=product.colour,
        material=product.material,
        category=product.category,
    )


def sku_of(photo: Photo) -> str:
    """The SKU of the photo's product, or the photo's own name where the product was deleted."""
    return photo.product.sku if photo.product else stem_of(photo)


def stem_of(photo: Photo) -> str:
    """The photo's file name without folder and suffix."""
    return PurePosixPath(photo.name.replace("\\", "/")).stem


def _review_notes(photo: Photo) -> list[str]:
    if photo.stage in RELEASED_STAGES:
        return []
    return [f"nobody has released it: {WHY_NOT[Stage(photo.stage)]}"]


def _leave_out(export: Export, photo: Photo, reason: str) -> None:
    sku = photo.product.sku if photo.product else ""
    entry: dict[str, Any] = {"photo": photo.pk, "file": photo.name, "sku": sku, "reason": reason}
    export.left_out.append(entry)
