"""Repairs: a person's mask, or the original as it is, becomes a further output that somebody else reviews."""

import io
from datetime import timedelta

import numpy as np
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from PIL import Image, UnidentifiedImageError

from catalog import queueing, stages
from catalog.flow import Stage
from catalog.models import Photo
from processing import repairs
from processing.imaging.faults import Fault
from processing.imaging.frame import Alpha
from processing.models import Output
from processing.outputs import NEUTRAL
from processing.repairs import Repair
from review import escalations, queue
from review.models import Decision, Escalation

# Where a photo may be repaired; a machine has it in the other stages, or nothing was made of it yet.
REPAIRABLE = (Stage.FAILED, Stage.IN_REVIEW, Stage.HELD, Stage.ESCALATED, Stage.APPROVED, Stage.DELIVERED)
MOST_BYTES = 60 * 1024 * 1024
# The most pixels of a preview: a large screen and a margin.
MOST_WINDOW = 12_000_000


class Unusable(ValueError):
    """A picture that can't be a mask; the message says what was found and what is wanted."""


def marked(photo: Photo) -> str:
    """The place that a reviewer marked on the newest output, "x,y" in shares of the photo; "" where there is none.

    The mark lies on the output's canvas; ``placement`` says where the photo lies on that.
    """
    decisions = Decision.objects.filter(photo=photo, mark__isnull=False, superseded_by=None).select_related("output")
    found = decisions.order_by("-pk").first()
    if found is None or found.output != Output.objects.filter(photo=photo).order_by("-pk").first():
        return ""
    output, at = found.output, found.output.placement
    if not at or not photo.width or not photo.height:
        return ""
    sides = {"x": (output.width, photo.width), "y": (output.height, photo.height)}
    shares = ((found.mark[axis] * canvas - at[axis]) / at["scale"] / side for axis, (canvas, side) in sides.items())
    return ",".join(f"{share:.4f}" for share in shares)


def read_alpha(data: bytes, photo: Photo) -> Alpha:
    """The alpha, H x W and 0 to 255, of an edited PNG: its transparency, or a grey picture taken as the mask.

    Raises Unusable for anything else than a readable PNG of the photo's own size.
    """
    if len(data) > MOST_BYTES:
        raise Unusable(f"The file has {len(data) >> 20} MB; at most {MOST_BYTES >> 20} MB are taken.")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            _check_size(image.size, photo)
            image.load()
            return _alpha_of(image)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise Unusable(f"The file is no readable PNG ({error}). Save the cut-out as PNG and try again.") from error


def _check_size(size: tuple[int, int], photo: Photo) -> None:
    if size != (photo.width, photo.height):
        found, wanted = f"{size[0]} x {size[1]}", f"{photo.width} x {photo.height}"
        raise Unusable(
            f"The picture is {found} px, the photo {wanted} px. Edit the photo without cropping or scaling it."
        )


def _alpha_of(image: Image.Image) -> Alpha:
    if image.has_transparency_data:
        return np.array(image.convert("RGBA").getchannel("A"))
    if image.mode in ("L", "1", "I;16", "LA"):
        return np.array(image.convert("L"))
    raise Unusable("The PNG has no transparency, so there is no mask in it. Save it with a transparent background.")


def read_window(data: bytes) -> Alpha:
    """The grey PNG that the editor's script made of a part of its mask. Raises Unusable."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            if image.width * image.height > MOST_WINDOW:
                raise Unusable(f"The window has {image.width} x {image.height} px; a preview needs less.")
            return np.array(image.convert("L"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise Unusable(f"The window's mask is no readable PNG ({error}).") from error


def repair(photo: Photo, made: Repair) -> Output:
    """Keep the repair as a new output; the photo is placed again for somebody else to review.

    Raises Refused when the photo can't be repaired where it is, Unusable for a mask that does not fit or that a step
    refuses.
    """
    if photo.stage not in REPAIRABLE:
        raise stages.Refused(f"{photo.name} is “{photo.get_stage_display()}”; a repair has to wait until that is over.")
    escalation = open_escalation(photo)
    if escalation:
        escalations.owned(escalation, made.author)
    try:
        with transaction.atomic():
            output = repairs.save(photo, made)
            queue.withdraw(photo)
            if escalation:
                note = made.note or "Repaired by hand."
                escalations.mark_closed(escalation, by=made.author, resolution="repaired", note=note)
    except (repairs.UnusableAlpha, Fault) as reason:
        raise Unusable(str(reason)) from reason
    return output


def open_escalation(photo: Photo) -> Escalation | None:
    """The escalation that the photo is in, if it is in one."""
    return Escalation.objects.filter(photo=photo).exclude(state=Escalation.State.CLOSED).first()


def original(photo: Photo, *, author: User, note: str) -> Output:
    """Keep the whole photo, background and all, as a new output by ``author``; it gets no shadow and is no truth."""
    whole = np.full((photo.height or 0, photo.width or 0), 255, np.uint8)
    return repair(photo, Repair(whole, author, note, retouch=NEUTRAL))


def use_original(decision_pk: int) -> Output | None:
    """Carry out “use the original”; None when the photo has gone on meanwhile."""
    decision = Decision.objects.select_related("photo__catalog", "reviewer").get(pk=decision_pk)
    if decision.photo.stage != Stage.FAILED or hasattr(decision, "superseded_by"):
        return None
    return original(decision.photo, author=decision.reviewer, note="The original is used as it is.")


def requeue_originals() -> int:
    """For the sweep: queue again what was to become the original and whose job was lost; returns how many."""
    limit = timezone.now() - timedelta(seconds=settings.STALLED_SECONDS)
    lost = Decision.objects.filter(
        remedy=Decision.Remedy.ORIGINAL,
        superseded_by=None,
        undone=False,
        photo__stage=Stage.FAILED,
        photo__stage_since__lt=limit,
    )
    newest = [d for d in lost if d == Decision.objects.filter(photo=d.photo_id).last()]
    for decision in newest:
        occasion = f"{timezone.now():%Y%m%d%H%M%S}"
        queueing.enqueue(
            "imaging", "review.jobs.use_original", decision.pk, job_id=f"original-{decision.photo_id}-{occasion}"
        )
    return len(newest)
