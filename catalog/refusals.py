"""Refusing a photo at intake, and taking refusals back when something changed that may heal them."""

from collections.abc import Iterable, Sequence

from django.contrib.auth.models import User
from django.db import transaction

from catalog import stages
from catalog.findings import Finding
from catalog.flow import Stage
from catalog.models import Catalog, Photo, Rejection

# What a better product sheet can heal, and what a changed intake standard can: everything that is not the file's own.
HEALED_BY_SHEET = ("name", "unknown_product", "missing_fields")


def refuse(photo: Photo, findings: Sequence[Finding], *, changes: dict[str, object] | None = None) -> None:
    """Move a received photo to “refused”, with one row a broken rule. Raises stages.Refused if it has left RECEIVED."""
    reasons = [finding for finding in findings if finding.refuses]
    with transaction.atomic():
        note = "; ".join(finding.title for finding in reasons)
        stages.move(photo, Stage.REJECTED, note=note, data={"codes": [f.code for f in reasons]}, changes=changes)
        Rejection.objects.bulk_create(_row(photo, finding) for finding in reasons)


def recheck(photo: Photo, *, by: User | None = None, note: str = "") -> bool:
    """Send a refused photo through the inspection again; False when it has no source or is no longer refused."""
    if not photo.source:
        return False
    try:
        with transaction.atomic():
            stages.move(photo, Stage.RECEIVED, by=by, note=note or "Inspected again.")
            # The events keep what was said before; the page shows what holds now.
            photo.rejections.all().delete()
    except stages.Refused:
        return False
    return True


def recheck_healed(catalog: Catalog, *, by: User | None, codes: Iterable[str] = HEALED_BY_SHEET, note: str = "") -> int:
    """Inspect again what was refused for one of `codes`, a new sheet say; returns how many photos."""
    refused = Photo.objects.filter(catalog=catalog, stage=Stage.REJECTED, rejections__code__in=list(codes))
    return sum(recheck(photo, by=by, note=note) for photo in refused.distinct().order_by("pk"))


def _row(photo: Photo, finding: Finding) -> Rejection:
    measured, wanted, action = (text[:300] for text in (finding.measured, finding.wanted, finding.action))
    return Rejection(photo=photo, code=finding.code, measured=measured, wanted=wanted, action=action)
