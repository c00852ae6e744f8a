"""The API's calls about photos, as reports have them, and the dashboard's numbers."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from catalog.api.access import Bearer
from catalog.api.catalogs import catalog_called
from catalog.api.parts import Page, Paging, answers, found, page
from catalog.api.uploads import upload_called
from catalog.flow import Stage
from catalog.models import Batch, Photo
from catalog.people import Role
from review import reports, targets
from review.metrics import METRICS, facts
from review.metrics.contract import Limits, Metric
from review.metrics.scope import WINDOWS, Scope
from review.metrics.slices import Slice

router = Router()


class Said(Schema):
    """Why a photo was refused."""

    code: str
    message: str


class SegmentOut(Schema):
    """What a photo is grouped by."""

    category: str
    colour_family: str
    complexity: str


class PhotoOut(Schema):
    """What became of a photo: a row of the report that `run_batch` writes. What is not known yet is null or empty."""

    id: int
    file: str = Field(description="The file's name as it came, with its folder.")
    sku: str
    view: str
    upload: int
    batch: str = Field(description="The batch's name, as reports have it.")
    batch_id: int | None
    state: str
    state_since: datetime
    rejections: list[Said]
    segment: SegmentOut
    route: str
    recipe_version: int | None
    model: str = Field(description="The networks that cut it out; empty where the photo brought its own mask.")
    verdict: str | None = Field(description="The machine's word on the output: pass, flag or fail.")
    risk: float | None = Field(description="The output's chance of being rejected, 0 to 1.")
    readings: dict[str, float | None]
    sampled: str = Field(description="Why people see it: none, random or flagged.")
    seconds: dict[str, float] = Field(description="Step to what it took.")
    notes: list[Any] = Field(description="What was converted or assumed at intake.")
    run_notes: list[Any]
    failure: Any = None


class WantedPhotos(Schema):
    """Which photos are wanted."""

    state: Stage | None = None
    sku: str = ""


class MetricOut(Schema):
    """One number of the dashboard. A value is null where there is not enough data, and never 0 then."""

    name: str
    label: str
    unit: str = Field(description="share (0 to 1), per_hour, per_thousand, seconds or count.")
    value: float | None
    lower: float | None = Field(description="Lower end of the value's interval, where it is an estimate.")
    upper: float | None
    at_most: bool = Field(description="Whether the value is an upper bound.")
    count: int = Field(description="How many it rests on.")
    counted: str = Field(description="Of what.")
    least: int = Field(description="How many it needs before it has a value.")
    target: float | None
    alarm: float | None
    status: str = Field(description="green, amber, red, or grey where nothing can be said.")
    note: str
    reason: str = Field(description="Why there is no value, where the count does not say it.")


class RouteMetrics(Schema):
    """The numbers of one route."""

    route: str
    metrics: list[MetricOut]


class Metrics(Schema):
    """The dashboard's numbers over some days."""

    first: date
    last: date
    catalog: str | None
    metrics: list[MetricOut]
    routes: list[RouteMetrics]


# An enumeration, so that the words of an address are turned into numbers first.
Days = IntEnum("Days", {f"DAYS_{days}": days for days in WINDOWS})  # type: ignore[misc]


class Period(Schema):
    """The days and catalog that are asked about."""

    days: Days = Field(Days(30), description="The last so many days, today among them.")
    catalog: str = Field("", description="A catalog's id; without, all catalogs.")


@router.get(
    "/uploads/{int:id}/photos", auth=Bearer(*Role), response=answers(Page[PhotoOut], 404, 422),
    url_name="upload-photos", tags=["Photos"], summary="What an upload's photos became",
)  # fmt: skip
def of_upload(request: HttpRequest, id: int, wanted: Query[WantedPhotos], paging: Query[Paging]) -> dict[str, Any]:
    """The rows of the report of a headless run, in the order in which the photos came in."""
    return _page(request, upload_called(id).photos.all(), wanted, paging)


@router.get(
    "/batches/{int:id}/photos", auth=Bearer(*Role), response=answers(Page[PhotoOut], 404, 422), url_name="batch-photos",
    tags=["Photos"], summary="A batch's photos",
)  # fmt: skip
def of_batch(request: HttpRequest, id: int, wanted: Query[WantedPhotos], paging: Query[Paging]) -> dict[str, Any]:
    """The same rows, of one batch."""
    return _page(request, found(Batch.objects.all(), "batch", pk=id).photos.all(), wanted, paging)


@router.get(
    "/catalogs/{id}/photos", auth=Bearer(*Role), response=answers(Page[PhotoOut], 404, 422),
    url_name="catalog-photos", tags=["Photos"], summary="A catalog's photos",
)  # fmt: skip
def of_catalog(request: HttpRequest, id: str, wanted: Query[WantedPhotos], paging: Query[Paging]) -> dict[str, Any]:
    """The same rows, of one catalog; with `sku`, of one product."""
    return _page(request, catalog_called(id).photos.all(), wanted, paging)


@router.get(
    "/photos/{int:id}", auth=Bearer(*Role), response=answers(PhotoOut, 404), url_name="photo", tags=["Photos"],
    summary="One photo",
)  # fmt: skip
def detail(request: HttpRequest, id: int) -> dict[str, Any]:
    """The same row, of one photo."""
    return photo_rows([found(_related(Photo.objects.all()), "photo", pk=id)])[0]


@router.get(
    "/metrics", auth=Bearer(Role.LEAD, Role.MANAGER), response=answers(Metrics, 404, 422), url_name="metrics",
    tags=["Metrics"], summary="The dashboard's numbers",
)  # fmt: skip
def metrics(request: HttpRequest, period: Query[Period]) -> dict[str, Any]:
    """Every number with its interval, the count that it rests on and how it stands against its target; all by route."""
    catalog = catalog_called(period.catalog) if period.catalog else None
    scope = Scope.of_days(period.days, catalog.pk if catalog else None)
    read, limits = facts.read(scope), targets.current()
    routes = [metric for metric in METRICS if metric.by_route]
    return {
        "first": scope.first,
        "last": scope.last,
        "catalog": catalog.slug if catalog else None,
        "metrics": _measured(METRICS, read.total(), limits),
        "routes": [
            {"route": name, "metrics": _measured(routes, part, limits)} for name, part in read.by_route().items()
        ],
    }


def photo_rows(photos: Sequence[Photo]) -> list[dict[str, Any]]:
    """Photos as PhotoOut has them; some five queries however many there are."""
    return [{**row, **_place(photo)} for photo, row in zip(photos, reports.rows_of(photos), strict=True)]


def _place(photo: Photo) -> dict[str, Any]:
    return {"upload": photo.upload_id, "batch_id": photo.batch_id, "state_since": photo.stage_since}


def _related(photos: "QuerySet[Photo]") -> "QuerySet[Photo]":
    return photos.select_related("product", "batch").order_by("pk")


def _page(request: HttpRequest, photos: "QuerySet[Photo]", wanted: WantedPhotos, paging: Paging) -> dict[str, Any]:
    chosen = {"stage": wanted.state, "product__sku": wanted.sku}
    rows = photos.filter(**{name: value for name, value in chosen.items() if value})
    return page(request, _related(rows), paging, photo_rows)


def _measured(shown: Sequence[Metric], part: Slice, limits: dict[str, Limits]) -> list[dict[str, Any]]:
    return [_metric(metric, part, limits[metric.name]) for metric in shown]


def _metric(metric: Metric, part: Slice, limits: Limits) -> dict[str, Any]:
    found = metric.of(part)
    return {
        **{name: getattr(found, name) for name in ("value", "lower", "upper", "count", "note", "reason")},
        **{name: getattr(metric, name) for name in ("name", "label", "at_most", "counted", "least")},
        "unit": metric.unit.name.lower(),
        "target": limits.target,
        "alarm": limits.alarm,
        "status": metric.status(part, found, limits).value,
    }
