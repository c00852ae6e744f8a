"""The batch page: a contact sheet of before and after, how the batch stands, and letting a waiting upload go."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from catalog import catalogs, flow, uploads
from catalog.flow import MACHINE_STAGES, Stage
from catalog.models import Batch, Upload
from catalog.people import Role, allowed

PAGE = 100
# What a fragment of a batch's page tells the others when it found that the batch has moved.
MOVED = "batch-moved"
# Stages in which a photo has an output to show.
SHOWN = frozenset({Stage.PROCESSED, Stage.IN_REVIEW, Stage.HELD, Stage.APPROVED, Stage.ESCALATED, Stage.DELIVERED})


@allowed(*Role)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Photos of one batch, all or those in one stage, before and after. Asks again by itself, and is answered with 204
    while nothing has moved."""
    batch = get_object_or_404(Batch.objects.select_related("catalog", "upload__by"), pk=pk)
    stage = request.GET.get("stage", "")
    photos = batch.photos.filter(stage=stage) if stage in Stage.values else batch.photos.all()
    page = Paginator(photos.order_by("name", "pk"), PAGE).get_page(request.GET.get("page"))
    context = {"batch": batch, "page_obj": page, "stage": stage, "shown": SHOWN, **_standing(batch)}
    if request.headers.get("HX-Target") == "photos":
        same = request.headers.get("X-Seen") == context["seen"]
        return HttpResponse(status=204) if same else _render_fragments(request, context)
    return render(request, "catalog/batch.html", context)


def _render_fragments(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """What moves on a batch's page: photos, stages and first line. The fragments of other apps then follow."""
    names = ("photos", "standing", "mine", "tabs", "start")
    parts = [render_to_string(f"catalog/batch.html#{name}", {**context, "oob": True}, request) for name in names]
    return HttpResponse("".join(parts), headers={"HX-Trigger-After-Settle": MOVED})


@allowed(Role.OPERATOR, Role.LEAD)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the photos of a waiting upload go to the machines, now that somebody has looked at their routes."""
    upload = get_object_or_404(Upload, pk=pk)
    count = uploads.start(upload)
    messages.success(request, f"{count} photo{'s' if count != 1 else ''} queued.")
    back = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if ours else "catalog:catalogs")


def _standing(batch: Batch) -> dict[str, Any]:
    """How the batch stands, how many photos it has, and how many of them still move by themselves; two queries."""
    by_stage = catalogs.photos_by_stage("batch", [batch.pk])[batch.pk]
    moving = sum(by_stage.get(stage.value, 0) for stage in MACHINE_STAGES)
    last = batch.photos.aggregate(at=Max("stage_since"))["at"]
    return {
        "seen": f"{batch.state} {batch.upload.waits:d} {sum(by_stage.values())} {last and last.isoformat()}",
        "standing": flow.standing(batch.state, by_stage),
        "total": sum(by_stage.values()),
        "moving": moving,
        "tabs": [(stage.value, stage.label, by_stage[stage.value]) for stage in Stage if by_stage.get(stage.value)],
        "working": bool(moving) and not batch.upload.waits,
        "released": by_stage.get(Stage.APPROVED, 0),
        "waiting": by_stage.get(Stage.IN_REVIEW, 0),
    }
