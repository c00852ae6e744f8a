"""The only writer of a photo's stage: checks the move, writes its event, and queues the job of the new stage."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from catalog import queueing
from catalog.flow import MACHINE_STAGES, NEXT, Stage
from catalog.models import Photo, PhotoEvent

log = logging.getLogger(__name__)

# What an event's note may have; a longer one is cut.
LONGEST_NOTE = 500


class Refused(Exception):
    """A move that the flow does not allow, or that somebody else made first; the message is for a page."""


def move(
    photo: Photo,
    to: Stage,
    *,
    by: User | None = None,
    note: str = "",
    data: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
) -> PhotoEvent:
    """Move ``photo`` from the stage it was loaded in to the stage ``to``.

    ``changes`` are further fields of the photo, written by the same compare-and-set. Raises Refused when the flow has
    no such move, or when the photo has left its stage meanwhile; then nothing was written.
    """
    was = Stage(photo.stage)
    if to not in NEXT[was]:
        raise Refused(f"{photo.name} is “{was.label}” and can't become “{to.label}” from there.")
    now = timezone.now()
    values = {**(changes or {}), "stage": to, "stage_since": now}
    with transaction.atomic():
        if not Photo.objects.filter(pk=photo.pk, stage=was).update(**values):
            raise Refused(f"{photo.name} has left the stage “{was.label}” meanwhile; reload to see where it is.")
        event = PhotoEvent.objects.create(
            photo=photo, was=was, now=to, by=by, note=note[:LONGEST_NOTE], data=data or {}
        )
        _queue_job(photo.pk, to, occasion=f"e{event.pk}")
    for field, value in values.items():
        setattr(photo, field, value)
    return event


def begin(photo: Photo, *, note: str = "") -> PhotoEvent:
    """Write the first event of a photo that was just created in RECEIVED, and queue its inspection."""
    with transaction.atomic():
        event = PhotoEvent.objects.create(
            photo=photo, was="", now=photo.stage, by=photo.upload.by, note=note[:LONGEST_NOTE]
        )
        _queue_job(photo.pk, Stage(photo.stage), occasion=f"e{event.pk}")
    return event


def release(upload_id: int) -> int:
    """Queue the photos of an upload that waited for somebody to look at their routes; returns how many."""
    ready = Photo.objects.filter(upload_id=upload_id, stage=Stage.READY).values_list("pk", flat=True)
    occasion = f"r{timezone.now():%Y%m%d%H%M%S}"
    for pk in ready:
        _queue_job(pk, Stage.READY, occasion=occasion)
    return len(ready)


def requeue_stalled(seconds: float | None = None) -> int:
    """Queue again what an emptied queue or a dead worker left behind; returns how many photos.

    A photo counts as left behind when it has sat in a machine's stage for ``seconds``, or else STALLED_SECONDS, and no
    waiting job names it: 0 where no worker lives that could have it in work. PROCESSING has no row in STAGE_JOBS: runs
    that died are taken back by processing.runs.recover().
    """
    limit = timezone.now() - timedelta(seconds=settings.STALLED_SECONDS if seconds is None else seconds)
    stages = [stage for stage in MACHINE_STAGES if stage.value in settings.STAGE_JOBS]
    stalled = Photo.objects.filter(stage__in=stages, stage_since__lt=limit).exclude(
        stage=Stage.READY, upload__waits=True
    )
    rows = list(stalled.values_list("pk", "stage"))
    if not rows:
        return 0
    try:
        known = _waiting_photos()
    except RedisError as error:
        log.warning("the queue can't be reached (%s); stalled photos stay for the next sweep", error)
        return 0
    return sum(_requeue(pk, Stage(stage)) for pk, stage in rows if (stage, pk) not in known)


def _requeue(pk: int, stage: Stage) -> bool:
    _queue_job(pk, stage, occasion=f"s{timezone.now():%Y%m%d%H%M%S}")
    return True


def _queue_job(pk: int, stage: Stage, *, occasion: str) -> None:
    if job := settings.STAGE_JOBS.get(stage.value):
        queueing.enqueue(job[0], job[1], pk, job_id=f"{stage.value}-{pk}-{occasion}")


def _waiting_photos() -> set[tuple[str, int]]:
    """Stage and photo of every waiting job, read from the job ids that ``_queue_job`` makes."""
    found = set()
    for queue in {queue for queue, _ in settings.STAGE_JOBS.values()}:
        for job_id in queueing.waiting(queue):
            stage, pk, *_ = job_id.split("-")
            if pk.isdigit():
                found.add((stage, int(pk)))
    return found
