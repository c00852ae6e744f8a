"""How a catalog's batches are sampled: its policy row, and what the route's earlier lots have earned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from catalog.models import Batch, Catalog
from catalog.segments import Route
from processing.models import Output
from review.models import BatchVerdict, Decision, Escalation, Policy, Severity
from review.statistics import sampling, words
from review.statistics.acceptance import Level, Lot, Switching, policy_at
from review.statistics.cusum import Cusum
from review.statistics.ladder import DEFAULT_LADDER, Ladder, LotEvidence, Rung

# Far beyond the clearance number of any plan; a longer clean run says nothing more.
MOST_DECISIONS = 500
CLEARANCE = 54
# Tells 5 % from 2 % of defects; some 5,000 audits between false alarms (Reynolds and Stoumbos 1999).
DRIFT = Cusum(steps=31, limit=130)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch is drawn by: the statistics' policy, and everything a page needs to say why."""

    policy: sampling.Policy
    facts: dict[str, Any]


def policy_of(catalog_id: int) -> Policy:
    """The catalog's policy; the default one, unsaved, where nobody has set any."""
    return Policy.objects.filter(catalog_id=catalog_id).first() or Policy(catalog_id=catalog_id)


def plan_for(batch: Batch) -> Plan:
    """The plan by which ``batch`` is drawn now: the catalog's policy at the route's level."""
    row = policy_of(batch.catalog_id)
    level = switching(batch.catalog_id, batch.route).level
    clean = clean_run(batch) if row.plan == Policy.Plan.QUALIFY else 0
    base = _base(row, clean)
    policy = sampling.Everything() if level is Level.STOPPED else policy_at(level, base)
    facts = {"plan": row.plan, "share": row.share, "level": level.value, "clean": clean, "clearance": CLEARANCE}
    return Plan(policy, facts)


def _base(row: Policy, clean: int) -> sampling.Policy:
    if row.plan == Policy.Plan.QUALIFY:
        return sampling.Qualifying(clean, CLEARANCE)
    if row.plan == Policy.Plan.FIXED:
        return sampling.FixedShare(row.share)
    return sampling.Budget(share=row.share)


def first_verdicts(catalog_id: int, route: str) -> list[BatchVerdict]:
    """The first verdict of each batch of the route, oldest first: later ones are resubmissions."""
    seen: dict[int, BatchVerdict] = {}
    rows = BatchVerdict.objects.filter(batch__catalog=catalog_id, batch__route=route).order_by("pk")
    for verdict in rows:
        seen.setdefault(verdict.batch_id, verdict)
    return [verdict for verdict in seen.values() if verdict.data.get("size")]


def switching(catalog_id: int, route: str) -> Switching:
    """Whether the route is inspected normally, tightened, or stopped."""
    state, closings = Switching(), _closings(catalog_id, route)
    for verdict in first_verdicts(catalog_id, route):
        state = _resumed(state, closings, verdict.at).after(Lot(verdict.word == BatchVerdict.Word.ACCEPTED))
    return _resumed(state, closings, timezone.now())


def _closings(catalog_id: int, route: str) -> list[datetime]:
    """When the corrective actions of a stopped route were closed, oldest first."""
    closed = Escalation.objects.filter(
        catalog=catalog_id, route=route, photo=None, severity=Severity.CRITICAL, state=Escalation.State.CLOSED
    )
    return [at for at in closed.order_by("closed_at").values_list("closed_at", flat=True) if at]


def _resumed(state: Switching, closings: list[datetime], until: datetime) -> Switching:
    """A stopped route goes on, tightened, where its corrective action was closed by ``until``; eats ``closings``."""
    while closings and closings[0] <= until:
        closings.pop(0)
        if state.level is Level.STOPPED:
            state = state.resumed()
    return state


@dataclass(frozen=True, slots=True)
class Standing:
    """What a route's lots have earned: its level, its rung of the ladder, and the last lot's evidence."""

    switching: Switching
    ladder: Ladder
    rung: Rung
    last: LotEvidence | None
    audited: int
    bad: int


def standing(catalog: Catalog, route: str, before: BatchVerdict | None = None) -> Standing:
    """Replay the first verdicts of the route's batches, up to but without ``before``.

    What hinders a climb is stored with each verdict as it was then, so that the replay never changes.
    """
    ladder = ladder_of(catalog)
    switch, rung, last, audited, bad = Switching(), Rung(), None, 0, 0
    closings = _closings(catalog.pk, route)
    for verdict in first_verdicts(catalog.pk, route):
        if before is not None and verdict.pk >= before.pk:
            break
        accepted = Lot(verdict.word == BatchVerdict.Word.ACCEPTED)
        switch = _resumed(switch, closings, verdict.at).after(accepted)
        last = _evidence(verdict, switch)
        rung, audited, bad = rung.after(last, ladder), audited + last.audited, bad + last.bad
    return Standing(switch, ladder, rung, last, audited, bad)


def ladder_of(catalog: Catalog) -> Ladder:
    """The ladder above the catalog's own base size; a single rung where the policy lets no batch climb."""
    base = catalog.batch_size
    higher = [size for size in DEFAULT_LADDER.sizes if size > base] if policy_of(catalog.pk).climbs else []
    return Ladder(sizes=(base, *higher))


def _evidence(verdict: BatchVerdict, switch: Switching) -> LotEvidence:
    return LotEvidence(
        accepted=verdict.word == BatchVerdict.Word.ACCEPTED,
        audited=verdict.data["audited"],
        bad=verdict.data["bad"],
        tightened=switch.level is not Level.NORMAL,
        severe_escalation=verdict.data.get("severe_escalation", False),
        cusum=verdict.data.get("cusum", 0.0),
    )


def hindrances(batch: Batch) -> dict[str, Any]:
    """What keeps the batch's route from a larger size now: an open severe escalation, and how near drift's alarm is."""
    grave = (Severity.MAJOR, Severity.CRITICAL)
    open_ones = Escalation.objects.filter(catalog=batch.catalog_id, route=batch.route, severity__in=grave)
    return {
        "severe_escalation": open_ones.exclude(state=Escalation.State.CLOSED).exists(),
        "cusum": round(drift(batch.catalog_id, batch.route), 3),
    }


def drift(catalog_id: int, route: str) -> float:
    """The CUSUM of the route's random audits in time order, as a share of its limit."""
    audits = Decision.objects.filter(
        output__draws__stratum="random",
        output__draws__sample__batch__catalog=catalog_id,
        output__draws__sample__batch__route=route,
        superseded_by=None,
        undone=False,
    )
    newest = audits.order_by("-pk").values_list("verdict", flat=True)[:MOST_DECISIONS]
    chart = DRIFT
    for verdict in reversed(newest):
        chart = chart.after(verdict == Decision.Verdict.REJECT)
    return chart.share


def note_size(batch: Batch) -> int:
    """Write what the route's next batch takes, after a verdict; must run inside its transaction. Returns the size."""
    catalog = Catalog.objects.select_for_update().get(pk=batch.catalog_id)
    found = standing(catalog, batch.route)
    catalog.route_sizes = {**catalog.route_sizes, batch.route: found.rung.size(found.ladder)}
    catalog.save(update_fields=["route_sizes"])
    return catalog.route_sizes[batch.route]


def clean_run(batch: Batch) -> int:
    """Photos in a row that people found clean, on the catalog's route and the batch's newest recipe version."""
    newest = Output.objects.filter(photo__batch=batch).order_by("-pk").values("recipe_version")[:1]
    decisions = Decision.objects.filter(
        photo__catalog=batch.catalog_id,
        photo__route=batch.route,
        output__recipe_version__in=newest,
        superseded_by=None,
        undone=False,
    )
    run = 0
    for verdict in decisions.order_by("-pk").values_list("verdict", flat=True)[:MOST_DECISIONS]:
        if verdict != Decision.Verdict.APPROVE:
            break
        run += 1
    return run


def described(standings: "list[tuple[str, Standing]]") -> list[dict[str, str]]:
    """Each route's standing in plain words, for the policy page."""
    return [
        {
            "route": Route(route).label,
            "size": words.why_size(found.rung, found.last, found.ladder),
            "level": words.level(found.switching.level),
            "evidence": words.still_needed(found.bad, found.audited),
        }
        for route, found in standings
    ]
