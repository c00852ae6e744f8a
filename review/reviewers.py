"""Each reviewer's own record: golden photos caught and missed, agreement, pace; and who gets second looks."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from review.models import Decision, GoldenAnswer, Kind
from review.statistics import agreement, detection

DAYS = 90
FAST_MS, SLOW_MS = 400, 120_000
GATE = detection.ReviewerGate()


@dataclass(frozen=True, slots=True)
class Record:
    """One reviewer's last 90 days."""

    reviewer: User
    decisions: int
    rejected: int
    seconds: float | None
    fast: int
    slow: int
    golden: detection.Golden
    named: int
    standing: detection.Standing
    skill: detection.Skill | None
    agreed: agreement.Agreement
    gate: agreement.Gate

    @property
    def at_least(self) -> float | None:
        """The lower bound of the share of defects that this reviewer catches."""
        bound = self.golden.sensitivity_at_least()
        return bound.lower if bound else None

    @property
    def alarms_at_most(self) -> float | None:
        """The upper bound of the share of good photos that this reviewer rejects."""
        bound = self.golden.false_alarm_at_most()
        return bound.upper if bound else None


def golden_of(reviewer_pk: int) -> detection.Golden:
    """A reviewer's golden counts; a defect is caught when the photo was rejected, whatever it was called."""
    return golden_counts(Q(reviewer=reviewer_pk))


def golden_counts(which: Q) -> detection.Golden:
    """Golden counts of all answers that ``which`` selects, in one query."""
    reject, defective = Q(verdict=Decision.Verdict.REJECT), ~Q(golden__defect="")
    counts = (
        _answers()
        .filter(which)
        .aggregate(
            caught=Count("pk", filter=reject & defective),
            defective=Count("pk", filter=defective),
            alarms=Count("pk", filter=reject & ~defective),
            good=Count("pk", filter=~defective),
        )
    )
    return detection.Golden(**counts)


def wants_second_looks(reviewer_pk: int) -> bool:
    """Whether this reviewer's golden record is below the gate, so that somebody else looks as well."""
    return GATE.judge(golden_of(reviewer_pk)) is detection.Standing.SECOND_LOOKS


def records() -> list[Record]:
    """Everybody who decided anything lately, in a number of queries that does not grow with them."""
    since = timezone.now() - timedelta(days=DAYS)
    decided = defaultdict(list)
    standing = Decision.objects.filter(at__gte=since, superseded_by=None, undone=False)
    for pk, verdict, ms in standing.values_list("reviewer", "verdict", "milliseconds"):
        decided[pk].append((verdict, ms))
    goldens, named = _golden_by_person()
    pairs = _pairs()
    people = User.objects.filter(pk__in={*decided, *goldens}).order_by("username")
    return [_record(user, decided[user.pk], goldens, named, pairs[user.pk]) for user in people]


def _answers() -> "QuerySet[GoldenAnswer]":
    since = timezone.now() - timedelta(days=DAYS)
    return GoldenAnswer.objects.filter(withdrawn=False, at__gte=since)


def _golden_by_person() -> tuple[dict[int, detection.Golden], "Counter[int]"]:
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    named: Counter[int] = Counter()
    for pk, verdict, said, known in _answers().values_list("reviewer", "verdict", "defect", "golden__defect"):
        rejected = verdict == Decision.Verdict.REJECT
        counts[pk]["defective" if known else "good"] += 1
        counts[pk]["caught" if known else "alarms"] += rejected
        named[pk] += bool(rejected and known and said == known)
    return {pk: _golden(found) for pk, found in counts.items()}, named


def _golden(found: "Counter[str]") -> detection.Golden:
    return detection.Golden(found["caught"], found["defective"], found["alarms"], found["good"])


def _pairs() -> dict[int, list[list[int]]]:
    """Per person the table [[both reject, they alone], [the other alone, both approve]] of blind second opinions."""
    seconds = Decision.objects.filter(task__kind=Kind.SECOND, superseded_by=None, undone=False)
    outputs = {output: (who, verdict) for output, who, verdict in seconds.values_list("output", "reviewer", "verdict")}
    firsts = Decision.objects.filter(output__in=outputs, superseded_by=None, undone=False).exclude(
        task__kind__in=(Kind.SECOND, Kind.THIRD)
    )
    tables: dict[int, list[list[int]]] = defaultdict(lambda: [[0, 0], [0, 0]])
    for output, who, verdict in firsts.values_list("output", "reviewer", "verdict"):
        other, second = outputs[output]
        for person, mine, theirs in ((who, verdict, second), (other, second, verdict)):
            tables[person][mine != Decision.Verdict.REJECT][theirs != Decision.Verdict.REJECT] += 1
    return tables


def _record(
    user: User,
    decided: list[tuple[str, int | None]],
    goldens: dict[int, detection.Golden],
    named: "Counter[int]",
    table: list[list[int]],
) -> Record:
    times = [ms for _, ms in decided if ms is not None]
    golden = goldens.get(user.pk, detection.Golden(0, 0))
    agreed = agreement.compare(table)
    return Record(
        reviewer=user,
        decisions=len(decided),
        rejected=sum(verdict == Decision.Verdict.REJECT for verdict, _ in decided),
        seconds=median(times) / 1000 if times else None,
        fast=sum(ms < FAST_MS for ms in times),
        slow=sum(ms > SLOW_MS for ms in times),
        golden=golden,
        named=named[user.pk],
        standing=GATE.judge(golden),
        skill=detection.skill_of(golden),
        agreed=agreed,
        gate=agreement.gate(agreed),
    )
