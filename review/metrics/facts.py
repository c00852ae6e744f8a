"""Reads from the database all that metrics stand on: some ten queries, however many days, routes and photos."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.utils import timezone

from catalog.flow import BatchState, Stage
from catalog.models import Photo, PhotoEvent
from review import reviewers
from review.metrics.samples import BatchSample
from review.metrics.scope import HOUR, MINUTE, Scope, local_day, moment
from review.metrics.slices import NO_EYES, Slice, Span, added
from review.models import Complaint, Decision, Draw, Escalation, Kind, Sample
from review.statistics.detection import Golden

# Decisions on a photo drawn for a sample; the third person's settles a disagreement of the first two.
AUDITS = (Kind.RANDOM, Kind.FLAGGED, Kind.THIRD)
# After this long a sample counts as it is: what nobody decided stays in it as missing.
PATIENCE = timedelta(days=7)
# A decision that took longer was interrupted.
INTERRUPTED_MILLISECONDS = 5 * 60 * 1000
WEEK = 7

Cell = tuple[date, str]


@dataclass
class Facts:
    """What happened in a scope, by local day and by route; a photo without a route yet is under ""."""

    scope: Scope
    eyes: Golden = NO_EYES
    cells: "defaultdict[Cell, Slice]" = field(init=False)

    def __post_init__(self) -> None:
        self.cells = defaultdict(lambda: Slice(eyes=self.eyes))

    def total(self) -> Slice:
        """Everything added up."""
        return added(self.cells.values())

    def by_day(self, route: str | None = None) -> dict[date, Slice]:
        """A slice a day of the scope, the oldest first; days on which nothing happened are empty."""
        parts: dict[date, list[Slice]] = {day: [] for day in self.scope.days}
        for (day, at_route), part in self.cells.items():
            if route is None or route == at_route:
                parts.setdefault(day, []).append(part)
        return {day: added(found) for day, found in parts.items()}

    def by_week(self) -> dict[date, Slice]:
        """For each day of the scope the WEEK of days that ends with it; what lies before the scope is not in it."""
        days = self.by_day()
        parts = list(days.values())
        return {day: added(parts[max(0, n - WEEK + 1) : n + 1]) for n, day in enumerate(days)}

    def by_route(self) -> dict[str, Slice]:
        """A slice a route that has any facts, in alphabetical order; photos without a route are left out."""
        routes = sorted({route for _, route in self.cells if route})
        return {route: added(part for cell, part in self.cells.items() if cell[1] == route) for route in routes}


def read(scope: Scope) -> Facts:
    """All facts of `scope`."""
    facts = Facts(scope, reviewers.golden_counts(Q()))
    _read_moves(facts)
    _read_spans(facts)
    _read_samples(facts)
    _read_decisions(facts)
    _read_complaints(facts)
    _read_waiting(facts)
    return facts


def effective() -> QuerySet[Decision]:
    """Decisions that stand: neither taken back nor corrected."""
    return Decision.objects.filter(undone=False, superseded_by__isnull=True)


def _read_moves(facts: Facts) -> None:
    events = PhotoEvent.objects.filter(facts.scope.rows("at", "photo__catalog")).order_by()
    rows = events.values_list(moment("at", HOUR), "photo__route", "was", "now").annotate(Count("pk"))
    for hour, route, was, now, count in rows:
        counts = facts.cells[local_day(hour), route].counts
        counts[now] += count
        if was == Stage.RECEIVED and now in (Stage.READY, Stage.REJECTED):
            counts["accepted" if now == Stage.READY else "refused"] += count
        elif was == Stage.REJECTED:
            # Inspected again, since a sheet or standard healed it: a file counts once, by the last word on it.
            counts["refused"] -= count


def _read_spans(facts: Facts) -> None:
    working = [Stage.PROCESSING, Stage.PROCESSED, Stage.FAILED]
    events = PhotoEvent.objects.filter(facts.scope.rows("at", "photo__catalog"), now__in=working).order_by()
    rows = events.values_list(moment("at", MINUTE), "photo__route").annotate(
        Min("at"), Max("at"), finished=Count("pk", filter=Q(now=Stage.PROCESSED, was=Stage.PROCESSING))
    )
    for minute, route, first, last, finished in rows:
        facts.cells[local_day(minute), route].spans.append(Span(first, last, finished))


def _read_samples(facts: Facts) -> None:
    scope, samples = facts.scope, {}
    limit = timezone.now() - PATIENCE
    rows = Sample.objects.filter(scope.rows("drawn_at", "batch__catalog"))
    for pk, route, at, rest, state in rows.values_list("pk", "batch__route", "drawn_at", "rest", "batch__state"):
        # Of a batch that is accepted nothing drawn waits: what nobody decided on was sent another way.
        samples[pk] = sample = BatchSample(route, at, rest, stale=at < limit or state == BatchState.ACCEPTED)
        facts.cells[timezone.localtime(at).date(), route].samples.append(sample)
    for pk, stratum, verdict in _draws(scope):
        words = samples[pk].flagged if stratum == Draw.Stratum.FLAGGED else samples[pk].random
        words.append(None if verdict is None else verdict == Decision.Verdict.REJECT)
    seen = effective().filter(scope.rows("task__batch__sample__drawn_at", "task__batch__catalog")).order_by()
    for pk, count in seen.values_list("task__batch__sample").annotate(Count("photo", distinct=True)):
        samples[pk].seen = count


def _draws(scope: Scope) -> Iterable[tuple[int, str, str | None]]:
    """Sample, stratum and verdict (None: no decision) of each photo drawn, in the order of the draw."""
    draws = Draw.objects.filter(scope.rows("sample__drawn_at", "sample__batch__catalog"))
    return verdicts_on(draws, "sample_id", "stratum")


def verdicts_on(draws: "QuerySet[Draw]", *names: str) -> Iterable[Any]:
    """The fields ``names`` of each draw in order, and the verdict on its output last (None: no decision)."""
    third_first = Case(When(task__kind=Kind.THIRD, then=Value(0)), default=Value(1), output_field=IntegerField())
    words = effective().filter(output=OuterRef("output"), task__kind__in=AUDITS).order_by(third_first, "pk")
    return draws.order_by("pk").values_list(*names, Subquery(words.values("verdict")[:1]))


def _read_decisions(facts: Facts) -> None:
    timed = Q(milliseconds__lt=INTERRUPTED_MILLISECONDS)
    rows = effective().filter(facts.scope.rows("at", "photo__catalog")).order_by()
    counted = rows.values_list(moment("at", HOUR), "photo__route").annotate(
        Count("pk"), with_time=Count("pk", filter=timed), taken=Sum("milliseconds", filter=timed)
    )
    for hour, route, count, with_time, milliseconds in counted:
        facts.cells[local_day(hour), route].counts.update(
            decisions=count, timed=with_time, milliseconds=milliseconds or 0
        )


def _read_complaints(facts: Facts) -> None:
    rows = Complaint.objects.filter(facts.scope.rows("at", "catalog")).order_by()
    for hour, route, count in rows.values_list(moment("at", HOUR), "photo__route").annotate(Count("pk")):
        facts.cells[local_day(hour), route or ""].counts["complaints"] += count


def _read_waiting(facts: Facts) -> None:
    """What waits now, whatever the days; it is kept under the last day."""
    last, scope = facts.scope.last, facts.scope
    past = Q(due_at__lt=timezone.now())
    still = Escalation.objects.exclude(state=Escalation.State.CLOSED).filter(scope.of_catalog("catalog")).order_by()
    for of_photo, own, count, late in still.values_list("photo__route", "route").annotate(
        Count("pk"), late=Count("pk", filter=past)
    ):
        facts.cells[last, of_photo or own].counts.update(open=count, overdue=late)
    manual = Photo.objects.filter(scope.of_catalog("catalog"), stage=Stage.FAILED).order_by()
    for route, count in manual.values_list(F("route")).annotate(Count("pk")):
        facts.cells[last, route].counts.update(manual=count)
