"""The dashboard as managers and leads see it: numbers with their count, tables behind charts, constant queries."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.flow import Stage
from review import targets
from review.metrics import METRICS
from review.metrics.contract import Limits
from review.models import Target
from tests import factories
from tests.review import boards

SignIn = Callable[[User], Client]
DASHBOARD = "/dashboard/"


def some_work(operator: User, reviewer: User, batches: int, route: str = "general") -> None:
    upload = factories.make_upload(by=operator)
    for number in range(batches):
        at = timezone.now() - timedelta(days=number % 6)
        boards.make_sampled_batch(upload, reviewer, at, flagged=[True], drawn=[False] * 5, rest=40, route=route)
        photo = factories.make_photo(upload, route=route)
        boards.add_event(photo, Stage.PROCESSING, Stage.PROCESSED, at)


def test_an_empty_instance_teaches_the_first_step(manager: User, as_user: SignIn) -> None:
    page = as_user(manager).get(DASHBOARD).content.decode()
    assert "Nothing happened in these days" in page
    assert "0.0 %" not in page


def test_every_metric_stands_on_the_page_with_its_count(
    manager: User, operator: User, reviewer: User, as_user: SignIn
) -> None:
    some_work(operator, reviewer, 3)
    page = as_user(manager).get(DASHBOARD).content.decode()
    assert all(metric.label in page for metric in METRICS)
    assert "18 audited photos" in page
    assert "not enough data" in page  # images an hour, of three photos
    assert "target at most 2.0\N{NO-BREAK SPACE}%" in page


def test_each_chart_is_a_table(manager: User, operator: User, reviewer: User, as_user: SignIn) -> None:
    some_work(operator, reviewer, 3)
    page = as_user(manager).get(f"{DASHBOARD}error_rate/?days=7").content.decode()
    assert page.count("<tr>") == 2 * (1 + 7) + 1 + 1  # head and a row a day, twice; head and a row a route
    assert page.count("data-chart=") == 3  # the week to each day, each day, each route
    assert 'data-chart-role="limit"' in page and 'data-chart-role="low"' in page
    assert 'data-value="2"' in page  # the target line, in per cent


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_has_a_page(
    metric: object, manager: User, operator: User, reviewer: User, as_user: SignIn
) -> None:
    some_work(operator, reviewer, 2)
    response = as_user(manager).get(reverse("review:metric", args=[metric.name]))  # type: ignore[attr-defined]
    assert response.status_code == 200
    assert metric.meaning in response.content.decode().replace("&#x27;", "'")  # type: ignore[attr-defined]


def test_what_is_refused_has_no_route_and_what_is_overdue_no_day(manager: User, as_user: SignIn) -> None:
    client = as_user(manager)
    assert [chart.over for chart in client.get("/dashboard/refused/").context["charts"]] == ["day"]
    assert [chart.over for chart in client.get("/dashboard/escaped/").context["charts"]] == ["week to", "day", "route"]
    assert [chart.over for chart in client.get("/dashboard/overdue/").context["charts"]] == ["route"]


def test_an_unknown_metric_is_not_found(manager: User, as_user: SignIn) -> None:
    assert as_user(manager).get("/dashboard/happiness/").status_code == 404


@pytest.mark.parametrize("query", ["?days=12", "?days=x&catalog=y", "?catalog=999999", "?days=" + "9" * 400, "?days=²"])
def test_an_address_that_makes_no_sense_shows_the_usual_page(query: str, manager: User, as_user: SignIn) -> None:
    page = as_user(manager).get(DASHBOARD + query)
    assert page.status_code == 200
    assert page.context["asked"].days == 30
    assert page.context["asked"].catalog is None


def test_one_catalog_can_be_chosen(manager: User, operator: User, reviewer: User, as_user: SignIn) -> None:
    some_work(operator, reviewer, 1)
    quiet = factories.make_catalog()
    page = as_user(manager).get(DASHBOARD, {"catalog": quiet.pk, "days": 7})
    assert page.context["asked"].catalog == quiet
    assert page.context["empty"]


def test_more_rows_take_no_more_queries(manager: User, operator: User, reviewer: User, as_user: SignIn) -> None:
    client = as_user(manager)

    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            assert client.get(f"{DASHBOARD}?days=90").status_code == 200
        return len(made)

    some_work(operator, reviewer, 1)
    few = queries()
    for route in ("apparel", "lifestyle", "reflective"):
        some_work(operator, reviewer, 8, route)
    assert queries() == few <= 20


def test_a_manager_sets_targets_and_they_count(manager: User, operator: User, reviewer: User, as_user: SignIn) -> None:
    client = as_user(manager)
    form = client.get("/dashboard/targets/").context["form"]
    values = {name: "" if field.initial is None else field.initial for name, field in form.fields.items()}
    response = client.post("/dashboard/targets/", {**values, "error_rate.target": "3.5"}, follow=True)
    assert "Saved: Error rate." in response.content.decode()
    assert targets.current()["error_rate"] == Limits(target=0.035)
    row = Target.objects.get()
    assert (row.metric, row.by) == ("error_rate", manager)
    wrong = client.post("/dashboard/targets/", {**values, "complaints.target": "50", "complaints.alarm": "20"})
    assert wrong.status_code == 422 and Target.objects.count() == 1
    assert "20 comes before the target: give at least 50." in wrong.content.decode()
    some_work(operator, reviewer, 2)
    assert "target at most 3.5\N{NO-BREAK SPACE}%" in client.get(DASHBOARD).content.decode()


def test_a_changed_target_is_a_new_row_and_an_empty_one_takes_it_away(manager: User) -> None:
    targets.set_limits({"refused": Limits(0.2, 0.3)}, by=manager)
    targets.set_limits({"refused": Limits(None, 0.3)}, by=manager)
    targets.set_limits({"refused": Limits(None, 0.3)}, by=manager)
    assert Target.objects.count() == 2
    assert targets.current()["refused"] == Limits(None, 0.3)
    assert targets.current()["failed"].target == 0.05


def test_a_target_that_makes_no_sense_is_refused_with_a_reason(manager: User, as_user: SignIn) -> None:
    response = as_user(manager).post("/dashboard/targets/", {"error_rate.target": "250"})
    assert response.status_code == 422
    assert "less than or equal to 100" in response.content.decode()
    assert not Target.objects.exists()
