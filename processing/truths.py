"""Truths: masks that people made, kept with photo, segment and recipe version, and handed out for tuning."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.db.models import Max, QuerySet

from catalog.models import Photo
from processing.imaging import planes, screens
from processing.imaging.frame import Alpha
from processing.models import Output, Truth

COLUMNS = ("image", "mask", "category", "route", "recipe", "colour_family", "complexity", "changed", "how", "photo")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A person's mask on its way to the database: the file of what was painted, the edge shift, how it was made."""

    name: str
    edge: dict[str, float]
    how: Truth.How


def difference(alpha: Alpha, before: Output | None) -> float | None:
    """Sum of |alpha - before| over the sum of alpha, as score_cutouts.py's sad; None where there was no mask before."""
    if before is None:
        return None
    with before.alpha.open("rb") as handle:
        was = screens.read_alpha(handle.read())
    if was.shape != alpha.shape:
        return None
    return float(planes.apart(alpha, was).sum(dtype=np.int64) / max(1, int(alpha.sum(dtype=np.int64))))


def keep(drawn: Drawn, output: Output, *, mended: Output | None, changed: float | None) -> Truth:
    """Add the truth that ``output``, made by a person, is; the segment is the photo's as it is now."""
    photo, author = output.photo, output.author
    if author is None:
        raise ValueError("Only a person's output is kept as truth.")
    return Truth.objects.create(
        photo=photo,
        output=output,
        mended=mended,
        recipe_version=output.recipe_version,
        route=output.recipe_version.recipe.route,
        category=photo.category,
        colour_family=photo.colour_family,
        complexity=photo.complexity,
        drawn=drawn.name,
        edge=drawn.edge,
        changed=changed,
        how=drawn.how,
        author=author,
    )


def newest(photos: "QuerySet[Photo] | None" = None) -> "QuerySet[Truth]":
    """The last truth of each photo (of ``photos``, or of all), by photo."""
    found = Truth.objects.all() if photos is None else Truth.objects.filter(photo__in=photos)
    last = found.values("photo").annotate(last=Max("pk")).values("last")
    related = Truth.objects.filter(pk__in=last).select_related("photo", "output", "recipe_version__recipe")
    return related.order_by("photo")


def export(found: "QuerySet[Truth]", folder: Path) -> int:
    """Write photos, masks and a manifest.csv as ../shared/tools/score_cutouts.py reads it; returns how many."""
    for name in ("photos", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    with (folder / "manifest.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS)
        writer.writeheader()
        count = 0
        for row in _rows(found, folder):
            writer.writerow(row)
            count += 1
    return count


def _rows(found: "QuerySet[Truth]", folder: Path) -> Iterator[dict[str, object]]:
    for truth in found.iterator(chunk_size=100):
        stem = f"photo{truth.photo_id}"
        image = f"photos/{stem}{Path(str(truth.photo.source)).suffix}"
        mask = f"masks/{stem}.png"
        for target, stored in ((image, truth.photo.source), (mask, truth.output.alpha)):
            with stored.open("rb") as handle:
                (folder / target).write_bytes(handle.read())
        yield {
            "image": image,
            "mask": mask,
            "category": truth.category,
            "route": truth.route,
            "recipe": str(truth.recipe_version),
            "colour_family": truth.colour_family,
            "complexity": truth.complexity,
            "changed": "" if truth.changed is None else round(truth.changed, 5),
            "how": truth.how,
            "photo": truth.photo.name,
        }
