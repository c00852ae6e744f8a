"""The API's calls about uploads: opening one, sending files into it, closing it, and how it stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Query, Router, Schema
from ninja.responses import Status
from pydantic import ValidationError

from catalog import catalogs, uploads
from catalog.api import once as idempotency
from catalog.api.access import Bearer
from catalog.api.once import once
from catalog.api.parts import Asked, Page, Paging, answers, check_size, found, page, read_json, takes_files
from catalog.api.problems import Problem, of_fields, of_values
from catalog.flow import BatchState, Stage
from catalog.models import Catalog, Upload
from catalog.people import Role
from catalog.uploads import Receipt

router = Router(tags=["Uploads"])
SENDERS = (Role.OPERATOR, Role.LEAD)
UNFINISHED = (BatchState.FILLING, BatchState.PROCESSING)


class NewUpload(Asked):
    """A drop of files."""

    name: str = Field("", max_length=200, description="What it is called on the pages; without, Upload and its number.")
    waits: bool = Field(False, description="Processing waits for POST /uploads/{id}/start, so that routes can be seen.")


class FileOut(Schema):
    """What became of one file."""

    name: str
    kind: str = Field(description="photo, sheet, archive (unpacked by a job) or ignored (a system's own file).")
    photo: int | None = None
    sheet: int | None = None


class UploadOut(Schema):
    """How an upload stands."""

    id: int
    name: str
    catalog: str
    by: str
    state: str = Field(
        description="open (files may come), working (machines are at it), waiting (for its start), done (nothing is "
        "left for a machine: photos are refused, in the manual lane, held, or with people)."
    )
    done: bool
    waits: bool
    photos: int
    stages: dict[str, int] = Field(description="Photos by the stage that they are in.")
    archives: list[str] = Field(description="Archives that are still being unpacked.")
    batches: list[int]
    sheets: list[int]
    ignored: list[str] = Field(description="System files that were left out.")
    notes: list[Any]
    created_at: datetime
    finished_at: datetime | None
    tus: str = Field(description="Where a tus client creates the upload's files, with the same token.")
    page: str


class Received(Schema):
    """An upload, and what became of the files that came with the request."""

    upload: UploadOut
    files: list[FileOut]


class Started(Schema):
    """What a start set going."""

    queued: int


_FIELDS = {"name": {"type": "string"}, "waits": {"type": "boolean"}}
_JSON = {"application/json": {"schema": {"type": "object", "properties": _FIELDS}}}
_OPENING = {**idempotency.DESCRIBED, **takes_files("files", many=True, fields=_FIELDS)}
_OPENING["requestBody"] = {"required": False, "content": {**_JSON, **_OPENING["requestBody"]["content"]}}


@router.get(
    "/catalogs/{id}/uploads", auth=Bearer(*Role), response=answers(Page[UploadOut], 404, 422), url_name="uploads",
    summary="A catalog's uploads",
)  # fmt: skip
def index(request: HttpRequest, id: str, paging: Query[Paging]) -> dict[str, Any]:
    """Uploads of one catalog, the newest first."""
    catalog = found(Catalog.objects.all(), "catalog", slug=id)
    rows = catalog.uploads.select_related("by", "catalog").order_by("-pk")
    return page(request, rows, paging, lambda part: upload_rows(request, part))


@router.post(
    "/catalogs/{id}/uploads", auth=Bearer(*SENDERS), openapi_extra=_OPENING,
    response=answers(Received, 400, 404, 409, 413, 415, 422, status=201),
    url_name="uploads-new", summary="Open an upload, or send one whole",
)  # fmt: skip
@once
def create(request: HttpRequest, id: str) -> Status[dict[str, Any]]:
    """Without files, as JSON or with no body: opens an upload, into which files are sent until it is finished. As
    multipart/form-data with `files`: takes them and finishes the upload at once."""
    catalog = found(Catalog.objects.all(), "catalog", slug=id)
    check_size(request, settings.MAX_UPLOAD_BYTES)
    asked = _asked(request)
    files = _files(request)
    upload = uploads.open_upload(catalog, cast(User, request.user), name=asked.name, waits=asked.waits)
    received = uploads.receive_all(upload, files)
    if received:
        uploads.finish(upload)
    return Status(201, _received(request, upload, received))


@router.get(
    "/uploads/{int:id}", auth=Bearer(*Role), response=answers(UploadOut, 404), url_name="upload", summary="One upload"
)
def detail(request: HttpRequest, id: int) -> dict[str, Any]:
    """Its photos by stage, its batches, and whether machines are done with it: ask again until `done`."""
    return upload_rows(request, [upload_called(id)])[0]


@router.post(
    "/uploads/{int:id}/files", auth=Bearer(*SENDERS),
    response=answers(Received, 400, 404, 409, 413, 415, 422, status=201),
    url_name="upload-files", summary="Send files",
    openapi_extra={**idempotency.DESCRIBED, **takes_files("files", many=True)},
)  # fmt: skip
@once
def send(request: HttpRequest, id: int) -> Status[dict[str, Any]]:
    """One file or many, as multipart/form-data under `files`: photos, ZIP archives, product sheets. Only whoever opened
    the upload sends into it. Files that must survive a lost connection go by tus instead."""
    upload = upload_called(id)
    uploads.must_own(upload, request.user)
    if upload.finished_at:
        raise Problem(409, "This upload is finished; start another one.", code="finished")
    check_size(request, settings.MAX_UPLOAD_BYTES)
    if request.content_type != "multipart/form-data":
        raise Problem(415, "Send the files as multipart/form-data, in the field files.")
    received = uploads.receive_all(upload, _files(request))
    if not received:
        raise of_fields({"files": ["No file was chosen."]})
    return Status(201, _received(request, upload, received))


@router.post(
    "/uploads/{int:id}/finish", auth=Bearer(*SENDERS), response=answers(UploadOut, 404), url_name="upload-finish",
    summary="Finish an upload",
)  # fmt: skip
def finish(request: HttpRequest, id: int) -> dict[str, Any]:
    """The last file has arrived: batches that are not full wait for no more. Finished twice is finished once."""
    upload = upload_called(id)
    uploads.must_own(upload, request.user)
    uploads.finish(upload)
    return upload_rows(request, [upload])[0]


@router.post(
    "/uploads/{int:id}/start", auth=Bearer(*SENDERS), response=answers(Started, 404), url_name="upload-start",
    summary="Start a waiting upload",
)  # fmt: skip
def start(request: HttpRequest, id: int) -> dict[str, int]:
    """Let the photos of an upload that waits go to the machines."""
    return {"queued": uploads.start(upload_called(id))}


def upload_called(pk: int) -> Upload:
    """The upload with this number. Raises Problem, 404."""
    return found(Upload.objects.select_related("catalog", "by"), "upload", pk=pk)


def upload_rows(request: HttpRequest, found: Sequence[Upload]) -> list[dict[str, Any]]:
    """Uploads as UploadOut has them; four queries however many there are."""
    standings = catalogs.standings_of(found)
    prefetch_related_objects(found, "batches", "sheets")
    return [_row(request, upload, standings[upload.pk]) for upload in found]


def _row(request: HttpRequest, upload: Upload, standing: catalogs.UploadStanding) -> dict[str, Any]:
    batches = {batch.pk: batch.state for batch in upload.batches.all()}
    state = _state(upload, standing, any(one in UNFINISHED for one in batches.values()))
    return {
        **{name: getattr(upload, name) for name in ("waits", "ignored", "notes", "created_at", "finished_at")},
        "id": upload.pk,
        "name": str(upload),
        "catalog": upload.catalog.slug,
        "by": upload.by.username,
        "state": state,
        "done": state == "done",
        "photos": sum(standing.counts.values()),
        "stages": standing.counts,
        "archives": [str(one) for one in standing.archives],
        "batches": sorted(batches),
        "sheets": sorted(sheet.pk for sheet in upload.sheets.all()),
        "tus": request.build_absolute_uri(reverse("catalog:tus", args=[upload.pk])),
        "page": request.build_absolute_uri(reverse("catalog:upload", args=[upload.pk])),
    }


def _state(upload: Upload, standing: catalogs.UploadStanding, unfinished: bool) -> str:
    """The machines are done once no photo moves by itself and the samples of all batches are drawn."""
    if upload.finished_at is None:
        return "open"
    if standing.working:
        return "working"
    if standing.held_back:
        return "waiting"
    on_the_way = unfinished and standing.counts.keys() - {Stage.REJECTED.value}
    return "working" if on_the_way else "done"


def _received(request: HttpRequest, upload: Upload, receipts: Sequence[Receipt]) -> dict[str, Any]:
    return {"upload": upload_rows(request, [upload])[0], "files": [_receipt(one) for one in receipts]}


def _receipt(receipt: Receipt) -> dict[str, Any]:
    photo, sheet = receipt.photo, receipt.sheet
    return {
        "name": receipt.name,
        "kind": receipt.kind,
        "photo": photo.pk if photo else None,
        "sheet": sheet.pk if sheet else None,
    }


def _asked(request: HttpRequest) -> NewUpload:
    """What an upload is opened with: a form's fields, JSON, or nothing. Raises Problem."""
    form = request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded")
    if not form and request.content_type not in ("", "application/json"):
        raise Problem(415)
    try:
        values = request.POST.dict() if form else read_json(request.body or b"{}")
        return NewUpload.model_validate(values)
    except ValidationError as error:
        raise of_values(error.errors()) from error


def _files(request: HttpRequest) -> "list[UploadedFile[Any]]":
    """The files of the request. Raises Problem for files in another field: they would be lost unseen."""
    others = [name for name in request.FILES if name != "files"]
    if others:
        raise of_fields({name: ["There is no such field for files; send them all as files."] for name in others})
    return request.FILES.getlist("files")
