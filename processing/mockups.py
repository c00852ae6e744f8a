"""Mock-ups: ordering them, making them, and what people say of them. The one writer of Mockup.

What somebody has said stands on the mock-up itself, since exports ask for it and may not look up at reviews.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from redis.exceptions import RedisError

from catalog import queueing
from catalog.flow import RELEASED_STAGES
from catalog.models import Photo, Product
from catalog.segments import Route
from catalog.sizes import centimetres
from processing import outputs, scenes
from processing.imaging import scenes as composing
from processing.imaging import screens, slots
from processing.imaging.faults import Fault
from processing.imaging.frame import Frame
from processing.imaging.placing import Size
from processing.imaging.scenes import Composed
from processing.imaging.slots import FLAT, STANDS, Slot
from processing.models import Mockup, Output, Scene

log = logging.getLogger(__name__)

# After photos, since those have somebody waiting for a whole batch, and before trials.
QUEUE, JOB = "mockups", "processing.jobs.make_mockup"
MOST_ATTEMPTS = 3
# So many rows every database takes in one query.
CHUNK = 400
QUALITY = 95


class Reason(NamedTuple):
    """Why a mock-up is not taken: what it is called, its key, and what to look for."""

    code: str
    key: str
    label: str
    meaning: str


REASONS = (
    Reason("size", "s", "Size", "too large or too small for the place"),
    Reason("place", "p", "Place", "it floats, or is seen from another side than the scene"),
    Reason("light", "l", "Light", "too bright, too dark, or of another colour than the scene"),
    Reason("edge", "e", "Edge", "the cut-out's edge shows"),
    Reason("shadow", "d", "Shadow", "a shadow that is missing, or falls the wrong way"),
    Reason("other", "o", "Other", "it does not do"),
)
REASON_CODES = frozenset(reason.code for reason in REASONS)


class NotDecidable(ValueError):
    """A mock-up about which this person can't decide now; the message says why."""


def order(photos: "QuerySet[Photo]", wanted: Sequence[Scene], by: User, *, fitting: bool = True) -> tuple[int, int]:
    """Have released photos shown in scenes; how many mock-ups are new, and how many there were already.

    With ``fitting`` photos of the lifestyle route (posters, prints) go to flat scenes and the others to standing ones,
    where both kinds are wanted.
    """
    found = Output.objects.latest_of(photos.filter(stage__in=RELEASED_STAGES)).select_related("photo__product")
    asked = [
        Mockup(output=output, scene=scene, key=_key(output, scene, scene.slot), slot=scene.slot, ordered_by=by)
        for output in found.order_by("pk")
        for scene in (_fitting(output.photo, wanted) if fitting else wanted)
    ]
    new = sum(_order(asked[start : start + CHUNK]) for start in range(0, len(asked), CHUNK))
    return new, len(asked) - new


def _fitting(photo: Photo, wanted: Sequence[Scene]) -> Sequence[Scene]:
    kind = FLAT if photo.route == Route.LIFESTYLE else STANDS
    return [scene for scene in wanted if scene.slot.get("kind") == kind] or wanted


def _order(asked: Sequence[Mockup]) -> int:
    """Add those that there are not, try again those that failed, and queue both; returns how many."""
    same = Mockup.objects.filter(key__in=[one.key for one in asked])
    with transaction.atomic():
        there = dict(same.values_list("key", "state"))
        Mockup.objects.bulk_create([one for one in asked if one.key not in there], ignore_conflicts=True)
        # What failed may have been a file that was away: whoever asks again has it tried again.
        failed = [key for key, state in there.items() if state == Mockup.State.FAILED]
        same.filter(key__in=failed, state=Mockup.State.FAILED).update(
            state=Mockup.State.QUEUED, attempts=0, failure="", touched_at=timezone.now()
        )
        due = list(same.exclude(key__in=there.keys() - set(failed)))
        for one in due:
            _queue(one, f"-{timezone.now():%Y%m%d%H%M%S%f}" if one.key in there else "")
    return len(due)


def _key(output: Output, scene: Scene, slot: dict[str, Any]) -> str:
    """The SHA-256 of all that a mock-up is made of."""
    size = size_of(output.photo.product)
    made_of = [output.pk, output.sha256, scene.pk, scene.sha256, slot, size.height, size.width]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def size_of(product: Product | None) -> Size:
    """What the product sheet says of a product's size."""
    if product is None:
        return Size()
    return Size(centimetres(product.height), centimetres(product.width))


def _queue(mockup: Mockup, occasion: str = "") -> None:
    """A job that was lost keeps its name for a while, so each further occasion has its own."""
    queueing.enqueue(QUEUE, JOB, mockup.pk, job_id=f"mockup-{mockup.pk}-{mockup.attempts}{occasion}")


def make(pk: int) -> bool:
    """Make a mock-up that is still to be made; returns whether this call did. Safe to do twice."""
    photo = "output__photo"
    mockup = Mockup.objects.select_related("scene__catalog", f"{photo}__catalog", f"{photo}__product").get(pk=pk)
    if mockup.state != Mockup.State.QUEUED:
        return False
    if mockup.key != _key(mockup.output, mockup.scene, mockup.slot):
        why = "The scene's picture or the product's size has changed since this was ordered: order it again."
        return _move(mockup, Mockup.State.QUEUED, Mockup.State.FAILED, failure=why)
    Mockup.objects.filter(pk=pk).update(attempts=F("attempts") + 1, touched_at=timezone.now())
    try:
        frame = outputs.reopen(mockup.output)[1].frame
        made = composed(frame, mockup.scene, slots.parse(mockup.slot), size_of(mockup.output.photo.product))
    except (Fault, FileNotFoundError) as fault:
        why = str(fault) if isinstance(fault, Fault) else "A file is missing in the storage."
        return _move(mockup, Mockup.State.QUEUED, Mockup.State.FAILED, failure=why[:500])
    return _keep(mockup, made)


def composed(frame: Frame, scene: Scene, slot: Slot, size: Size) -> Composed:
    """The cut-out in the scene, with what the scene itself had to be changed for at its door. Raises Fault."""
    rgb, front = scenes.pixels(scene)
    return composing.compose(rgb, frame, slot, size, front)


def _keep(mockup: Mockup, made: Composed) -> bool:
    folder = f"{mockup.output.photo.folder}/mockup{mockup.pk}"
    data = screens.jpeg(made.rgb, QUALITY)
    stored = {
        "file": default_storage.save(f"{folder}/mockup.jpg", ContentFile(data)),
        "thumb": default_storage.save(f"{folder}/thumb.jpg", ContentFile(screens.jpeg(screens.shrink(made.rgb, 960)))),
    }
    kept = _move(
        mockup, Mockup.State.QUEUED, Mockup.State.WAITING, **stored, sha256=hashlib.sha256(data).hexdigest(),
        box=list(made.box), notes=list(made.notes),
    )  # fmt: skip
    if not kept:
        outputs.drop(stored)
    return kept


def _move(mockup: Mockup, was: str, now: str, **values: object) -> bool:
    """Compare and set; False where somebody else was first."""
    found = Mockup.objects.filter(pk=mockup.pk, state=was)
    return bool(found.update(state=now, touched_at=timezone.now(), **values))


def decide(mockup: Mockup, by: User, reason: str = "") -> None:
    """Take the mock-up, or with a ``reason`` (a code of REASONS) not. Raises NotDecidable, ValueError."""
    if reason and reason not in REASON_CODES:
        raise ValueError(f"There is no reason called {reason!r}.")
    if mockup.ordered_by_id == by.pk:
        raise NotDecidable("You have ordered this mock-up: somebody else looks at it.")
    if is_stale(mockup):
        raise NotDecidable("Its photo has a newer cut-out: make the mock-up anew.")
    now = Mockup.State.REJECTED if reason else Mockup.State.APPROVED
    if not _move(mockup, Mockup.State.WAITING, now, reason=reason, by=by, at=timezone.now()):
        raise NotDecidable("Somebody has decided this one already.")
    mockup.refresh_from_db()


def undo(mockup: Mockup, by: User) -> None:
    """Take one's own decision back. Raises NotDecidable, also where an export has taken the mock-up along."""
    if mockup.by_id != by.pk or mockup.state not in (Mockup.State.APPROVED, Mockup.State.REJECTED):
        raise NotDecidable("Only who has decided may take that back.")
    if mockup.exported.exists():
        raise NotDecidable("An export has taken it along already.")
    if not _move(mockup, mockup.state, Mockup.State.WAITING, reason="", by=None, at=None):
        raise NotDecidable("Somebody has changed it meanwhile.")
    mockup.refresh_from_db()


def stale() -> Exists:
    """Whether the photo of a mock-up has a newer output, as a condition in the database."""
    return Exists(Output.objects.filter(photo=OuterRef("output__photo"), pk__gt=OuterRef("output")))


def is_stale(mockup: Mockup) -> bool:
    """Whether the photo's cut-out has changed since."""
    return Output.objects.filter(photo=mockup.output.photo_id, pk__gt=mockup.output_id).exists()


def approved(products: Iterable[int], photos: Iterable[int] = ()) -> list[Mockup]:
    """The approved mock-ups of products, and of photos without one, that show the cut-out that counts: by scene.

    Of one that was made anew, the newest.
    """
    good = Mockup.objects.filter(~stale(), state=Mockup.State.APPROVED).order_by("pk")
    related = good.select_related("output__photo__product", "scene")
    rows = [row for few in _few(products) for row in related.filter(output__photo__product__in=few)]
    alone = related.filter(output__photo__product=None)
    rows += [row for few in _few(photos) for row in alone.filter(output__photo__in=few)]
    newest = {(row.output_id, row.scene_id): row for row in rows}
    return sorted(newest.values(), key=lambda row: (row.scene.name, row.output.photo_id))


def _few(keys: Iterable[int]) -> Iterable[list[int]]:
    """Keys in pieces that every database takes in one query."""
    rising = sorted(set(keys))
    return (rising[start : start + CHUNK] for start in range(0, len(rising), CHUNK))


def requeue_stalled() -> int:
    """For the sweep: queue again what nobody has touched for a while, and give up what was tried often."""
    now = timezone.now()
    lost = Q(attempts=0, touched_at__lt=now - timedelta(seconds=settings.STALLED_SECONDS))
    lost |= Q(touched_at__lt=now - timedelta(seconds=settings.JOB_SECONDS))
    stalled = Mockup.objects.filter(lost, state=Mockup.State.QUEUED)
    if not stalled.exists():
        return 0
    try:
        waiting = queueing.waiting(QUEUE)
    except RedisError as error:
        log.warning("the queue can't be reached (%s); stalled mock-ups stay for the next sweep", error)
        return 0
    failure = f"{MOST_ATTEMPTS} workers ended over this mock-up; look at the workers' logs."
    stalled.filter(attempts__gte=MOST_ATTEMPTS).update(state=Mockup.State.FAILED, failure=failure, touched_at=now)
    found = [one for one in stalled.all() if not any(job.startswith(f"mockup-{one.pk}-") for job in waiting)]
    for one in found:
        Mockup.objects.filter(pk=one.pk).update(touched_at=now)
        _queue(one, f"-{now:%Y%m%d%H%M%S}")
    return len(found)
