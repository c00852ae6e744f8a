"""Catalogs: making one, changing what it asks for, and how its photos and batches stand, counted in few queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.text import slugify

from catalog import refusals
from catalog.flow import MACHINE_STAGES, BatchState, Stage, standing
from catalog.models import Batch, Catalog, Incoming, Photo, Product, Upload
from catalog.people import Role
from catalog.standards import Standard

# Words that stand in addresses where a catalog's slug would.
RESERVED = frozenset({"new", "sample"})
OWNERS = (Role.LEAD.value, Role.MANAGER.value)
# What intake refuses because of the standard; everything else is wrong with the file whatever the standard says.
HEALED_BY_STANDARD = (
    "too_small", "too_many_pixels", "too_many_bytes", "format", "mislabelled", "cmyk", "wide_gamut", "bit_depth",
    "broken_profile", "other_profile", "name", "unknown_product", "missing_fields",
)  # fmt: skip


def owners() -> QuerySet[User]:
    """Those who may own a catalog: active leads and managers."""
    active = User.objects.filter(Q(groups__name__in=OWNERS) | Q(is_superuser=True), is_active=True)
    return active.distinct().order_by("username")


def usual_owner(user: object) -> User | None:
    """Whom a new catalog made by ``user`` belongs to unless they say otherwise: them, or the only one there is."""
    able = list(owners())
    return next((one for one in able if one == user), able[0] if len(able) == 1 else None)


def free_slug(name: str) -> str:
    """An address for a catalog called ``name`` that no other catalog has."""
    base = slugify(name)[:100] or "catalog"
    taken = set(Catalog.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED
    return next(slug for slug in _numbered(base) if slug not in taken)


def _numbered(base: str) -> Iterable[str]:
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1


def create(name: str, owner: User, *, standard: Standard, marketplaces: Sequence[str] = ()) -> Catalog:
    """A new, empty catalog. Raises IntegrityError when another one has this name."""
    return Catalog.objects.create(
        name=name,
        slug=free_slug(name),
        owner=owner,
        standard=differences(standard),
        marketplaces=list(marketplaces),
    )


def differences(standard: Standard) -> dict[str, Any]:
    """What a standard asks beside the defaults: all that a catalog keeps of it."""
    usual = Standard().as_dict()
    return {name: value for name, value in standard.as_dict().items() if value != usual[name]}


def change(catalog: Catalog, *, by: User, standard: Standard, **values: Any) -> int:
    """Write a catalog's settings; returns how many refused photos are inspected again under the new standard."""
    changed = standard != catalog.intake_standard
    with transaction.atomic():
        for name, value in values.items():
            setattr(catalog, name, value)
        catalog.standard = differences(standard)
        catalog.save()
        if not changed:
            return 0
        note = "Inspected again, since the intake standard was changed."
        return refusals.recheck_healed(catalog, by=by, codes=HEALED_BY_STANDARD, note=note)


def bar(counts: dict[str, int]) -> list[dict[str, Any]]:
    """The entries of a bar of stages, in the order of the flow, from photos by stage."""
    return [
        {"stage": stage.value, "label": stage.label.lower(), "count": counts[stage.value]}
        for stage in Stage
        if counts.get(stage.value)
    ]


def photos_by_stage(field: str, keys: Sequence[int]) -> dict[int, dict[str, int]]:
    """Photos by stage for each of ``keys``, the primary keys of ``field`` (catalog, batch, upload, product)."""
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    rows = Photo.objects.filter(**{f"{field}__in": list(keys)}).order_by()
    for key, stage, count in rows.values_list(field, "stage").annotate(Count("pk")):
        found[key][stage] = count
    return found


def counted(catalogs: Sequence[Catalog]) -> list[dict[str, Any]]:
    """Each catalog with its products, photos by stage and batches in work; three queries however many there are."""
    keys = [catalog.pk for catalog in catalogs]
    stages = photos_by_stage("catalog", keys)
    products = _number_of(Product.objects.filter(catalog__in=keys))
    batches = _number_of(Batch.objects.filter(catalog__in=keys).exclude(state=BatchState.ACCEPTED))
    return [
        {
            "catalog": catalog,
            "products": products.get(catalog.pk, 0),
            "photos": sum(stages[catalog.pk].values()),
            "stages": bar(stages[catalog.pk]),
            "batches": batches.get(catalog.pk, 0),
        }
        for catalog in catalogs
    ]


def batch_rows(batches: Sequence[Batch]) -> list[dict[str, Any]]:
    """Each batch with its standing, its bar of stages and its number of photos; one query for all."""
    stages = photos_by_stage("batch", [batch.pk for batch in batches])
    return [
        {
            "batch": batch,
            "standing": standing(batch.state, stages[batch.pk]),
            "stages": bar(stages[batch.pk]),
            "total": sum(stages[batch.pk].values()),
        }
        for batch in batches
    ]


@dataclass(frozen=True)
class UploadStanding:
    """How an upload stands: photos by stage, archives still packed, how many photos wait for somebody's word, and
    whether files or machines are still under way."""

    counts: dict[str, int]
    archives: list[Incoming]
    held_back: int
    working: bool


def standing_of(upload: Upload) -> UploadStanding:
    """How one upload stands."""
    return standings_of([upload])[upload.pk]


def standings_of(uploads: Sequence[Upload]) -> dict[int, UploadStanding]:
    """How uploads stand, by their keys; two queries however many there are."""
    keys = [upload.pk for upload in uploads]
    counts, archives = photos_by_stage("upload", keys), defaultdict(list)
    for archive in Incoming.objects.filter(upload__in=keys, unpacked_at=None).exclude(archive=""):
        archives[archive.upload_id].append(archive)
    return {upload.pk: _standing(upload, counts[upload.pk], archives[upload.pk]) for upload in uploads}


def _standing(upload: Upload, counts: dict[str, int], archives: list[Incoming]) -> UploadStanding:
    moving = sum(counts.get(stage.value, 0) for stage in MACHINE_STAGES)
    held_back = counts.get(Stage.READY, 0) if upload.waits else 0
    working = bool(archives) or upload.finished_at is None or moving > held_back
    return UploadStanding(counts, archives, held_back, working)


def _number_of(rows: QuerySet[Any]) -> dict[int, int]:
    return dict(rows.order_by().values_list("catalog").annotate(Count("pk")))
