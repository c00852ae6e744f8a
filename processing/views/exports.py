"""Exports in the browser: ordering one, watching it, and downloading its archive."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from catalog import files
from catalog.marketplaces import preset
from catalog.people import Role, allowed, roles_of
from processing import export_archive, exports
from processing.export_forms import ExportForm, initial, labels
from processing.models import Export

ROLES = (Role.OPERATOR, Role.LEAD, Role.MANAGER)
A_PAGE, MOST_ROWS, MOST_NOTES = 30, 200, 5


@allowed(*ROLES)
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The form that orders an export, and the exports so far; ?batch=, ?catalog= and ?photos= fill the form in.

    Only a lead may let pictures out that nobody has reviewed.
    """
    may_release = Role.LEAD in roles_of(request.user)
    if request.method == "POST":
        form = ExportForm(request.POST, may_release=may_release)
        if form.is_valid() and (export := form.order(cast(User, request.user))):
            return redirect("processing:export", pk=export.pk)
    else:
        form = ExportForm(initial=initial(request.GET.dict()), may_release=may_release)
    rows = Export.objects.select_related("catalog", "batch", "by")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    listed = [{"export": export, "labels": labels(export.marketplaces), **exports.progress(export)} for export in page]
    context = {"form": form, "page_obj": page, "rows": listed}
    return render(request, "processing/exports.html", context, status=422 if form.errors else 200)


@allowed(*ROLES)
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One export: how far it is, its files by marketplace, and what was left out with the reason."""
    export = get_object_or_404(Export.objects.select_related("catalog", "batch", "by"), pk=pk)
    return render(request, "processing/export.html", {**_standing(export), **_listed(export)})


@allowed(*ROLES)
@require_GET
def export_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of an export's page; asks again until the archive is there, then has the page shown anew."""
    context = {**_standing(get_object_or_404(Export, pk=pk)), "oob": True}
    response = render(request, "processing/export_progress.html", context)
    if not context["working"]:
        response["HX-Refresh"] = "true"
    return response


@allowed(*ROLES)
@require_GET
def archive(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The export's ZIP, streamed from the storage."""
    export = get_object_or_404(Export.objects.select_related("catalog"), pk=pk)
    try:
        stream = files.opened(export.archive)
    except FileNotFoundError as error:
        raise Http404("This export has no archive yet, or it was removed from the storage.") from error
    return FileResponse(stream, as_attachment=True, filename=export_archive.archive_name(export))


def _standing(export: Export) -> dict[str, Any]:
    return {
        "export": export,
        "labels": labels(export.marketplaces),
        "working": export.state in exports.OPEN_STATES,
        **exports.progress(export),
    }


def _listed(export: Export) -> dict[str, Any]:
    """The files by marketplace and what is missing, as far as a page can hold them; the archive has them all."""
    rows = export_archive.written(export)
    missing = export_archive.left_out(export)
    groups = [(preset(slug), [row for row in rows if row.marketplace == slug]) for slug in export.marketplaces]
    return {
        "groups": [
            {
                "preset": known,
                "files": found[:MOST_ROWS],
                "count": len(found),
                "notes": _often(note for file in found for note in file.notes),
            }
            for known, found in groups
        ],
        "missing": missing[:MOST_ROWS],
        "missing_count": len(missing),
        "missing_why": _often(row.reason for row in missing),
    }


def _often(said: Iterable[str]) -> list[tuple[str, int]]:
    """What is said of several rows, the most frequent first: what each row says alone is easily passed over."""
    return [(words, count) for words, count in Counter(said).most_common(MOST_NOTES) if count > 1]
