"""Alerts open when a number leaves its target, stay while it is in doubt, and are over once it surely keeps it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from catalog.flow import Stage
from catalog.models import PhotoEvent, Upload
from review import alerts, targets
from review.metrics.contract import Limits
from review.models import Alert
from tests import factories
from tests.conftest import Jobs
from tests.review import boards

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload(operator: User) -> Upload:
    return factories.make_upload(by=operator)


@pytest.fixture(autouse=True)
def unchecked() -> Iterator[None]:
    cache.delete("review.alerts.checked")
    yield
    cache.delete("review.alerts.checked")


def failed_of(upload: Upload, failed: int, processed: int, route: str = "general") -> None:
    """So many photos went to the manual lane, and so many came through."""
    photo = factories.make_photo(upload, route=route)
    PhotoEvent.objects.all().delete()
    for count, stage in ((failed, Stage.FAILED), (processed, Stage.PROCESSED)):
        for _ in range(count):
            boards.add_event(photo, Stage.PROCESSING, stage, timezone.now() - timedelta(hours=2))


def open_ones() -> list[tuple[str, str]]:
    return sorted(Alert.objects.filter(closed_at=None).values_list("metric", "route"))


def test_a_number_past_its_alarm_opens_one_alert_and_no_second(upload: Upload) -> None:
    failed_of(upload, 6, 14)
    alerts.check()
    alerts.check()
    (alert,) = Alert.objects.all()
    assert (alert.metric, alert.route, alert.target) == ("failed", "", "at most 5.0\N{NO-BREAK SPACE}%")
    assert alert.value.startswith("30.0\N{NO-BREAK SPACE}%, ") and alert.value.endswith("20 photos")
    assert alerts.title(alert) == "Sent to the manual lane: over target"
    assert alerts.unseen() == 1


def test_it_stays_while_the_number_is_between_target_and_alarm_and_is_over_below(upload: Upload) -> None:
    failed_of(upload, 6, 14)
    alerts.check()
    failed_of(upload, 2, 18)  # 10 %: past the target, not past the alarm
    alerts.check()
    assert open_ones() == [("failed", "")]
    failed_of(upload, 0, 20)
    alerts.check()
    assert open_ones() == []
    alert = Alert.objects.get()
    assert alert.closed_at and alert.why_closed.startswith("it keeps its target again, with 0.0")
    failed_of(upload, 6, 14)
    alerts.check()
    assert Alert.objects.count() == 2, "it came again"


def test_too_few_or_no_target_end_it(upload: Upload, manager: User) -> None:
    failed_of(upload, 6, 14)
    alerts.check()
    failed_of(upload, 1, 2)
    alerts.check()
    assert Alert.objects.get().why_closed == "too few in the last 7 days to say"
    failed_of(upload, 6, 14)
    alerts.check()
    targets.set_limits({"failed": Limits(None, None)}, by=manager)
    alerts.check()
    assert open_ones() == []
    assert Alert.objects.latest("pk").why_closed == "it has no target any more"


def test_a_route_has_alerts_of_its_own_where_there_are_several(upload: Upload) -> None:
    failed_of(upload, 6, 14, "transparent")
    events = list(PhotoEvent.objects.values_list("photo", "was", "now", "at"))
    other = factories.make_photo(upload, route="general")
    for _ in range(180):
        boards.add_event(other, Stage.PROCESSING, Stage.PROCESSED, timezone.now() - timedelta(hours=2))
    alerts.check()
    assert len(events) == 20
    assert open_ones() == [("failed", "transparent")]
    assert alerts.title(Alert.objects.get()) == "Sent to the manual lane, transparent: over target"


def test_an_error_rate_alerts_by_its_posterior(upload: Upload, reviewer: User) -> None:
    at = timezone.now() - timedelta(days=1)
    boards.make_sampled_batch(upload, reviewer, at, drawn=[True] * 3 + [False] * 57, rest=600)
    alerts.check()
    assert ("error_rate", "") not in open_ones(), "5 % of 60 may be 2 % still"
    boards.make_sampled_batch(upload, reviewer, at, drawn=[True] * 12 + [False] * 48, rest=600)
    alerts.check()
    assert ("error_rate", "") in open_ones()


def test_what_should_be_high_is_under_its_target(upload: Upload, manager: User) -> None:
    targets.set_limits({"images_an_hour": Limits(500, 400)}, by=manager)
    photo = factories.make_photo(upload, route="general")
    PhotoEvent.objects.all().delete()
    for minute in range(30):
        at = timezone.now() - timedelta(hours=3) + timedelta(minutes=minute)
        boards.add_event(photo, Stage.PROCESSING, Stage.PROCESSED, at)
    alerts.check()
    assert open_ones() == [("images_an_hour", "")]
    assert alerts.title(Alert.objects.get()) == "Images an hour: under target"


def test_the_sweep_checks_every_ten_minutes(upload: Upload) -> None:
    failed_of(upload, 6, 14)
    alerts.check_due()
    Alert.objects.all().delete()
    alerts.check_due()
    assert not Alert.objects.exists()
    cache.delete("review.alerts.checked")
    alerts.check_due()
    assert Alert.objects.exists()


def test_without_the_cache_it_checks_each_time(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*words: object) -> bool:
        raise RedisError("MISCONF")

    monkeypatch.setattr(alerts.cache, "add", full)
    failed_of(upload, 6, 14)
    alerts.check_due()
    assert Alert.objects.exists()


def test_who_sees_it_first_is_noted(upload: Upload, manager: User, lead: User) -> None:
    failed_of(upload, 6, 14)
    alerts.check()
    alert = Alert.objects.get()
    assert alerts.see(alert, by=manager) and not alerts.see(alert, by=lead)
    alert.refresh_from_db()
    assert alert.seen_by == manager and alert.seen_at
    assert alerts.unseen() == 0


def test_managers_are_told_when_it_begins_and_when_it_is_over(
    upload: Upload, manager: User, settings: Any, jobs: Jobs, mailoutbox: list[Any]
) -> None:
    settings.EMAIL_HOST, settings.SITE_ADDRESS = "localhost", "https://loupe.test"
    manager.email = "mia@example.test"
    manager.save()
    jobs.clear()
    failed_of(upload, 6, 14)
    alerts.check()
    jobs.run()
    failed_of(upload, 0, 20)
    alerts.check()
    jobs.run()
    begun, over = mailoutbox
    assert (begun.to, begun.subject) == (["mia@example.test"], "Sent to the manual lane: over target has begun")
    assert "https://loupe.test/dashboard/failed/?days=7" in begun.body and "20 photos" in begun.body
    assert "is over: it keeps its target again" in over.subject


def test_nobody_is_told_where_nothing_is_set_up(upload: Upload, jobs: Jobs) -> None:
    jobs.clear()
    failed_of(upload, 6, 14)
    alerts.check()
    assert jobs == [] and Alert.objects.exists()
