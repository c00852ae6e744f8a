"""The API's calls about batches: lots of one route, and how they stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from catalog import catalogs
from catalog.api.access import Bearer
from catalog.api.parts import LAST, Page, Paging, answers, found, page
from catalog.flow import BatchState
from catalog.models import Batch
from catalog.people import Role

router = Router(tags=["Batches"])


class BatchOut(Schema):
    """Photos of one route, accepted or rejected as one lot."""

    id: int
    name: str = Field(description="What pages and reports call it.")
    catalog: str
    upload: int
    route: str
    state: str
    standing: str = Field(description="The state in the words of the pages, which also know an empty batch.")
    size: int = Field(description="How many photos it takes.")
    photos: int
    stages: dict[str, int] = Field(description="Photos by the stage that they are in.")
    created_at: datetime
    decided_at: datetime | None


class WantedBatches(Schema):
    """Which batches are wanted."""

    catalog: str = ""
    upload: int | None = Field(None, ge=0, le=LAST)
    state: BatchState | None = None


@router.get(
    "/batches", auth=Bearer(*Role), response=answers(Page[BatchOut], 422), url_name="batches", summary="Batches"
)
def index(request: HttpRequest, wanted: Query[WantedBatches], paging: Query[Paging]) -> dict[str, Any]:
    """All batches, the newest first, or those of a catalog, an upload, or in a state."""
    given = {"catalog__slug": wanted.catalog, "upload": wanted.upload, "state": wanted.state}
    chosen = {name: value for name, value in given.items() if value not in ("", None)}
    rows = Batch.objects.filter(**chosen).select_related("catalog").order_by("-pk")
    return page(request, rows, paging, batch_rows)


@router.get(
    "/batches/{int:id}", auth=Bearer(*Role), response=answers(BatchOut, 404), url_name="batch", summary="One batch"
)
def detail(request: HttpRequest, id: int) -> dict[str, Any]:
    """How one batch stands."""
    return batch_rows([found(Batch.objects.select_related("catalog"), "batch", pk=id)])[0]


def batch_rows(found: Sequence[Batch]) -> list[dict[str, Any]]:
    """Batches as BatchOut has them; one query for all."""
    return [_row(**row) for row in catalogs.batch_rows(found)]


def _row(batch: Batch, standing: Any, stages: list[dict[str, Any]], total: int) -> dict[str, Any]:
    return {
        **{name: getattr(batch, name) for name in ("route", "state", "size", "created_at", "decided_at")},
        "id": batch.pk,
        "name": str(batch),
        "catalog": batch.catalog.slug,
        "upload": batch.upload_id,
        "standing": standing.label,
        "photos": total,
        "stages": {entry["stage"]: entry["count"] for entry in stages},
    }
