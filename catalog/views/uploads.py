"""Uploads: the page that files are dropped on, how an upload stands, what was refused and why, and its CSV."""

import csv
from collections.abc import Iterator
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from catalog import refusals, uploads
from catalog.catalogs import bar, batch_rows, standing_of
from catalog.findings import TITLES
from catalog.flow import Stage
from catalog.image_sheets import harmless
from catalog.models import Catalog, Rejection, Upload
from catalog.people import Role, allowed, roles_of

PAGE = 50
HEADINGS = ("file", "code", "problem", "measured", "wanted", "what to do", "refused at")


@allowed(Role.OPERATOR, Role.LEAD)
@require_safe
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """The drop zone; an upload is opened by its first file."""
    catalog = get_object_or_404(Catalog, slug=slug)
    context = {"catalog": catalog, "standard": catalog.intake_standard, "products": catalog.products.count()}
    context["example"] = catalog.intake_standard.example
    return render(request, "catalog/upload_new.html", context)


@allowed(Role.OPERATOR, Role.LEAD)
@require_POST
def create(request: HttpRequest, slug: str) -> HttpResponse:
    """Open an upload. A script gets its addresses as JSON; a plain form brings its files along."""
    catalog = get_object_or_404(Catalog, slug=slug)
    waits = request.POST.get("waits") == "on"
    user = cast(User, request.user)
    upload = uploads.open_upload(catalog, user, name=request.POST.get("name", ""), waits=waits)
    address = reverse("catalog:upload", args=[upload.pk])
    if request.headers.get("Accept") == "application/json":
        tus, done = (reverse(f"catalog:{name}", args=[upload.pk]) for name in ("tus", "upload-finish"))
        return JsonResponse({"pk": upload.pk, "page": address, "tus": tus, "finish": done}, status=201)
    _receive_form(request, upload)
    return redirect(address)


@allowed(*Role)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How an upload stands: stages, batches, what was refused and why. Asks again by itself while things move."""
    upload = get_object_or_404(Upload.objects.select_related("catalog", "by"), pk=pk)
    mine = request.user.pk == upload.by_id and bool(roles_of(request.user) & {Role.OPERATOR, Role.LEAD})
    context = {"upload": upload, "catalog": upload.catalog, "mine": mine, **_standing(request, upload)}
    if request.headers.get("HX-Target") == "standing":
        return _render_fragments(request, context)
    return render(request, "catalog/upload.html", context)


def _render_fragments(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """What moves on an upload's page; its first line and what can be done only once all files are in."""
    names = ("standing", "mine", "start") if context["upload"].finished_at else ("standing",)
    parts = [render_to_string(f"catalog/upload.html#{name}", {**context, "oob": True}, request) for name in names]
    return HttpResponse("".join(parts))


@allowed(Role.OPERATOR, Role.LEAD)
@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """The last file has arrived; a script gets no body back."""
    upload = get_object_or_404(Upload, pk=pk)
    uploads.must_own(upload, request.user)
    uploads.finish(upload)
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    return redirect("catalog:upload", pk=pk)


@allowed(Role.OPERATOR, Role.LEAD)
@require_POST
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Inspect the refused photos of an upload again, after the sheet or the standard was changed."""
    upload = get_object_or_404(Upload, pk=pk)
    by = cast(User, request.user)
    with transaction.atomic():
        refused = upload.photos.filter(stage=Stage.REJECTED).exclude(source="")
        count = sum(refusals.recheck(photo, by=by) for photo in refused)
    messages.success(request, f"{count} photo{'s are' if count != 1 else ' is'} inspected again.")
    return redirect("catalog:upload", pk=pk)


@allowed(*Role)
@require_safe
def refused_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every refused photo of the upload, one row a broken rule, as CSV for a spreadsheet."""
    upload = get_object_or_404(Upload.objects.select_related("catalog"), pk=pk)
    rows = upload_rejections(upload).order_by("photo__name", "pk").iterator()
    response = StreamingHttpResponse(_csv_lines(rows), content_type="text/csv; charset=utf-8")
    name = f"refused-{upload.catalog.slug}-{upload.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def upload_rejections(upload: Upload) -> Any:
    """The broken rules of the photos that are refused now."""
    return Rejection.objects.filter(photo__upload=upload, photo__stage=Stage.REJECTED).select_related("photo")


class _Echo:
    """What csv.writer writes to: hands each line on."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(rows: Iterator[Rejection]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(HEADINGS))  # the mark makes Excel read UTF-8
    for row in rows:
        cells = (row.photo.name, row.code, TITLES.get(row.code, row.code), row.measured, row.wanted, row.action)
        yield str(writer.writerow([*map(harmless, cells), row.at.isoformat(timespec="seconds")]))


def _receive_form(request: HttpRequest, upload: Upload) -> None:
    """Files of a plain form, for browsers without scripts."""
    received = uploads.receive_all(upload, request.FILES.getlist("files"))
    uploads.finish(upload)
    if not received:
        messages.error(request, "No file was chosen.")


def _standing(request: HttpRequest, upload: Upload) -> dict[str, Any]:
    """Everything the page tells, in a fixed number of queries."""
    standing = standing_of(upload)
    counts = standing.counts
    refused = upload.photos.filter(stage=Stage.REJECTED).prefetch_related("rejections").order_by("name", "pk")
    codes = upload_rejections(upload).values("code").annotate(count=Count("photo", distinct=True)).order_by("-count")
    reasons = list(codes)
    arrived = {"finished": Count("pk", filter=~Q(finished_at=None)), "total": Count("pk")}
    return {
        "counts": counts,
        "total": sum(counts.values()),
        "refused_count": counts.get(Stage.REJECTED, 0),
        "stages": bar(counts),
        "reasons": [{"title": TITLES.get(row["code"], row["code"]), "count": row["count"]} for row in reasons],
        "unknown": sum(row["count"] for row in reasons if row["code"] == "unknown_product"),
        "products": upload.catalog.products.exists(),
        "page_obj": Paginator(refused, PAGE).get_page(request.GET.get("page")),
        "arrived": upload.incoming.aggregate(**arrived),
        "archives": standing.archives,
        "batches": batch_rows(list(upload.batches.order_by("pk"))),
        "sheets": list(upload.sheets.all()),
        "working": standing.working,
        "held_back": standing.held_back,
    }
