"""What the dashboard reads from the database: the right days, routes and catalog, in a constant number of queries."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.flow import Stage
from catalog.models import Photo, PhotoEvent, Rejection
from review.metrics import BY_NAME, breakdowns, facts
from review.metrics.scope import Scope
from review.models import Complaint, Decision, Escalation, Kind
from tests import factories
from tests.review import boards

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SCOPE = Scope(date(2026, 11, 14), date(2026, 11, 20))


@pytest.fixture(autouse=True)
def no_events_of_now(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests write their own past; "now" for staleness is theirs too."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def test_a_scope_is_whole_local_days(settings: object) -> None:
    assert SCOPE.days[0] == date(2026, 11, 14)
    assert len(SCOPE.days) == 7
    assert Scope.of_days(7) == SCOPE


def test_samples_come_with_their_strata_and_words(operator: User, reviewer: User) -> None:
    upload = factories.make_upload(by=operator)
    boards.make_sampled_batch(upload, reviewer, NOW, flagged=[True, False], drawn=[False, True, None], rest=20)
    [sample] = facts.read(SCOPE).total().samples
    assert (sample.flagged, sample.random) == ([True, False], [False, True, None])
    assert (sample.size, sample.seen, sample.stale, sample.counts) == (22, 4, False, False)


def test_of_an_accepted_batch_nothing_is_waited_for(operator: User, reviewer: User) -> None:
    upload = factories.make_upload(by=operator)
    boards.make_sampled_batch(upload, reviewer, NOW, drawn=[True, None], rest=20, state="accepted")
    [sample] = facts.read(SCOPE).total().samples
    assert sample.stale and sample.counts and sample.random_stratum.missing == 1


def test_a_sample_goes_stale_after_a_week(operator: User, reviewer: User) -> None:
    upload = factories.make_upload(by=operator)
    boards.make_sampled_batch(upload, reviewer, NOW - timedelta(days=8), drawn=[None])
    [sample] = facts.read(Scope.of_days(30)).total().samples
    assert sample.stale and sample.counts


def test_decisions_taken_back_or_corrected_do_not_count(operator: User, reviewer: User) -> None:
    upload = factories.make_upload(by=operator)
    batch = boards.make_sampled_batch(upload, reviewer, NOW, drawn=[True, True])
    first, second = Decision.objects.filter(photo__batch=batch).order_by("pk")
    boards.decide(first.task, reviewer, bad=True, at=NOW, supersedes=first, undone=True)
    boards.decide(second.task, reviewer, bad=False, at=NOW, supersedes=second)
    [sample] = facts.read(SCOPE).total().samples
    assert sample.random == [None, False]


def test_a_third_opinion_settles_the_word_and_a_complaint_does_not(operator: User, reviewer: User, lead: User) -> None:
    upload = factories.make_upload(by=operator)
    batch = boards.make_sampled_batch(upload, reviewer, NOW, drawn=[False, False])
    settled, complained = Photo.objects.filter(batch=batch).order_by("pk")
    for photo, kind in ((settled, Kind.THIRD), (complained, Kind.COMPLAINT)):
        task = boards.make_task(photo, photo.outputs.get(), kind)
        boards.decide(task, lead, bad=True, at=NOW)
    [sample] = facts.read(SCOPE).total().samples
    assert sample.random == [True, False]


def test_moves_are_counted_on_their_local_day_and_route() -> None:
    photo = factories.make_photo(route="apparel")
    PhotoEvent.objects.all().delete()
    midnight = datetime(2026, 11, 17, tzinfo=UTC)
    boards.add_event(photo, Stage.RECEIVED, Stage.READY, midnight - timedelta(seconds=1))
    boards.add_event(photo, Stage.PROCESSING, Stage.PROCESSED, midnight)
    boards.add_event(photo, Stage.PROCESSED, Stage.HELD, NOW + timedelta(days=1))
    found = facts.read(SCOPE)
    days = found.by_day()
    assert days[date(2026, 11, 16)].counts == {"ready": 1, "accepted": 1}
    assert days[date(2026, 11, 17)].counts == {"processed": 1}
    assert list(found.by_route()) == ["apparel"]
    assert found.total().counts["held"] == 0  # tomorrow is not asked for


def test_speed_is_measured_from_the_first_start_to_the_last_end() -> None:
    PhotoEvent.objects.all().delete()
    for number in range(24):
        photo = factories.make_photo()
        start = NOW - timedelta(hours=2) + number * timedelta(seconds=30)
        boards.add_event(photo, Stage.READY, Stage.PROCESSING, start)
        boards.add_event(photo, Stage.PROCESSING, Stage.PROCESSED, start + timedelta(seconds=30))
    found = BY_NAME["images_an_hour"].of(facts.read(SCOPE).total())
    assert found.value == pytest.approx(120, rel=1e-3)


def test_the_week_to_a_day_ends_with_it() -> None:
    photo = factories.make_photo()
    PhotoEvent.objects.all().delete()
    for days in (0, 6, 7):
        boards.add_event(photo, Stage.PROCESSING, Stage.PROCESSED, NOW - timedelta(days=days))
    weeks = facts.read(Scope.of_days(30)).by_week()
    counted = {day.day: part.counts["processed"] for day, part in weeks.items() if part.counts}
    assert (counted[13], counted[14], counted[19], counted[20]) == (1, 2, 2, 2)
    assert len(weeks) == 30


def test_one_catalog_leaves_the_others_out(operator: User, reviewer: User) -> None:
    one, other = factories.make_upload(by=operator), factories.make_upload(by=operator)
    for upload in (one, other, other):
        boards.make_sampled_batch(upload, reviewer, NOW, drawn=[False])
    scope = Scope(SCOPE.first, SCOPE.last, one.catalog_id)
    assert len(facts.read(scope).total().samples) == 1
    assert facts.read(scope).total().counts["decisions"] == 1


def test_what_waits_now_is_counted_whatever_the_days(lead: User) -> None:
    photo = factories.make_photo(stage=Stage.FAILED, route="reflective")
    values = {"catalog": photo.catalog, "owner": lead, "severity": "major", "reason": "x"}
    Escalation.objects.create(photo=photo, due_at=NOW - timedelta(hours=1), **values)
    Escalation.objects.create(due_at=NOW + timedelta(hours=1), **values)
    Escalation.objects.create(due_at=NOW - timedelta(hours=1), state="closed", **values)
    total = facts.read(SCOPE).total()
    assert (total.counts["open"], total.counts["overdue"], total.counts["manual"]) == (2, 1, 1)
    assert facts.read(SCOPE).by_route()["reflective"].counts["overdue"] == 1


def test_refusals_and_defects_are_listed_the_commonest_first(operator: User, reviewer: User) -> None:
    upload = factories.make_upload(by=operator)
    for codes in (["too_small"], ["too_small", "format"]):
        photo = factories.make_photo(upload, stage=Stage.REJECTED)
        for code in codes:
            Rejection.objects.create(photo=photo, code=code, measured="1", wanted="2", action="3")
    Rejection.objects.update(at=NOW)
    assert [(row.label, row.count) for row in breakdowns.refusals(SCOPE)] == [
        ("Too small", 2),
        ("Not an accepted format", 1),
    ]
    boards.make_sampled_batch(upload, reviewer, NOW, drawn=[True, False, True])
    [defect] = breakdowns.defects(SCOPE)
    assert (defect.label, defect.count, defect.share) == ("Edge", 2, 1.0)


def test_the_number_of_queries_does_not_grow(operator: User, reviewer: User) -> None:
    def read() -> int:
        with CaptureQueriesContext(connection) as queries:
            facts.read(Scope.of_days(90))
        return len(queries)

    upload = factories.make_upload(by=operator)
    boards.make_sampled_batch(upload, reviewer, NOW, drawn=[False])
    few = read()
    for number in range(8):
        at = NOW - timedelta(days=number)
        route = "apparel" if number % 2 else "lifestyle"
        boards.make_sampled_batch(upload, reviewer, at, flagged=[True], drawn=[False, None], route=route)
    product = factories.make_product(upload.catalog)
    Complaint.objects.create(catalog=upload.catalog, product=product, defect="edge", by=operator)
    assert read() == few <= 10


def test_a_photo_that_is_inspected_again_counts_once() -> None:
    photo = factories.make_photo()
    PhotoEvent.objects.all().delete()
    way = [Stage.RECEIVED, Stage.REJECTED, Stage.RECEIVED, Stage.REJECTED, Stage.RECEIVED, Stage.READY]
    for minute, (was, now) in enumerate(pairwise(way)):
        boards.add_event(photo, was, now, NOW - timedelta(minutes=30 - minute))
    counts = facts.read(SCOPE).total().counts
    assert (counts["refused"], counts["accepted"]) == (0, 1)
