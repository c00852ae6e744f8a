"""The API's calls about exports, and the pictures of photos and of what was made of them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpRequest
from django.urls import reverse
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from catalog import files
from catalog.api import once as idempotency
from catalog.api.access import Bearer
from catalog.api.once import once
from catalog.api.parts import LAST, Asked, Page, Paging, answers, found, page, sends
from catalog.api.problems import Problem, of_fields, of_form
from catalog.models import Batch, Catalog, Photo, Upload
from catalog.people import Role, roles_of
from processing import export_archive, exports
from processing.export_forms import ExportForm
from processing.models import Export, Output

router = Router()
ROLES = (Role.OPERATOR, Role.LEAD, Role.MANAGER)
NAMES = {"what": "of", "photos": "upload"}


class NewExport(Asked):
    """What is to be exported, and for whom. Name one of catalog, batch and upload."""

    catalog: str | None = Field(None, description="All of a catalog: its id.")
    batch: int | None = Field(None, ge=0, le=LAST, description="One batch: its number.")
    upload: int | None = Field(None, ge=0, le=LAST, description="What one upload brought: its number.")
    marketplaces: list[str] | None = Field(None, description="Slugs of GET /marketplaces; without, the catalog's own.")
    fresh: bool = Field(False, description="Only what a marketplace does not have yet as it is.")
    unreviewed: bool = Field(False, description="Also what still waits for a review; leads only.")


class LeftOut(Schema):
    """A picture that is not in an export, and why."""

    marketplace: str
    file: str
    sku: str
    reason: str
    photo: int | None


class ExportOut(Schema):
    """One delivery."""

    id: int
    name: str = Field(description="What pages and manifests call it.")
    catalog: str
    batch: int | None
    by: str
    marketplaces: list[str]
    unreviewed: bool
    state: str = Field(description="queued, running, done or failed.")
    done: bool = Field(description="Whether it has come to an end, well or not.")
    total: int = Field(description="Files that were planned.")
    written: int
    left_out: int = Field(description="Photos and files that are not in it; GET /exports/{id} says which and why.")
    notes: list[Any]
    created_at: datetime
    finished_at: datetime | None
    archive: str | None = Field(description="Where the ZIP is, once there is one.")
    archive_bytes: int
    page: str


class ExportDetail(ExportOut):
    """One delivery, with what is not in it."""

    missing: list[LeftOut]


class WantedExports(Schema):
    """Which exports are wanted."""

    catalog: str = ""


class Kind(StrEnum):
    """Pictures of the newest output, and of the photo as it came."""

    PREVIEW = "preview"
    THUMB = "thumb"
    ALPHA = "alpha"
    SOURCE = "source"
    SOURCE_PREVIEW = "source_preview"
    SOURCE_THUMB = "source_thumb"


AS_IT_CAME = {Kind.SOURCE: "source", Kind.SOURCE_PREVIEW: "preview", Kind.SOURCE_THUMB: "thumb"}


@router.get(
    "/exports", auth=Bearer(*ROLES), response=answers(Page[ExportOut], 422), url_name="exports", tags=["Exports"],
    summary="Exports",
)  # fmt: skip
def index(request: HttpRequest, wanted: Query[WantedExports], paging: Query[Paging]) -> dict[str, Any]:
    """All exports, the newest first, or those of one catalog."""
    chosen = {"catalog__slug": wanted.catalog} if wanted.catalog else {}
    return page(request, _exports().filter(**chosen), paging, lambda part: export_rows(request, part))


@router.post(
    "/exports", auth=Bearer(*ROLES), response=answers(ExportOut, 400, 404, 409, 413, 422, status=201),
    url_name="exports-new", tags=["Exports"], summary="Order an export", openapi_extra=idempotency.DESCRIBED,
)  # fmt: skip
@once
def order(request: HttpRequest, asked: NewExport) -> Status[dict[str, Any]]:
    """Released photos, as each marketplace wants them. Whatever stays behind is listed with the reason; where nothing
    is released yet, or nothing is new, there is no export but a 422 that says so."""
    may_release = Role.LEAD in roles_of(request.user)
    if asked.unreviewed and not may_release:
        raise PermissionDenied("Only a lead may let pictures out that nobody has reviewed.")
    form = ExportForm(_form_data(asked), may_release=may_release)
    made = form.order(cast(User, request.user)) if form.is_valid() else None
    if made is None:
        raise of_form(form, NAMES)
    return Status(201, export_rows(request, [export_called(made.pk)])[0])


@router.get(
    "/exports/{int:id}", auth=Bearer(*ROLES), response=answers(ExportDetail, 404), url_name="export", tags=["Exports"],
    summary="One export",
)  # fmt: skip
def detail(request: HttpRequest, id: int) -> dict[str, Any]:
    """How far it is, its notes, and what is not in it: ask again until `done`."""
    export = export_called(id)
    missing = [row._asdict() for row in export_archive.left_out(export)]
    return {**export_rows(request, [export])[0], "missing": missing}


@router.get(
    "/exports/{int:id}/archive", auth=Bearer(*ROLES), response=answers(None, 404, 409), url_name="export-archive",
    tags=["Exports"], summary="An export's ZIP", openapi_extra=sends("application/zip"),
)  # fmt: skip
def archive(request: HttpRequest, id: int) -> FileResponse:
    """Pictures, the sheets that map them to products, and a manifest; streamed. 409 until it is packed."""
    export = export_called(id)
    if export.state in exports.OPEN_STATES:
        raise Problem(409, f"{export} is not packed yet; ask GET /exports/{id} until it is done.", code="not_ready")
    return _file(export.archive, f"{export} has no archive, or it was removed.", export_archive.archive_name(export))


@router.get(
    "/photos/{int:id}/picture", auth=Bearer(*Role), response=answers(None, 404, 422), url_name="photo-picture",
    tags=["Photos"], summary="A photo's picture", openapi_extra=sends("image/*"),
)  # fmt: skip
def picture(request: HttpRequest, id: int, kind: Kind = Kind.PREVIEW) -> FileResponse:
    """What was made of the photo, newest first, at screen size (`preview`, `thumb`) or its mask at full size (`alpha`);
    or the photo as it came (`source`, `source_preview`, `source_thumb`)."""
    photo = found(Photo.objects.all(), "photo", pk=id)
    name = AS_IT_CAME.get(kind)
    row: Photo | Output | None = photo if name else photo.outputs.order_by("-pk").first()
    file = getattr(row, name or kind.value, None)
    return _file(file, f"Photo {id} has no {kind.value.replace('_', ' ')} yet.", "")


def export_called(pk: int) -> Export:
    """The export with this number. Raises Problem, 404."""
    return found(_exports(), "export", pk=pk)


def export_rows(request: HttpRequest, found: Sequence[Export]) -> list[dict[str, Any]]:
    """Exports as ExportOut has them."""
    return [_row(request, export) for export in found]


def _exports() -> "QuerySet[Export]":
    counts = {
        "written": Count("files", filter=~Q(files__file="")),
        "omitted": Count("files", filter=~Q(files__left_out="")),
    }
    return Export.objects.select_related("catalog", "by").annotate(**counts).order_by("-pk")


def _row(request: HttpRequest, export: Any) -> dict[str, Any]:
    alike = ("marketplaces", "unreviewed", "state", "total", "written", "notes", "archive_bytes")
    where = request.build_absolute_uri(reverse("api:export-archive", args=[export.pk]))
    return {
        **{name: getattr(export, name) for name in (*alike, "created_at", "finished_at")},
        "id": export.pk,
        "name": str(export),
        "catalog": export.catalog.slug,
        "batch": export.batch_id,
        "by": export.by.username,
        "done": export.state not in exports.OPEN_STATES,
        "left_out": export.omitted + len(export.left_out),
        "archive": where if export.archive else None,
        "page": request.build_absolute_uri(reverse("processing:export", args=[export.pk])),
    }


def _form_data(asked: NewExport) -> dict[str, Any]:
    """The page's form, filled in by what was asked for. Raises Problem."""
    catalog, what, photos = _scope(asked)
    slugs = asked.marketplaces if asked.marketplaces is not None else catalog.marketplaces
    return {
        "what": what,
        "photos": ",".join(map(str, photos)),
        "marketplaces": slugs,
        "fresh": asked.fresh,
        "unreviewed": asked.unreviewed,
    }


def _scope(asked: NewExport) -> tuple[Catalog, str, Sequence[int]]:
    """The catalog, the form's word for what is wanted, and the photos if not all of that. Raises Problem."""
    named = [name for name in ("catalog", "batch", "upload") if getattr(asked, name) is not None]
    if len(named) != 1:
        words = f"Name one of catalog, batch and upload, not {' and '.join(named) or 'none'}."
        raise of_fields({"of": [words]}, words)
    if asked.catalog is not None:
        catalog = found(Catalog.objects.all(), "catalog", slug=asked.catalog)
        return catalog, f"catalog-{catalog.pk}", []
    if asked.batch is not None:
        batch = found(Batch.objects.select_related("catalog"), "batch", pk=asked.batch)
        return batch.catalog, f"batch-{batch.pk}", []
    upload = found(Upload.objects.select_related("catalog"), "upload", pk=asked.upload)
    photos = list(upload.photos.values_list("pk", flat=True))
    if not photos:
        raise of_fields({"upload": [f"{upload} has no photo."]})
    return upload.catalog, f"catalog-{upload.catalog_id}", photos


def _file(file: FieldFile | None, otherwise: str, name: str) -> FileResponse:
    """A stored file, read piece by piece. Raises Problem, 404, where there is none."""
    if not file:
        raise Problem(404, otherwise)
    try:
        return FileResponse(files.opened(file), as_attachment=bool(name), filename=name)
    except FileNotFoundError as error:
        raise Problem(404, otherwise) from error
