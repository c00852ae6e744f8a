"""Second opinions: blind, by somebody else, on severe rejections and a share of random draws; a third settles."""

from hashlib import sha256

from django.contrib.auth.models import User
from django.db.models import Q

from catalog.models import Photo
from catalog.people import Role
from review import policies, queue, reviewers
from review.models import Decision, Kind, Severity, Task

# With fewer people a disagreement could never be settled, so none is asked for.
OTHERS_WANTED = 2
ASKED_OF = (Kind.RANDOM, Kind.FLAGGED, Kind.WIDENED)


def ask(decision: Decision) -> bool:
    """Open a further task on the same output where somebody else should look; False when the decision stands."""
    task = decision.task
    if task.kind == Kind.SECOND:
        first = _first(decision)
        wanted = first is not None and first.verdict != decision.verdict and others(decision) > 0
        kind = Kind.THIRD
    else:
        wanted, kind = wants_second(decision) and others(decision) >= OTHERS_WANTED, Kind.SECOND
    if wanted:
        queue.add(Photo.objects.select_related("upload").get(pk=decision.photo_id), kind)
    return wanted


def wants_second(decision: Decision) -> bool:
    """A critical rejection, or a random draw that falls into the policy's share, fixed by its own number."""
    if decision.task.kind not in ASKED_OF:
        return False
    if decision.verdict == Decision.Verdict.REJECT and decision.severity == Severity.CRITICAL:
        return True
    by_lot = decision.task.kind == Kind.RANDOM and lot(decision.task) < share_of(decision)
    return by_lot or reviewers.wants_second_looks(decision.reviewer_id)


def share_of(decision: Decision) -> float:
    """The share of random draws that the catalog's policy wants seen twice, 0 to 1."""
    return policies.policy_of(decision.photo.catalog_id).second_share


def lot(task: Task) -> float:
    """A number from 0 to 1 that nobody can foresee from the picture: by SHA-256 of the task's batch seed and photo."""
    seed = task.batch.seed if task.batch else 0
    digest = sha256(f"second:{seed}:{task.photo_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def others(decision: Decision) -> int:
    """How many people could still judge this output: reviewers and leads with no part in it."""
    task = decision.task
    part = [user for user in (task.uploader_id, task.author_id, task.tuner_id) if user]
    judged = Decision.objects.filter(output=decision.output).values("reviewer")
    people = User.objects.filter(is_active=True).filter(
        Q(groups__name__in=(Role.REVIEWER.value, Role.LEAD.value)) | Q(is_superuser=True)
    )
    return people.exclude(pk__in=part).exclude(pk__in=judged).distinct().count()


def _first(decision: Decision) -> Decision | None:
    earlier = Decision.objects.filter(output=decision.output, superseded_by=None, undone=False, pk__lt=decision.pk)
    return earlier.order_by("-pk").first()


def withdraw(decision: Decision) -> bool:
    """Take back the further task that ``decision`` opened; False when it opened none. Raises Late if it was begun."""
    asked = Task.objects.filter(
        output=decision.output, kind__in=(Kind.SECOND, Kind.THIRD), pk__gt=decision.task_id
    ).exclude(state=Task.State.WITHDRAWN)
    if not asked.exists():
        return False
    if not asked.filter(state=Task.State.OPEN).update(state=Task.State.WITHDRAWN):
        raise queue.Late("Somebody else has this photo now, so the decision can't be taken back.")
    return True
