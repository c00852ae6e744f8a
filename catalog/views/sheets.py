"""Product sheets: upload, name the columns, and the report of rows not taken."""

import csv
from dataclasses import asdict
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import products
from catalog.catalog_forms import posted
from catalog.columns import LABELS
from catalog.findings import TITLES
from catalog.image_sheets import harmless
from catalog.models import Catalog, SheetImport
from catalog.people import Role, allowed
from catalog.sheet_forms import ColumnsForm, SheetForm
from catalog.sheets import SheetReading, SheetRefused

PAGE = 100
EARLIER = 20
# So many rows that can't be taken are shown before the import.
SHOWN = 20


@allowed(Role.OPERATOR, Role.LEAD)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Hand in a product sheet; its columns come next. Below it, the sheets that came before."""
    catalog = get_object_or_404(Catalog, slug=slug)
    form = SheetForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = cast("UploadedFile[Any]", form.cleaned_data["file"])
        record = products.store_sheet(catalog, file.name or "sheet", file.read(), cast(User, request.user))
        return redirect("catalog:sheet-columns" if is_readable(record) else "catalog:sheet-report", record.pk)
    earlier = catalog.sheets.select_related("by")[:EARLIER]
    context = {"catalog": catalog, "form": form, "earlier": earlier}
    return render(request, "catalog/sheet.html", context, status=422 if form.errors else 200)


@allowed(Role.OPERATOR, Role.LEAD)
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Which column means what, as recognised and to be changed by hand, over the sheet's first rows; then take it."""
    record = get_object_or_404(SheetImport.objects.select_related("catalog", "by"), pk=pk)
    if record.state == SheetImport.State.REFUSED:
        return redirect("catalog:sheet-report", record.pk)
    try:
        reading = products.reading_of(record, record.mapping or None)
    except FileNotFoundError as error:
        raise Http404("The sheet is no longer in the storage.") from error
    form = ColumnsForm(posted(request), columns=reading.columns, mapping=reading.mapping)
    if request.method == "POST" and form.is_valid():
        products.take(record, form.mapping())
        return redirect("catalog:sheet-report", record.pk)
    context = {"record": record, "catalog": record.catalog, "form": form, **preview(reading)}
    return render(request, "catalog/sheet_columns.html", context, status=422 if form.errors else 200)


def word_for(field: str) -> str:
    """A field of a product as pages call it."""
    return LABELS.get(field, field.capitalize())


def is_readable(record: SheetImport) -> bool:
    """Whether a new sheet can be read at all; if not, it is written down why."""
    try:
        products.reading_of(record)
    except SheetRefused:
        products.take(record)
        return False
    return True


def preview(reading: SheetReading) -> dict[str, Any]:
    """The sheet's first rows, under headings that say which field each column becomes, and rows that can't be taken."""
    fields = {heading: word_for(field) for field, heading in reading.mapping.items()}
    return {
        "headings": [(heading, fields.get(heading, "")) for heading in reading.columns],
        "sample": reading.sample,
        "recognised": len(reading.mapping),
        "readable": len(reading.products),
        "unreadable": len(reading.refusals),
        "refused": [
            {"row": one.row, "sku": one.sku, "title": one.finding.title, **asdict(one.finding)}
            for one in reading.refusals[:SHOWN]
        ],
        "notes": reading.notes,
    }


@allowed(*Role)
@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """What was taken of a sheet, and every row that was not: what was found, what is wanted, what to do."""
    record = get_object_or_404(SheetImport.objects.select_related("catalog", "by"), pk=pk)
    rows = [{**refusal, "title": TITLES.get(refusal["code"], refusal["code"])} for refusal in record.refusals]
    context = {
        "record": record,
        "catalog": record.catalog,
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "taken": record.created + record.updated + record.unchanged,
        "columns": [(word_for(field), heading) for field, heading in record.mapping.items()],
    }
    return render(request, "catalog/sheet_report.html", context)


@allowed(*Role)
@require_safe
def refusals(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows not taken as a CSV file that any spreadsheet program opens, and opens as plain text."""
    record = get_object_or_404(SheetImport, pk=pk)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rows-not-taken-{record.pk}.csv"'
    writer = csv.writer(response)
    writer.writerow(["row", "sku", "code", "what", "measured", "wanted", "what to do"])
    for refusal in record.refusals:
        code = refusal["code"]
        found = [refusal[name] for name in ("measured", "wanted", "action")]
        cells = [refusal["sku"], code, TITLES.get(code, code), *found]
        writer.writerow([refusal["row"] or "", *(harmless(cell) for cell in cells)])
    return response


@allowed(Role.OPERATOR, Role.LEAD)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a sheet of which nothing was taken."""
    record = get_object_or_404(SheetImport.objects.select_related("catalog"), pk=pk)
    if record.state != SheetImport.State.DONE:
        record.file.delete(save=False)
        record.delete()
        messages.info(request, f"{record.name} was put aside; nothing of it was taken.")
    return redirect("catalog:sheet", record.catalog.slug)
