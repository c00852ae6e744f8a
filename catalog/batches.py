"""Batches: which one takes a photo, when it is full, and the only writer of a batch's state.

A batch is a lot of one route, and its sample is drawn once. So a photo that changes its route goes to a batch of that
route, and no batch takes a photo any more once it was drawn; what its sample and its verdict said stays as it was.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import webhooks
from catalog.flow import NEXT_BATCH, BatchState, Stage
from catalog.models import Batch, Photo, PhotoEvent, Upload
from catalog.stages import Refused


def advance(batch: Batch, to: BatchState) -> bool:
    """Move ``batch`` from the state it was loaded in; False when somebody else did it first.

    Raises Refused when the flow has no such move.
    """
    was = BatchState(batch.state)
    if to not in NEXT_BATCH[was]:
        raise Refused(f"Batch {batch} is “{was.label}” and can't become “{to.label}” from there.")
    decided = timezone.now() if to == BatchState.ACCEPTED else None
    with transaction.atomic():
        changed = Batch.objects.filter(pk=batch.pk, state=was).update(state=to, decided_at=decided)
        if changed:
            batch.state, batch.decided_at = to, decided
            _tell(batch)
    return bool(changed)


def _tell(batch: Batch) -> None:
    """The webhooks that want to know; most states are nobody's event."""
    event = f"batch.{batch.state}"
    if event in webhooks.EVENTS:
        facts = {"batch": batch.pk, "name": str(batch), "route": batch.route, "state": str(batch.state)}
        webhooks.note(event, **facts, catalog=batch.catalog.slug, upload=batch.upload_id)


def fitting(photo: Photo, route: str) -> Batch:
    """The batch in which a photo goes down ``route``: its own where that is of the route, else what join() finds."""
    if photo.batch and photo.batch.route == route:
        return photo.batch
    return join(photo, route)


def join(photo: Photo, route: str) -> Batch:
    """The batch of the photo's upload that takes a photo of ``route``; must run inside the caller's transaction.

    One that is filling, else one that is closed but was not drawn yet, while they have room; else a new one. The
    upload's row is locked, so that two workers never fill one batch past its size.
    """
    upload = Upload.objects.select_for_update().select_related("catalog").get(pk=photo.upload_id)
    filling = upload.batches.select_for_update().filter(route=route, state=BatchState.FILLING).first()
    if filling and not _has_room(filling, photo):
        advance(filling, BatchState.PROCESSING)
        filling = None
    undrawn = upload.batches.select_for_update().filter(route=route, state=BatchState.PROCESSING)
    return filling or next((batch for batch in undrawn if _has_room(batch, photo)), None) or _open(upload, route)


def _has_room(batch: Batch, photo: Photo) -> bool:
    return batch.photos.exclude(pk=photo.pk).count() < batch.size


def _open(upload: Upload, route: str) -> Batch:
    return Batch.objects.create(
        catalog=upload.catalog,
        upload=upload,
        route=route,
        size=upload.catalog.size_for(route),
        seed=secrets.randbits(62),
    )


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a photo's way to another batch adds to the move of its stage: fields, data of the event, words."""

    changes: dict[str, Any] = field(default_factory=dict)
    data: dict[str, int | None] = field(default_factory=dict)
    words: str = ""


def transfer(photo: Photo, batch: Batch) -> Transfer:
    """The photo's way into ``batch``; nothing where it is there already."""
    if photo.batch_id == batch.pk:
        return Transfer()
    came = f" from batch {photo.batch}" if photo.batch else ""
    return Transfer({"batch": batch}, {"left": photo.batch_id, "joined": batch.pk}, f"It went{came} to batch {batch}.")


def gone(batch: Batch) -> list[Photo]:
    """The photos that were in ``batch`` and are in another one now."""
    left = PhotoEvent.objects.filter(photo__upload=batch.upload_id, data__left=batch.pk).values("photo")
    return list(Photo.objects.filter(pk__in=left).exclude(batch=batch).select_related("batch").order_by("name", "pk"))


def seal_due() -> int:
    """Close the batches that a worker left filling because it died between a photo and its batch; returns how many."""
    open_ones = Upload.objects.filter(finished_at__isnull=False, batches__state=BatchState.FILLING)
    return sum(seal(upload) for upload in open_ones.distinct())


def seal(upload: Upload) -> int:
    """Close the upload's filling batches once its last file has arrived and been inspected; returns how many."""
    with transaction.atomic():
        locked = Upload.objects.select_for_update().get(pk=upload.pk)
        if locked.finished_at is None or locked.photos.filter(stage=Stage.RECEIVED).exists():
            return 0
        if locked.incoming.exclude(archive="").filter(unpacked_at=None).exists():
            return 0
        return sum(advance(batch, BatchState.PROCESSING) for batch in locked.batches.filter(state=BatchState.FILLING))
