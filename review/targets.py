"""The limits that count for each metric: the manager's where there are any, the metric's own otherwise."""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db.models import Max

from review.metrics import METRICS
from review.metrics.contract import Limits
from review.models import Target


def current() -> dict[str, Limits]:
    """The limits of every metric by name, in one query."""
    newest = Target.objects.order_by().values("metric").annotate(newest=Max("pk")).values("newest")
    chosen = {row.metric: Limits(row.target, row.alarm) for row in Target.objects.filter(pk__in=newest)}
    return {metric.name: chosen.get(metric.name, metric.limits) for metric in METRICS}


def set_limits(limits: Mapping[str, Limits], *, by: User) -> list[Target]:
    """Write those limits that differ from what counts now; returns the new rows."""
    now = current()
    changed = [(name, wanted) for name, wanted in limits.items() if now[name] != wanted]
    return [
        Target.objects.create(metric=name, target=wanted.target, alarm=wanted.alarm, by=by) for name, wanted in changed
    ]
