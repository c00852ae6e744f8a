"""Complaints: recorded against a product or photo, the photo reopened, and closed with what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils import timezone

from catalog import stages
from catalog.flow import RELEASED_STAGES
from catalog.marketplaces import PRESETS, Preset
from catalog.models import Photo, Product
from processing.models import ExportFile, Output
from review import defects, queue
from review.models import Complaint, Decision, Kind

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


@dataclass(frozen=True)
class Recorded:
    """A complaint as it was written, and what became of its photo, in words for a page."""

    complaint: Complaint
    reopened: bool
    told: str


def record(*, product: Product, photo: Photo | None, defect: str, marketplace: str, note: str, by: User) -> Recorded:
    """Write a complaint, link it to the output that was delivered, and send the photo back to review.

    ValueError for a defect that does not exist, or a photo of another product.
    """
    label = defects.get(defect).label
    if photo and photo.product_id != product.pk:
        raise ValueError(f"{photo} is not a photo of {product}.")
    complaint = Complaint.objects.create(
        catalog_id=product.catalog_id,
        product=product,
        photo=photo,
        output=delivered(photo, marketplace) if photo else None,
        marketplace=marketplace,
        defect=defect,
        note=note,
        by=by,
    )
    if photo is None:
        return Recorded(complaint, False, "Without a photo there is nothing to review again.")
    return _reopen(complaint, photo, f"Complaint: {label}. {note}".strip())


def _reopen(complaint: Complaint, photo: Photo, note: str) -> Recorded:
    if photo.stage not in RELEASED_STAGES:
        return Recorded(complaint, False, f"The photo stays where it is: {photo.get_stage_display().lower()}.")
    try:
        with transaction.atomic():
            queue.put(photo, Kind.COMPLAINT, note=note, by=complaint.by)
    except stages.Refused as refused:
        return Recorded(complaint, False, f"The photo was not reopened: {refused}")
    return Recorded(complaint, True, "The photo is back in review, first in the queue.")


class Refusal(Exception):
    """The complaint is not as the page showed it; the message says how it stands."""


def close(complaint: Complaint, *, ending: str, note: str, by: User) -> None:
    """Say how an open complaint ended. Refusal when somebody has closed it; ValueError for no such ending."""
    if ending not in Complaint.Ending.values:
        raise ValueError(f"No ending {ending!r}: there are {', '.join(Complaint.Ending.values)}.")
    values = {"ending": ending, "ending_note": note, "closed_by": by, "closed_at": timezone.now()}
    if not Complaint.objects.filter(pk=complaint.pk, closed_at=None).update(**values):
        raise Refusal("Somebody has closed it meanwhile; below is what they said.")


def reopen(complaint: Complaint) -> None:
    """Take the ending back. Refusal when it is open already."""
    values = {"ending": "", "ending_note": "", "closed_by": None, "closed_at": None}
    if not Complaint.objects.filter(pk=complaint.pk, closed_at__isnull=False).update(**values):
        raise Refusal("It is open already.")


def with_open_ones(photos: "QuerySet[Photo]") -> "QuerySet[Photo]":
    """The photos with their open complaints, the oldest first, in ``open_complaints``."""
    still_open = Complaint.objects.filter(closed_at=None).order_by("pk")
    return photos.prefetch_related(Prefetch("complaints", still_open, to_attr="open_complaints"))


def delivered(photo: Photo, marketplace: str) -> Output | None:
    """The output that the marketplace got last; the one that any marketplace got, or the newest, failing that."""
    files = ExportFile.objects.filter(photo=photo).select_related("output").order_by("-pk")
    sent = files.filter(marketplace=marketplace).first() or files.first()
    return sent.output if sent else Output.objects.filter(photo=photo).order_by("-pk").first()


def sold_on(product: Product) -> list[Preset]:
    """Where the product may be for sale: where its catalog sells and its photos went; anywhere, if nobody knows."""
    sent = ExportFile.objects.filter(photo__product=product).values_list("marketplace", flat=True).distinct()
    known = {*product.catalog.marketplaces, *sent}
    return [preset for preset in PRESETS if preset.slug in known] or list(PRESETS)


class Since(TypedDict):
    """What ``listed`` adds to a complaint."""

    delivered_again: datetime | None


def listed() -> "QuerySet[WithAnnotations[Complaint, Since]]":
    """All complaints with what a list shows of them, in a constant number of queries.

    ``delivered_again`` is when a marketplace last got another output of the photo than the one complained about.
    """
    stands = (
        Decision.objects.filter(undone=False, superseded_by__isnull=True).select_related("reviewer").order_by("-pk")
    )
    related = ("product", "photo", "catalog", "output", "by", "closed_by")
    sent = ExportFile.objects.filter(photo=OuterRef("photo"), export__finished_at__gt=OuterRef("at"))
    newer = sent.exclude(file="").exclude(output=OuterRef("output")).order_by("-pk").values("export__finished_at")
    return (
        Complaint.objects.select_related(*related)
        .prefetch_related(Prefetch("output__decisions", queryset=stands, to_attr="standing_decisions"))
        .annotate(delivered_again=Subquery(newer[:1]))
    )


def decision_before(complaint: Complaint) -> Decision | None:
    """The last word on the output before the complaint came; None when nobody had looked at it.

    ``complaint`` comes from ``listed()``.
    """
    words: list[Decision] = getattr(complaint.output, "standing_decisions", [])
    return next((word for word in words if word.at < complaint.at), None)
