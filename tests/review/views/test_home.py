"""Home: what waits for me, in my roles, and the first step where nothing does."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.flow import BatchState, Stage
from catalog.people import Role, give_roles
from review.models import Escalation, Kind, Task
from tests import factories
from tests.review import boards

SignIn = Callable[[User], Client]


def titles(page: object) -> dict[str, int]:
    return {item.title: item.count for item in page.context["waiting"]}  # type: ignore[attr-defined]


def test_a_stranger_is_sent_to_the_sign_in_page(client: Client, db: None) -> None:
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


def test_an_operator_on_an_empty_instance_learns_the_first_step(operator: User, as_user: SignIn) -> None:
    text = as_user(operator).get("/").content.decode()
    assert "No catalog yet" in text and "product sheet" in text
    factories.make_catalog()
    assert "No catalog yet" not in as_user(operator).get("/").content.decode()


def test_an_operator_sees_their_refusals_batches_and_what_to_export(operator: User, as_user: SignIn) -> None:
    mine, other = factories.make_upload(by=operator), factories.make_upload(by=factories.make_user("", Role.OPERATOR))
    for upload in (mine, other):
        factories.make_photo(upload, stage=Stage.REJECTED)
        batch = factories.make_batch(upload, state=BatchState.PROCESSING)
        factories.make_photo(upload, batch=batch, stage=Stage.PROCESSING)
    factories.make_batch(mine, state=BatchState.ACCEPTED)
    factories.make_photo(mine, stage=Stage.APPROVED)
    factories.make_photo(mine, stage=Stage.DELIVERED)
    page = as_user(operator).get("/")
    assert titles(page) == {"Uploads with refused photos": 1, "Batches in progress": 1, "Catalogs to export": 1}
    refused, batches, export = page.context["waiting"]
    assert refused.lines[0].badge == "1 refused"
    assert batches.lines[0].stages == [{"stage": "processing", "label": "processing", "count": 1}]
    assert export.lines[0].badge == "1 photo"


def test_an_upload_that_waits_for_its_operator_comes_first_and_goes_once_started(
    operator: User, as_user: SignIn
) -> None:
    client, upload = as_user(operator), factories.make_upload(by=operator, waits=True)
    assert "Uploads that wait for your start" not in titles(client.get("/")), "nothing came through intake yet"
    for _ in range(2):
        factories.make_photo(upload, stage=Stage.READY)
    first = client.get("/").context["waiting"][0]
    assert (first.title, first.count, first.lines[0].badge) == ("Uploads that wait for your start", 1, "2 wait")
    upload.waits = False
    upload.save()
    assert "Uploads that wait for your start" not in titles(client.get("/"))


def test_a_reviewer_sees_how_many_wait_and_never_their_own(reviewer: User, operator: User, as_user: SignIn) -> None:
    for by in (operator, operator, reviewer):
        photo = factories.make_photo(factories.make_upload(by=by), stage=Stage.IN_REVIEW)
        output = boards.make_bare_output(photo)
        Task.objects.create(photo=photo, output=output, kind=Kind.RANDOM, uploader=by)
    assert titles(as_user(reviewer).get("/")) == {"Photos to review": 2}


def test_a_lead_sees_their_escalations_the_manual_lane_and_widened_batches(lead: User, as_user: SignIn) -> None:
    photo = factories.make_photo(stage=Stage.FAILED)
    factories.make_batch(state=BatchState.WIDENED)
    values = {"catalog": photo.catalog, "severity": "major", "reason": "Cut off"}
    due = timezone.now() - timedelta(hours=1)
    Escalation.objects.create(owner=lead, due_at=due, **values)
    Escalation.objects.create(owner=factories.make_user("", Role.LEAD), due_at=due, **values)
    Escalation.objects.create(owner=lead, due_at=due, state="closed", **values)
    page = as_user(lead).get("/")
    assert titles(page) == {"Your escalations": 1, "Manual lane": 1, "Widened batches": 1}
    assert page.context["waiting"][0].lines[0].badge == "overdue"


def test_a_manager_sees_three_numbers_and_what_is_red(
    manager: User, operator: User, reviewer: User, lead: User, as_user: SignIn
) -> None:
    upload = factories.make_upload(by=operator)
    boards.make_sampled_batch(upload, reviewer, timezone.now(), drawn=[True] * 8 + [False] * 72, rest=400)
    values = {"catalog": upload.catalog, "owner": lead, "severity": "major", "reason": "Late"}
    for _ in range(3):
        Escalation.objects.create(due_at=timezone.now() - timedelta(hours=1), **values)
    page = as_user(manager).get("/")
    assert titles(page) == {"Overdue escalations": 3}
    assert [item.metric.name for item in page.context["three"]] == ["error_rate", "images_an_hour", "complaints"]
    assert {item.metric.name for item in page.context["red"]} == {"escaped", "overdue"}
    assert "10.0\N{NO-BREAK SPACE}%" in page.content.decode()


def test_somebody_with_two_roles_sees_both(lead: User, as_user: SignIn) -> None:
    give_roles(lead, Role.LEAD, Role.REVIEWER)
    factories.make_photo(stage=Stage.FAILED)
    page = as_user(User.objects.get(pk=lead.pk)).get("/")
    assert {item.title for item in page.context["nothing"]} >= {"Photos to review", "Your escalations"}
    assert titles(page) == {"Manual lane": 1}


def test_somebody_without_a_role_is_told_whom_to_ask(db: None, as_user: SignIn) -> None:
    assert "ask a manager" in as_user(factories.make_user("nobody")).get("/").content.decode()


def test_more_work_takes_no_more_queries(operator: User, as_user: SignIn) -> None:
    give_roles(operator, *Role)
    client = as_user(User.objects.get(pk=operator.pk))
    upload = factories.make_upload(by=operator)

    def grow() -> None:
        factories.make_photo(upload, stage=Stage.REJECTED)
        factories.make_photo(upload, stage=Stage.FAILED)
        for state in (BatchState.WIDENED, BatchState.PROCESSING):
            factories.make_photo(upload, batch=factories.make_batch(upload, state=state), stage=Stage.HELD)
        values = {"catalog": upload.catalog, "severity": "major", "reason": "x", "owner": operator}
        Escalation.objects.create(due_at=timezone.now() - timedelta(hours=1), **values)

    def queries() -> int:
        with CaptureQueriesContext(connection) as made:
            assert client.get("/").status_code == 200
        return len(made)

    grow()
    few = queries()
    for _ in range(6):
        grow()
    assert queries() == few <= 45
