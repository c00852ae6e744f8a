"""A batch as a lot: accepted, or widened, by the rule of one clean random draw; the only writer of BatchVerdict."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog import batches, stages
from catalog.flow import BatchState, Stage
from catalog.models import Batch, Photo
from catalog.people import name_of
from review import escalations, policies, queue
from review.models import BatchVerdict, Decision, Draw, Kind, Sample, Severity, Task
from review.statistics import acceptance as rule
from review.statistics import words

# What must be decided before the batch is; reworked photos come back on their own account.
LOT_KINDS = (Kind.RANDOM, Kind.FLAGGED, Kind.WIDENED, Kind.SECOND, Kind.THIRD)
UNDER_REVIEW = (BatchState.IN_REVIEW, BatchState.WIDENED)


@dataclass(frozen=True, slots=True)
class Tally:
    """What the random draw of a batch showed: how many photos, decided ones, and the defects that count."""

    drawn: int
    decided: int
    bad: int
    findings: tuple[rule.Finding, ...]


def judge(batch_pk: int) -> BatchVerdict | None:
    """Accept or widen the batch once all of its review is done, and its last decision can't be a slip any more.

    None when it is not, or was decided already.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_pk)
        if batch.state not in UNDER_REVIEW or waiting(batch) or fresh(batch):
            return None
        if batch.state == BatchState.WIDENED:
            return _after_widening(batch)
        sample = Sample.objects.get(batch=batch)
        tally = count(sample)
        verdict = rule.judge(tally.findings)
        return _accept(batch, sample, tally) if verdict.accepted else _widen(batch, sample, tally, verdict)


def judge_due() -> int:
    """For the sweep: judge every batch whose review is done; returns how many were."""
    under_review = Batch.objects.filter(state__in=UNDER_REVIEW)
    return sum(judge(pk) is not None for pk in under_review.values_list("pk", flat=True))


def waiting(batch: Batch) -> int:
    """How many photos of the lot still wait for a person; where nothing could be sampled, everything that does."""
    unsampled = Sample.objects.filter(batch=batch, size=0).exists()
    kinds = (*LOT_KINDS, Kind.REWORK) if unsampled else LOT_KINDS
    live = Task.objects.filter(batch=batch, state__in=queue.LIVE, kind__in=kinds, golden=None)
    return live.filter(photo__batch=batch, photo__stage=Stage.IN_REVIEW).count()


def fresh(batch: Batch) -> bool:
    """Whether somebody decided on a photo of the lot a moment ago: a verdict would take undo away from them."""
    since = timezone.now() - timedelta(seconds=settings.UNDO_SECONDS)
    return Decision.objects.filter(task__batch=batch, at__gt=since, superseded_by=None, undone=False).exists()


def count(sample: Sample) -> Tally:
    """The random draw's decisions that stand, with the findings the rule reads."""
    drawn = Draw.objects.filter(sample=sample, stratum=Draw.Stratum.RANDOM)
    outputs = drawn.values("output")
    standing = Decision.objects.filter(output__in=outputs, superseded_by=None, undone=False)
    decided = list(standing.select_related("output", "photo").order_by("photo_id", "pk"))
    last = {decision.photo_id: decision for decision in decided}.values()
    bad = [decision for decision in last if decision.verdict == Decision.Verdict.REJECT]
    return Tally(drawn.count(), len(last), len(bad), tuple(finding(decision) for decision in bad))


def finding(decision: Decision) -> rule.Finding:
    """A rejection of a random draw as the rule reads it, with the signature of its cause."""
    severity = rule.Severity(decision.severity or Severity.MAJOR)
    return rule.Finding(severity, random=True, signature=signature(decision.photo, decision.output.recipe_version_id))


def signature(photo: Photo, recipe_version: int) -> str:
    """What photos with the same cause share: recipe version and segment."""
    return f"{recipe_version}/{photo.category}/{photo.colour_family}/{photo.complexity}"


def _accept(batch: Batch, sample: Sample, tally: Tally) -> BatchVerdict:
    batches.advance(batch, BatchState.ACCEPTED)
    moved = _release(batch, "Its batch was accepted.")
    return _write(batch, BatchVerdict.Word.ACCEPTED, why_accepted(sample, tally), tally, moved=moved)


def _widen(batch: Batch, sample: Sample, tally: Tally, verdict: rule.LotVerdict) -> BatchVerdict:
    held = _held(batch)
    wanted = [photo for photo in held if _shares(photo, verdict)]
    batches.advance(batch, BatchState.WIDENED)
    moved = _review(wanted, "Its batch was widened: the random draw held a defect.")
    why = why_widened(sample, tally, verdict, moved, len(held))
    written = _write(batch, BatchVerdict.Word.WIDENED, why, tally, moved=moved, deciding=verdict.deciding)
    # Nothing left that shares the defect: the wider review is over before it began.
    return written if moved else _after_widening(batch)


def _shares(photo: Photo, verdict: rule.LotVerdict) -> bool:
    """Whether a held photo falls under the widening: all of them, or those that share a defect's signature."""
    if verdict.widening is rule.Widening.ALL:
        return True
    newest = photo.outputs.values_list("recipe_version_id", flat=True).first()
    return newest is not None and signature(photo, newest) in verdict.signatures


def _after_widening(batch: Batch) -> BatchVerdict:
    """The wider review is done: release what it left, or widen to everything when it found more of the same."""
    held, bad = _held(batch), _bad_in_widening(batch)
    if held and bad:
        moved = _review(held, "The wider review found more defects, so all of the batch is reviewed.")
        why = f"The review of photos like the defective one found {bad} more. The other {moved} are reviewed as well."
        return _write(batch, BatchVerdict.Word.WIDENED, why, None, moved=moved, deciding=bad)
    batches.advance(batch, BatchState.ACCEPTED)
    moved = _release(batch, "Its batch was accepted after a wider review.")
    rest = f" The other {moved}, which share nothing with the defect, were released." if moved else ""
    found = f"{bad} defective photo{'' if bad == 1 else 's'}" if bad else "no further defect"
    why = f"The wider review is done; it found {found}, and each rejected photo is dealt with on its own.{rest}"
    return _write(batch, BatchVerdict.Word.ACCEPTED, why, None, moved=moved)


def _bad_in_widening(batch: Batch) -> int:
    rejects = Decision.objects.filter(
        task__batch=batch, task__kind=Kind.WIDENED, verdict=Decision.Verdict.REJECT, superseded_by=None, undone=False
    )
    return rejects.exclude(severity=Severity.MINOR).count()


def widen_by_hand(batch: Batch, *, by: User, why: str) -> BatchVerdict:
    """A lead sends every held or released photo of the batch to review. Raises Refused, and ValueError without why."""
    if not why.strip():
        raise ValueError("Say why the whole batch is to be reviewed: others will read it.")
    with transaction.atomic():
        locked = Batch.objects.select_for_update().get(pk=batch.pk)
        batches.advance(locked, BatchState.WIDENED)
        seen = Decision.objects.filter(photo__batch=locked, superseded_by=None, undone=False).values("photo")
        unseen = locked.photos.filter(stage__in=(Stage.HELD, Stage.APPROVED, Stage.DELIVERED)).exclude(pk__in=seen)
        moved = _review(list(unseen.select_related("upload")), f"Widened by hand: {why}", by)
        note = f"{name_of(by)} had the other {moved} photos reviewed: {why}"
        return _write(locked, BatchVerdict.Word.WIDENED, note, None, moved=moved, by=by)


def _held(batch: Batch) -> list[Photo]:
    return list(batch.photos.filter(stage=Stage.HELD).select_related("upload"))


def _release(batch: Batch, note: str) -> int:
    held = _held(batch)
    for photo in held:
        stages.move(photo, Stage.APPROVED, note=note)
    return len(held)


def _review(photos: list[Photo], note: str, by: User | None = None) -> int:
    for photo in photos:
        queue.put(photo, Kind.WIDENED, note=note, by=by)
    return len(photos)


def _write(
    batch: Batch,
    word: BatchVerdict.Word,
    why: str,
    tally: Tally | None,
    *,
    moved: int,
    deciding: int = 0,
    by: User | None = None,
) -> BatchVerdict:
    data: dict[str, Any] = {}
    if tally is not None:
        sample = Sample.objects.get(batch=batch)
        counts = {"size": sample.size, "audited": tally.decided, "bad": tally.bad, "drawn": tally.drawn}
        data = {**counts, **policies.hindrances(batch)}
    written = BatchVerdict.objects.create(
        batch=batch, word=word, why=why[:1000], moved=moved, deciding=deciding, by=by, data=data
    )
    if data:
        policies.note_size(batch)
        watch(batch)
    return written


def watch(batch: Batch) -> None:
    """Tell the route's owner when its lots have tightened or stopped it: once, while that escalation is open."""
    level = policies.switching(batch.catalog_id, batch.route).level
    if level is rule.Level.NORMAL:
        return
    severity = Severity.CRITICAL if level is rule.Level.STOPPED else Severity.MAJOR
    escalations.raise_for_route(batch.catalog, batch.route, severity=severity, reason=words.level(level))


def why_accepted(sample: Sample, tally: Tally) -> str:
    """Why the batch was accepted, in plain words."""
    if not sample.size:
        return _why_unsampled(sample.batch)
    if not tally.drawn:
        seen = "The one photo was" if sample.size == 1 else f"All {sample.size} photos were"
        return f"{seen} looked at one by one, so nothing was left to a sample."
    missing = tally.drawn - tally.decided
    gone = (
        f" {missing} drawn photo{'s' if missing > 1 else ''} left the sample before anybody judged it."
        if missing
        else ""
    )
    minor = f" {tally.bad} had a minor defect, which rejects no batch." if tally.bad else ""
    drawn = f"None of the {tally.decided} photos" if tally.decided != 1 else "The one photo"
    had = "had a" if tally.decided != 1 else "had no"
    clean = f"{drawn} drawn at random {had} major or critical defect."
    return f"{clean}{minor}{gone} What was flagged was looked at one by one."


def _why_unsampled(batch: Batch) -> str:
    if not batch.photos.exists():
        return "All of its photos went to other batches, so there was nothing to sample."
    if Task.objects.filter(batch=batch, kind=Kind.REWORK, state=Task.State.DONE).exists():
        return "Its photos were reprocessed or repaired, so nothing was left to a sample: each is looked at on its own."
    return "No photo of this batch came through the machine, so there was nothing to sample; see the manual lane."


def why_widened(sample: Sample, tally: Tally, verdict: rule.LotVerdict, moved: int, held: int) -> str:
    """Why the batch was widened, and how far, in plain words."""
    verb = "has" if verdict.deciding == 1 else "have"
    found = f"{verdict.deciding} of the {tally.decided} photos drawn at random {verb} a major or critical defect"
    if verdict.widening is rule.Widening.SIGNATURE and moved < held:
        alike = (
            f"The {moved} others of the same recipe and segment are reviewed"
            if moved
            else "No other is of the same recipe and segment"
        )
        return f"{found}. {alike}; {held - moved} share nothing with it and wait."
    return f"{found}, so all of the other {moved} photos are reviewed."
