"""The review queue: the only writer of tasks. A claim is a lease with a token and an expiry, never a held lock."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from processing.models import Output
from review import goldens
from review.models import Decision, Kind, Task

# One on the screen, one decoded behind it.
HELD_AT_ONCE = 2
# A larger number tells a person nothing more, and counting it costs every decision.
MOST_COUNTED = 200
# Exact numbers would tell a hidden golden photo: the count would not go down by one after it.
ROUGH = 10
# What comes first; within a kind the riskiest output.
ORDER = {
    Kind.COMPLAINT: 0,
    Kind.THIRD: 1,
    Kind.SECOND: 2,
    Kind.FLAGGED: 3,
    Kind.REWORK: 4,
    Kind.RANDOM: 5,
    Kind.WIDENED: 6,
    Kind.GOLDEN: 0,
}
LIVE = (Task.State.OPEN, Task.State.CLAIMED)
Barred = ("uploader", "author", "tuner")


class Late(Exception):
    """A claim that has expired, belongs to somebody else, or is of an output that is no longer the newest."""


def put(photo: Photo, kind: Kind, *, note: str, by: User | None = None) -> Task:
    """Move ``photo`` into review and open its task on the newest output; raises stages.Refused like any move."""
    with transaction.atomic():
        stages.move(photo, Stage.IN_REVIEW, by=by, note=note)
        return add(photo, kind)


def add(photo: Photo, kind: Kind) -> Task:
    """Open a task for a photo that is in review; an older one of the same photo is withdrawn."""
    withdraw(photo)
    output = Output.objects.select_related("recipe_version").filter(photo=photo).latest("pk")
    return Task.objects.create(
        photo=photo,
        output=output,
        batch_id=photo.batch_id,
        kind=kind,
        priority=priority(kind, output),
        uploader_id=photo.upload.by_id,
        author_id=output.author_id,
        tuner_id=output.recipe_version.by_id,
    )


def priority(kind: Kind, output: Output) -> int:
    """Lower comes first: by kind, then what the machine failed, then the riskiest; a random draw keeps its order."""
    if kind in (Kind.RANDOM, Kind.WIDENED):
        return ORDER[kind] * 1000
    failed = output.verdict == Output.Verdict.FAIL
    return ORDER[kind] * 1000 + (0 if failed else 200) + round((1 - output.risk) * 100)


def withdraw(photo: Photo) -> int:
    """Take back the live tasks of a photo that went another way; a claimer's submit is then refused."""
    live = Task.objects.filter(photo=photo, state__in=LIVE, golden=None)
    return live.update(state=Task.State.WITHDRAWN, token=uuid.uuid4())


def for_person(user: User) -> "QuerySet[Task]":
    """Every task that ``user`` may ever see: not their upload, repair or recipe, nor an output they judged before."""
    judged = Decision.objects.filter(output=OuterRef("output"), reviewer=user)
    tasks = Task.objects.filter(~Exists(judged), golden=None).exclude(uploader=user)
    for field in ("author", "tuner"):
        tasks = tasks.filter(Q(**{f"{field}__isnull": True}) | ~Q(**{field: user}))
    return tasks


def waiting_for(user: User) -> int:
    """How many photos wait that ``user`` may review, their own claims included; counted to MOST_COUNTED and no further.

    Hidden golden photos count while they are theirs. No page shows this number as it is, see `roughly`.
    """
    hidden = _hidden(user).filter(Q(state=Task.State.OPEN) | Q(expires_at__gt=timezone.now()))
    waiting = for_person(user).filter(state__in=LIVE, photo__stage=Stage.IN_REVIEW).order_by()
    return waiting[:MOST_COUNTED].count() + hidden.count()


def waits_now(user: User) -> bool:
    """Whether a claim would give ``user`` something at this moment."""
    return any(_waiting(user, condition).exists() for condition in (_open(), _expired()))


def roughly(count: int) -> str:
    """A number of waiting photos as pages show it: to the nearest ROUGH, so that it gives no golden photo away."""
    if count >= MOST_COUNTED:
        return f"over {MOST_COUNTED}"
    if count < ROUGH:
        return f"fewer than {ROUGH}" if count else "no"
    return f"about {ROUGH * round(count / ROUGH)}"


def held(user: User) -> list[Task]:
    """The user's living claims, the oldest first."""
    mine = Task.objects.filter(claimed_by=user, state=Task.State.CLAIMED, expires_at__gt=timezone.now())
    return list(mine.select_related(*RELATED).order_by("claimed_at", "pk"))


RELATED = ("photo__product", "output__recipe_version", "golden", "batch")


def claim(user: User, *, most: int = HELD_AT_ONCE) -> list[Task]:
    """Fill the user's claims up to ``most`` and return all of them; an empty list when nothing waits."""
    tasks = held(user)[:most]
    while len(tasks) < most and (task := claim_golden(user) or claim_one(user)):
        tasks.append(task)
    return tasks


def claim_golden(user: User) -> Task | None:
    """A golden photo that was given back, in its old place; or now and then a new one instead of what is next.

    Never a new one when nothing else waits, and of the catalog that is under review where there is one: both would
    give it away.
    """
    following = _waiting(user, _open()).values("priority", "claimed_at", "photo__catalog").first()
    if back := _hidden(user).filter(state=Task.State.OPEN, golden__active=True).order_by("claimed_at").first():
        return None if following and _goes_before(following, back) else _take_again(back)
    if following is None or (golden := goldens.next_for(user, following["photo__catalog"])) is None:
        return None
    photo = golden.output.photo
    task = Task.objects.create(
        photo=photo,
        output=golden.output,
        golden=golden,
        kind=Kind.GOLDEN,
        priority=following["priority"],
        uploader_id=photo.upload.by_id,
        author_id=golden.output.author_id,
        state=Task.State.CLAIMED,
        claimed_by=user,
        **_lease(),
    )
    return Task.objects.select_related(*RELATED).get(pk=task.pk)


def _hidden(user: User) -> "QuerySet[Task]":
    """The golden photos that ``user`` has before them, or gave back undecided."""
    return Task.objects.filter(claimed_by=user, state__in=LIVE, golden__isnull=False)


def _goes_before(following: Mapping[str, Any], golden: Task) -> bool:
    """Whether the next task goes before a golden one given back: by priority, then as they were held before."""
    if following["priority"] != golden.priority:
        return bool(following["priority"] < golden.priority)
    return bool(following["claimed_at"] and golden.claimed_at and following["claimed_at"] < golden.claimed_at)


def _take_again(task: Task) -> Task | None:
    if not Task.objects.filter(pk=task.pk, state=Task.State.OPEN).update(state=Task.State.CLAIMED, **_lease()):
        return None
    return Task.objects.select_related(*RELATED).get(pk=task.pk)


def claim_one(user: User) -> Task | None:
    """Claim the most pressing task; None when nothing waits. Safe among any number of reviewers.

    The row is locked for the length of one short transaction only (SKIP LOCKED where the database has it), and the
    update compares the state again, so that a database without row locks is as safe. What a page needs of the task is
    read afterwards: planning eight joins takes PostgreSQL longer than finding the row.
    """
    for condition in (_open(), _expired()):
        while True:
            with transaction.atomic():
                pk = _first(user, condition)
                if pk is None:
                    break
                taken = _take(pk, user)
            if taken:
                return Task.objects.select_related(*RELATED).get(pk=pk)
    return None


def _open() -> Q:
    return Q(state=Task.State.OPEN)


def _expired() -> Q:
    return Q(state=Task.State.CLAIMED, expires_at__lte=timezone.now(), golden=None)


def _waiting(user: User, condition: Q) -> "QuerySet[Task]":
    """What ``user`` may claim, the most pressing first."""
    return for_person(user).filter(condition, photo__stage=Stage.IN_REVIEW).order_by("priority", "pk")


def _first(user: User, condition: Q) -> int | None:
    tasks = _waiting(user, condition)
    if connection.features.has_select_for_update_skip_locked:
        tasks = tasks.select_for_update(skip_locked=True, of=("self",))
    return tasks.values_list("pk", flat=True).first()


def _take(pk: int, user: User) -> bool:
    """Write the lease if the task is still free."""
    free = Task.objects.filter(_open() | _expired(), pk=pk)
    return bool(free.update(state=Task.State.CLAIMED, claimed_by=user, **_lease()))


def _lease() -> dict[str, Any]:
    """The values of a fresh claim."""
    now = timezone.now()
    return {"token": uuid.uuid4(), "claimed_at": now, "expires_at": now + lease_time()}


def lease_time() -> timedelta:
    """How long a claim lives without a sign of its reviewer."""
    return timedelta(seconds=settings.REVIEW_LEASE_SECONDS)


def keep(user: User, tokens: list[uuid.UUID]) -> int:
    """A sign of life: prolong these claims of ``user``; returns how many still live."""
    now = timezone.now()
    mine = Task.objects.filter(token__in=tokens, claimed_by=user, state=Task.State.CLAIMED, expires_at__gt=now)
    return mine.update(expires_at=now + lease_time())


def release(user: User, tokens: list[uuid.UUID]) -> int:
    """Give claims back, so that nobody waits for their expiry; golden ones wait for their person. Returns how many."""
    mine = Task.objects.filter(token__in=tokens, claimed_by=user, state=Task.State.CLAIMED)
    golden = mine.filter(golden__isnull=False).update(state=Task.State.OPEN, expires_at=None, token=uuid.uuid4())
    free = mine.filter(golden=None).update(state=Task.State.OPEN, claimed_by=None, expires_at=None, token=uuid.uuid4())
    return golden + free


def take_over(user: User) -> int:
    """Renew the tokens of the user's claims for a page that opens; returns how many.

    A page that is left gives its claims back, and that may arrive after the next page has asked for them: by the old
    tokens, which then name nothing any more.
    """
    return sum(_renew(task) for task in held(user))


def _renew(task: Task) -> bool:
    same = Task.objects.filter(pk=task.pk, token=task.token, state=Task.State.CLAIMED)
    return bool(same.update(token=uuid.uuid4()))


def finish(token: uuid.UUID, user: User) -> Task:
    """Close the claim of ``token`` for a decision; must run inside the decision's transaction. Raises Late."""
    now = timezone.now()
    mine = Task.objects.filter(token=token, claimed_by=user, state=Task.State.CLAIMED, expires_at__gt=now)
    task = mine.select_related(*RELATED).first()
    if task is None or not mine.filter(pk=task.pk).update(state=Task.State.DONE):
        raise Late(
            "Your claim on this photo has expired or gone to somebody else, so the decision was not taken. "
            "It is kept here as a draft."
        )
    task.state = Task.State.DONE
    return task


def take_back(task: Task, user: User) -> Task:
    """Open a finished task again under a fresh claim of the person who had it (undo)."""
    done = Task.objects.filter(pk=task.pk, state=Task.State.DONE, claimed_by=user)
    if not done.update(state=Task.State.CLAIMED, **_lease()):
        raise Late("This photo has gone on meanwhile and can't be taken back.")
    return Task.objects.select_related(*RELATED).get(pk=task.pk)
