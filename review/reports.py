"""What became of an upload, photo by photo, as plain values: the report of a headless run, and the API's."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from catalog.flow import Stage
from catalog.models import Batch, Photo, Rejection, Upload
from processing.models import Output, Run
from review.models import Draw

# Photos that no machine or person can use as they are.
FRUITLESS = frozenset({Stage.REJECTED, Stage.FAILED})


def batch_rows(upload: Upload) -> list[dict[str, Any]]:
    """The upload's batches with the number of photos that each has."""
    return [_batch_row(batch) for batch in upload.batches.order_by("pk")]


# Photos that rows are made of: a query that finds them, or their primary keys.
Chosen = QuerySet[Photo] | list[int]


def photo_rows(upload: Upload) -> list[dict[str, Any]]:
    """The upload's photos in the order in which they came in; what is not known of a photo is null or empty."""
    return _rows(list(upload.photos.select_related("product", "batch").order_by("pk")), upload.photos.all())


def rows_of(photos: Sequence[Photo]) -> list[dict[str, Any]]:
    """The same rows of some photos, as many as a page shows."""
    return _rows(photos, [photo.pk for photo in photos])


def _rows(photos: Sequence[Photo], chosen: Chosen) -> list[dict[str, Any]]:
    outputs, runs = newest_outputs(chosen), _newest_runs(chosen)
    draws, refused = _draws(chosen), _rejections(chosen)
    return [
        {
            **_came_in(photo, refused.get(photo.pk, [])),
            **_came_out(outputs.get(photo.pk), runs.get(photo.pk)),
            "sampled": draws.get(photo.pk, "none"),
            "outputs": {},
        }
        for photo in photos
    ]


def newest_outputs(chosen: Chosen) -> dict[int, Output]:
    """The output that counts, by photo."""
    found = Output.objects.latest_of(chosen).select_related("recipe_version", "run")
    return {output.photo_id: output for output in found}


def processed(rows: Iterable[dict[str, Any]]) -> int:
    """How many photos came through the machine with an output."""
    return sum(row["verdict"] is not None and row["state"] not in FRUITLESS for row in rows)


def _batch_row(batch: Batch) -> dict[str, Any]:
    return {"id": str(batch), "route": batch.route, "size": batch.photos.count(), "state": batch.state}


def _newest_runs(chosen: Chosen) -> dict[int, Run]:
    runs = Run.objects.filter(photo__in=chosen).select_related("recipe_version").order_by("pk")
    return {run.photo_id: run for run in runs}


def _draws(chosen: Chosen) -> dict[int, str]:
    """Why photos are reviewed. Flagged ones stand in the draw as well, so that it tells the whole sample."""
    return dict(Draw.objects.filter(photo__in=chosen).order_by("pk").values_list("photo", "stratum"))


def _rejections(chosen: Chosen) -> dict[int, list[Rejection]]:
    found: dict[int, list[Rejection]] = defaultdict(list)
    for rejection in Rejection.objects.filter(photo__in=chosen).order_by("pk"):
        found[rejection.photo_id].append(rejection)
    return found


def _came_in(photo: Photo, refused: list[Rejection]) -> dict[str, Any]:
    segment = photo.segment
    return {
        "id": photo.pk,
        "file": photo.name,
        "sku": photo.product.sku if photo.product else "",
        "view": photo.view,
        "batch": str(photo.batch) if photo.batch else "",
        "state": photo.stage,
        "rejections": [
            {"code": one.code, "message": f"{one.measured}; wanted: {one.wanted}. {one.action}"} for one in refused
        ],
        "segment": {
            "category": segment.category,
            "colour_family": segment.colour_family,
            "complexity": segment.complexity,
        },
        "route": photo.route,
        "notes": photo.notes,
    }


def _came_out(output: Output | None, run: Run | None) -> dict[str, Any]:
    version = output.recipe_version if output else run.recipe_version if run else None
    return {
        "recipe_version": version.number if version else None,
        "model": run.model if run else "",
        "verdict": output.verdict if output else None,
        "risk": output.risk if output else None,
        "readings": output.readings if output else {},
        "seconds": run.seconds if run else {},
        "run_notes": run.notes if run else [],
        "failure": run.failure if run and run.failure else None,
    }
