"""Batches: which one takes a photo, when it is full, and the only writer of a batch's state."""

import secrets

from django.db import transaction
from django.utils import timezone

from catalog.flow import NEXT_BATCH, BatchState, Stage
from catalog.models import Batch, Photo, Upload
from catalog.stages import Refused


def advance(batch: Batch, to: BatchState) -> bool:
    """Move ``batch`` from the state it was loaded in; False when somebody else did it first.

    Raises Refused when the flow has no such move.
    """
    was = BatchState(batch.state)
    if to not in NEXT_BATCH[was]:
        raise Refused(f"Batch {batch} is “{was.label}” and can't become “{to.label}” from there.")
    decided = timezone.now() if to == BatchState.ACCEPTED else None
    changed = Batch.objects.filter(pk=batch.pk, state=was).update(state=to, decided_at=decided)
    if changed:
        batch.state, batch.decided_at = to, decided
    return bool(changed)


def join(photo: Photo, route: str) -> Batch:
    """The batch of the photo's upload that takes a photo of ``route``; must run inside the caller's transaction.

    The upload's row is locked, so that two workers never fill one batch past its size.
    """
    upload = Upload.objects.select_for_update().select_related("catalog").get(pk=photo.upload_id)
    filling = upload.batches.select_for_update().filter(route=route, state=BatchState.FILLING).first()
    if filling and filling.photos.exclude(pk=photo.pk).count() < filling.size:
        return filling
    if filling:
        advance(filling, BatchState.PROCESSING)
    return Batch.objects.create(
        catalog=upload.catalog,
        upload=upload,
        route=route,
        size=upload.catalog.size_for(route),
        seed=secrets.randbits(62),
    )


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
