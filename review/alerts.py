"""Alerts: opened when a number does not keep its target over the last days, closed once it is sure to keep it again."""

from collections.abc import Iterator
from datetime import timedelta

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from catalog.segments import Route
from review import notices, targets
from review.metrics import BY_NAME, METRICS, facts
from review.metrics.contract import Better
from review.metrics.facts import Facts
from review.metrics.figures import Figure, figure
from review.metrics.scope import Scope
from review.models import Alert
from review.statistics.posterior import Status

# What is judged, and how often: a week holds enough audits to tell, and no number of it moves within minutes.
DAYS = 7
EVERY = timedelta(minutes=10)
Key = tuple[str, str]


def check_due() -> None:
    """For the sweep: check every ten minutes, and each time where nobody can note when that was."""
    try:
        due = cache.add("review.alerts.checked", True, EVERY.total_seconds())
    except RedisError:
        due = True
    if due:
        check()


def check() -> None:
    """Open an alert for each number that has left its target, and close those that keep it again."""
    now = dict(_figures(facts.read(Scope.of_days(DAYS))))
    still_open = {(alert.metric, alert.route): alert for alert in Alert.objects.filter(closed_at=None)}
    for key, alert in still_open.items():
        if why := _why_over(now.get(key)):
            close(alert, why)
    for key, found in now.items():
        if key not in still_open and found.status is Status.RED:
            _open(key, found)


def close(alert: Alert, why: str) -> None:
    """End an alert, unless somebody else has, and tell who is told of alerts."""
    now = timezone.now()
    with transaction.atomic():
        if Alert.objects.filter(pk=alert.pk, closed_at=None).update(closed_at=now, why_closed=why):
            notices.tell_alert(alert, f"is over: {why}")


def see(alert: Alert, *, by: User) -> bool:
    """Note who has seen it first; False when somebody had."""
    return bool(Alert.objects.filter(pk=alert.pk, seen_at=None).update(seen_by=by, seen_at=timezone.now()))


def unseen() -> int:
    """How many open alerts nobody has seen yet."""
    return Alert.objects.filter(closed_at=None, seen_at=None).count()


def title(alert: Alert) -> str:
    """The number, the route that it is of, and which way it is wrong; a metric that has gone goes by its name."""
    metric = BY_NAME.get(alert.metric)
    label = metric.label if metric else alert.metric
    where = f", {Route(alert.route).label.lower()}" if alert.route in Route.values else ""
    wrong = "under" if metric and metric.better is Better.HIGHER else "over"
    return f"{label}{where}: {wrong} target"


def _figures(found: Facts) -> Iterator[tuple[Key, Figure]]:
    """Every number of all, and by route where there are several: of one alone it would be said twice."""
    limits, total, routes = targets.current(), found.total(), found.by_route()
    for metric in METRICS:
        yield (metric.name, ""), figure(metric, total, limits[metric.name])
        if metric.by_route and len(routes) > 1:
            for route, part in routes.items():
                yield (metric.name, route), figure(metric, part, limits[metric.name])


def _why_over(found: Figure | None) -> str:
    """Why an open alert is over, "" while it is not: merely to be in doubt again closes none, or it would flicker."""
    if found is None or not found.sure:
        return f"too few in the last {DAYS} days to say"
    if not found.target:
        return "it has no target any more"
    return f"it keeps its target again, with {_words(found)}" if found.status is Status.GREEN else ""


def _words(found: Figure) -> str:
    return ", ".join(part for part in (found.text, found.interval, found.count) if part)


def _open(key: Key, found: Figure) -> None:
    metric, route = key
    try:
        with transaction.atomic():
            alert = Alert.objects.create(metric=metric, route=route, value=_words(found), target=found.target)
            notices.tell_alert(alert, "has begun")
    except IntegrityError:  # another sweep was quicker
        return
