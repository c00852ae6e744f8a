"""Photos and metrics by API: the rows of the headless report, and the numbers of the dashboard."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.findings import Finding
from catalog.flow import Stage
from catalog.models import Batch, PhotoEvent
from catalog.refusals import refuse
from review import reports, targets
from review.metrics import BY_NAME, METRICS, facts
from review.metrics.contract import Limits
from review.metrics.scope import Scope
from tests import factories
from tests.api import Api
from tests.review.floor import make_lot, place_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(operator: User) -> Batch:
    return place_all(make_lot(3, 1, upload=factories.make_upload(by=operator)))


def test_rows_are_those_of_the_headless_report(batch: Batch, reviewer: User) -> None:
    refused = factories.make_photo(batch.upload)
    refuse(refused, [Finding("too_small", "1360 px", "at least 2000 px", "Send a larger one.")])
    rows = Api(reviewer).get(f"/uploads/{batch.upload_id}/photos")["items"]
    told = reports.photo_rows(batch.upload)
    assert len(rows) == len(told) == 5
    for row, due in zip(rows, told, strict=True):
        assert {name: row[name] for name in due if name != "outputs"} == {
            k: v for k, v in due.items() if k != "outputs"
        }
    assert rows[-1]["rejections"][0]["code"] == "too_small" and "1360 px" in rows[-1]["rejections"][0]["message"]
    assert {row["sampled"] for row in rows} == {"random", "flagged", "none"}


def test_photos_are_found_by_state_and_by_sku(batch: Batch, operator: User) -> None:
    caller = Api(operator)
    photo = batch.photos.order_by("pk")[0]
    assert photo.product
    photo.batch = None
    for path in (f"/uploads/{batch.upload_id}", f"/batches/{batch.pk}", f"/catalogs/{batch.catalog.slug}"):
        assert caller.get(f"{path}/photos", state="in_review", limit=2)["total"] == 4
        assert caller.get(f"{path}/photos", state="held")["total"] == 0
        (row,) = caller.get(f"{path}/photos", sku=photo.product.sku)["items"]
        assert row == caller.get(f"/photos/{photo.pk}")
    assert caller.get(f"/batches/{batch.pk}/photos", 422, state="lost")["fields"].keys() == {"state"}
    assert row["batch_id"] == batch.pk and row["upload"] == batch.upload_id and row["state"] == "in_review"


def test_more_photos_take_no_more_queries(batch: Batch, operator: User) -> None:
    caller = Api(operator)

    def queries(limit: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            caller.get(f"/batches/{batch.pk}/photos", limit=limit)
        return len(seen)

    caller.get("/me")
    assert queries(1) == queries(4) <= 9


def test_the_numbers_are_the_dashboards(batch: Batch, manager: User) -> None:
    photo = factories.make_photo(stage=Stage.READY)
    PhotoEvent.objects.create(photo=photo, was=Stage.RECEIVED, now=Stage.READY)
    other = factories.make_photo(stage=Stage.REJECTED, upload=photo.upload)
    PhotoEvent.objects.create(photo=other, was=Stage.RECEIVED, now=Stage.REJECTED)
    targets.set_limits({"refused": Limits(0.2, 0.4)}, by=manager)
    told = Api(manager).get("/metrics", days=7)
    assert [one["name"] for one in told["metrics"]] == [metric.name for metric in METRICS]
    total = facts.read(Scope.of_days(7)).total()
    for one in told["metrics"]:
        found = BY_NAME[one["name"]].of(total)
        assert (one["value"], one["lower"], one["upper"], one["count"]) == (
            found.value, found.lower, found.upper, found.count,
        )  # fmt: skip
    by_name = {one["name"]: one for one in told["metrics"]}
    assert by_name["refused"]["target"] == 0.2 and by_name["refused"]["unit"] == "share"
    assert by_name["error_rate"]["value"] is None and by_name["error_rate"]["status"] == "grey"
    assert told["routes"] and told["routes"][0]["route"] == "general"
    assert told["last"] == timezone.localdate().isoformat()
    assert told["first"] == (timezone.localdate() - timedelta(days=6)).isoformat()


def test_numbers_of_one_catalog(batch: Batch, manager: User) -> None:
    caller = Api(manager)
    photo = factories.make_photo(stage=Stage.READY)
    PhotoEvent.objects.create(photo=photo, was=Stage.RECEIVED, now=Stage.READY)

    def refused(**query: Any) -> int:
        metrics = caller.get("/metrics", **query)["metrics"]
        return int(next(one["count"] for one in metrics if one["name"] == "refused"))

    assert refused() == refused(catalog=photo.catalog.slug) == 1
    assert refused(catalog=batch.catalog.slug) == 0
    assert caller.get("/metrics", 404, catalog="no")["code"] == "not_found"
    assert caller.get("/metrics", 422, days=8)["fields"].keys() == {"days"}
