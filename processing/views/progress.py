"""Live fragments: how far a batch is, and what was measured on a photo."""

from typing import Any

from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from catalog import catalogs
from catalog.flow import MACHINE_STAGES
from catalog.models import Batch, Photo
from catalog.people import Role, allowed
from processing import readings, repairs
from processing.models import Output, Run


@allowed(*Role)
@require_GET
def batch_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The bar of stages and the pace of a batch; asks again while a machine still works on it."""
    batch = get_object_or_404(Batch.objects.select_related("upload"), pk=pk)
    counts = catalogs.photos_by_stage("batch", [batch.pk])[batch.pk]
    total, pace = sum(counts.values()), _pace(batch, counts)
    context = {"batch": batch, "stages": catalogs.bar(counts), "total": total, "done": total - pace["left"], **pace}
    return render(request, "processing/batch_progress.html", context)


@allowed(*Role)
@require_GET
def photo_readings(request: HttpRequest, pk: int) -> HttpResponse:
    """Readings, reasons, steps and notes of the photo's newest output and run."""
    photo = get_object_or_404(Photo, pk=pk)
    output = Output.objects.filter(photo=photo).select_related("recipe_version__recipe", "run", "author").first()
    runs = photo.runs.select_related("recipe_version__recipe")[:5]
    context: dict[str, Any] = {"photo": photo, "output": output, "runs": runs, "rows": []}
    if output:
        context |= {"rows": readings.rows(output), "retouch": repairs.words(output.parameters)}
    return render(request, "processing/photo_readings.html", context)


def _pace(batch: Batch, counts: dict[str, int]) -> dict[str, Any]:
    """Photos an hour so far and the minutes left, from the batch's own finished runs; None before two are done."""
    left = sum(counts.get(stage.value, 0) for stage in MACHINE_STAGES)
    # A photo counts with its first run on the route: what is reprocessed days later, or ran elsewhere before it came
    # here, says nothing about the pace.
    here = Run.objects.filter(photo__batch=batch, recipe_version__recipe__route=batch.route)
    runs = here.filter(status=Run.Status.DONE).order_by().values("photo")
    firsts = runs.annotate(began=Min("started_at"), ended=Min("finished_at"))
    done = firsts.aggregate(count=Count("photo"), first=Min("began"), last=Max("ended"))
    failed = here.aggregate(n=Count("pk", filter=Q(status=Run.Status.FAILED)))["n"]
    working = bool(left) and not batch.upload.waits
    pace = {"left": left, "working": working, "failed": failed, "per_hour": None, "minutes_left": None}
    if done["count"] < 2 or done["last"] <= done["first"]:
        return pace
    per_hour = done["count"] / ((done["last"] - done["first"]).total_seconds() / 3600)
    return {**pace, "per_hour": per_hour, "minutes_left": max(1, round(60 * left / per_hour)) if left else None}
