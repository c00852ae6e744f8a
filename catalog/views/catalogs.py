"""Catalogs: the list, a new one, its home and its settings."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_safe

from catalog import catalogs, samples
from catalog.catalog_forms import NewCatalogForm, SettingsForm, posted
from catalog.flow import MACHINE_STAGES, Stage
from catalog.models import Catalog, Photo, Upload
from catalog.people import Role, allowed, roles_of
from catalog.standards import Standard

PAGE = 50
BATCHES = 25
UPLOADS = 8
FIRST_STEPS = (
    "Import the product sheet, CSV or XLSX: it says which products there are, and of which category.",
    "Drop the photos, as files, a folder or a ZIP: what breaks the standard is refused at once, with the reason.",
    "Review the sample that is drawn from each batch, then export what is released.",
)
NO_CATALOG_STEPS = (
    "Create a catalog for a shop or client, and say what its photos must meet.",
    "Import its product sheet, CSV or XLSX.",
    "Drop its photos: they are checked, cut out, measured and sampled for review.",
)


@allowed(*Role)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every catalog with its products, photos by stage and batches in work."""
    page = Paginator(Catalog.objects.select_related("owner"), PAGE).get_page(request.GET.get("page"))
    rows = catalogs.counted(list(page.object_list))
    context = {
        "page_obj": page,
        "rows": rows,
        "steps": NO_CATALOG_STEPS,
        "sample": samples.progress(),
        "may_create": bool(roles_of(request.user) & frozenset({Role.OPERATOR, Role.LEAD, Role.MANAGER})),
    }
    return render(request, "catalog/catalogs.html", context)


@allowed(Role.OPERATOR, Role.LEAD, Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Create a catalog."""
    initial = {"owner": catalogs.usual_owner(request.user), "min_edge": Standard().min_edge}
    form = NewCatalogForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid() and (made := form.create()):
        messages.success(request, f"{made.name} is ready for its product sheet.")
        return redirect("catalog:catalog", made.slug)
    context = {"form": form, "nobody": not catalogs.owners().exists()}
    return render(request, "catalog/catalog_new.html", context, status=422 if form.errors else 200)


@allowed(*Role)
@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The home of one catalog: how its photos stand, its batches and its uploads."""
    catalog = get_object_or_404(Catalog.objects.select_related("owner"), slug=slug)
    batches = catalog.batches.select_related("upload__by").order_by("-pk")
    page = Paginator(batches, BATCHES).get_page(request.GET.get("page"))
    uploads = upload_rows(catalog)
    context = {
        "catalog": catalog,
        "page_obj": page,
        "rows": catalogs.batch_rows(list(page.object_list)),
        "uploads": uploads,
        "refused_upload": next((row["upload"].pk for row in uploads if row["refused"]), None),
        "steps": FIRST_STEPS,
        **standing(catalog),
    }
    if request.headers.get("HX-Target") == "standing":
        return _render_fragments(request, context)
    return render(request, "catalog/catalog.html", context)


def _render_fragments(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """What moves on a catalog's home: its bar, batches and uploads, and the counts in its first line."""
    names = ("standing", "counts")
    parts = [render_to_string(f"catalog/catalog.html#{name}", {**context, "oob": True}, request) for name in names]
    return HttpResponse("".join(parts))


def standing(catalog: Catalog) -> dict[str, Any]:
    """Photos by stage, how many still move by themselves, and how many products there are; two queries."""
    counts = catalogs.photos_by_stage("catalog", [catalog.pk])[catalog.pk]
    return {
        "stages": catalogs.bar(counts),
        "counts": counts,
        "total": sum(counts.values()),
        "moving": sum(counts.get(stage.value, 0) for stage in MACHINE_STAGES),
        "released": counts.get(Stage.APPROVED.value, 0),
        "products": catalog.products.count(),
    }


def upload_rows(catalog: Catalog) -> list[dict[str, Any]]:
    """The newest uploads with how many photos came and how many were refused."""
    uploads: list[Upload] = list(catalog.uploads.select_related("by").order_by("-created_at", "-pk")[:UPLOADS])
    stages = catalogs.photos_by_stage("upload", [upload.pk for upload in uploads])
    return [
        {
            "upload": upload,
            "total": sum(stages[upload.pk].values()),
            "refused": stages[upload.pk].get(Stage.REJECTED.value, 0),
            "moving": sum(stages[upload.pk].get(stage.value, 0) for stage in MACHINE_STAGES),
        }
        for upload in uploads
    ]


@allowed(Role.LEAD, Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """What the catalog asks of its photos, whom it belongs to, and where it is sold."""
    catalog = get_object_or_404(Catalog, slug=slug)
    form = SettingsForm(posted(request), catalog=catalog)
    if request.method == "POST" and form.is_valid():
        again = form.write(cast(User, request.user))
        text = f"{again} refused photo{'s are' if again != 1 else ' is'} inspected again." if again else ""
        messages.success(request, f"The settings hold from now on. {text}".strip())
        return redirect("catalog:catalog", catalog.slug)
    refused = Photo.objects.filter(catalog=catalog, stage=Stage.REJECTED).aggregate(number=Count("pk"))["number"]
    context = {"catalog": catalog, "form": form, "refused": refused}
    return render(request, "catalog/catalog_settings.html", context, status=422 if form.errors else 200)
