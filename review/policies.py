"""How a catalog's batches are sampled: its policy row, and what the route's earlier lots have earned."""

from dataclasses import dataclass
from typing import Any

from catalog.models import Batch
from processing.models import Output
from review.models import BatchVerdict, Decision, Policy
from review.statistics import sampling
from review.statistics.acceptance import Level, Lot, Switching, policy_at
from review.statistics.ladder import LotEvidence, Rung

# Far beyond the clearance number of any plan; a longer clean run says nothing more.
MOST_DECISIONS = 500
CLEARANCE = 54


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
    return standing(catalog_id, route).switching


@dataclass(frozen=True, slots=True)
class Standing:
    """What a route's lots have earned: its level, its rung of the ladder, and the last lot's evidence."""

    switching: Switching
    rung: Rung
    last: LotEvidence | None
    audited: int
    bad: int


def standing(catalog_id: int, route: str, before: BatchVerdict | None = None) -> Standing:
    """Replay the first verdicts of the route's batches, up to but without ``before``."""
    switch, rung, last, audited, bad = Switching(), Rung(), None, 0, 0
    for verdict in first_verdicts(catalog_id, route):
        if before is not None and verdict.pk >= before.pk:
            break
        accepted = verdict.word == BatchVerdict.Word.ACCEPTED
        switch = switch.after(Lot(accepted))
        seen, found = verdict.data["audited"], verdict.data["bad"]
        last = LotEvidence(accepted, seen, found, tightened=switch.level is not Level.NORMAL)
        rung, audited, bad = rung.after(last), audited + seen, bad + found
    return Standing(switch, rung, last, audited, bad)


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
