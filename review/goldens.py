"""Golden photos: made from approved outputs, served like any other, answered apart so that they move nothing."""

import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from catalog import queueing
from catalog.flow import RELEASED_STAGES
from processing import outputs
from processing.imaging import screens
from processing.models import Output
from review import damages, policies
from review.answers import Answer
from review.models import Decision, Golden, GoldenAnswer, Task

# One in so many is left undamaged, so that a reviewer who rejects everything shows as well.
GOOD_ONE_IN = 3
# Whoever reviewed in these days finds at least so many that they have not seen; so many a minute are made for that.
LATELY, STOCK, A_MINUTE = timedelta(days=7), 12, 2
# No more rows are read for a choice.
MOST_READ, MOST_SOURCES = 200, 500
KINDS = ("", *damages.BY_DEFECT)


def answer(task: Task, golden: Golden, reviewer: User, given: Answer) -> GoldenAnswer:
    """Keep what the reviewer said of a golden photo."""
    return GoldenAnswer.objects.create(
        task=task,
        golden=golden,
        reviewer=reviewer,
        verdict=given.verdict,
        defect=given.defect,
        severity=given.severity,
        milliseconds=given.milliseconds,
    )


def withdraw(given: GoldenAnswer) -> None:
    """Take an answer back; the next one on the same task counts."""
    GoldenAnswer.objects.filter(pk=given.pk).update(withdrawn=True)


def next_for(user: User, catalog_id: int) -> Golden | None:
    """A golden photo that ``user`` has never seen in any form, if it is time for one by the policy of ``catalog_id``.

    Chosen by lot; from that catalog, which is under review, where it has one: a stranger would stand out.
    """
    fresh = list(unseen_by(user).values_list("pk", "output__photo__catalog")[:MOST_READ])
    due = secrets.randbelow(10_000) < 10_000 * policies.policy_of(catalog_id).golden_share
    if not fresh or not due:
        return None
    fitting = [pk for pk, catalog in fresh if catalog == catalog_id] or [pk for pk, _ in fresh]
    related = Golden.objects.select_related("output__photo__upload", "output__recipe_version")
    return related.get(pk=secrets.choice(fitting))


def unseen_by(user: User) -> "QuerySet[Golden]":
    """The active golden photos that come from nothing of the user's own, and from nothing they judged before."""
    judged = Decision.objects.filter(output=OuterRef("output"), reviewer=user)
    had = Task.objects.filter(golden=OuterRef("pk"), claimed_by=user)
    mine = Q(output__photo__upload__by=user) | Q(output__author=user, output__author__isnull=False) | Q(by=user)
    return Golden.objects.filter(~Exists(judged), ~Exists(had), active=True).exclude(mine)


def ask_for(count: int, *, by: User | None = None, viewer: User | None = None) -> int:
    """Queue the making of up to ``count`` golden photos from approved outputs; returns how many.

    With ``viewer`` only of outputs that this person could be shown: neither their own nor judged by them.
    """
    found = list((_foreign_to(viewer) if viewer else sources())[:count])
    for output in found:
        defect = "" if secrets.randbelow(GOOD_ONE_IN) == 0 else secrets.choice(KINDS[1:])
        seed, maker = secrets.randbits(32), by.pk if by else None
        queueing.enqueue(
            "imaging", "review.jobs.make_golden", output.pk, defect, seed, maker, job_id=f"golden-{output.pk}-{seed}"
        )
    return len(found)


def top_up() -> int:
    """For the sweep: ask for further ones while somebody who reviewed lately has few left to see; returns how many."""
    since = timezone.now() - LATELY
    busy = User.objects.filter(is_active=True, decisions__at__gte=since).distinct()[:MOST_READ]
    short = (user for user in busy if unseen_by(user)[:STOCK].count() < STOCK)
    return next((made for user in short if (made := ask_for(A_MINUTE, viewer=user))), 0)


def guard(catalog_id: int, route: str, defect: str, *, by: User) -> bool:
    """Queue a regression picture: ``defect`` on the newest released output of the route; False where there is none.

    Unlike those that the sweep makes it says who wanted it, and may come from an output that was used before.
    """
    released = Output.objects.filter(photo__catalog=catalog_id, photo__stage__in=RELEASED_STAGES)
    output = released.filter(photo__route=route).order_by("-pk").first()
    if output is None:
        return False
    seed = secrets.randbits(32)
    job_id = f"golden-{output.pk}-{seed}"
    queueing.enqueue("imaging", "review.jobs.make_golden", output.pk, defect, seed, by.pk, job_id=job_id)
    return True


def _foreign_to(user: User) -> "QuerySet[Output]":
    judged = Decision.objects.filter(output=OuterRef("pk"), reviewer=user)
    own = Q(photo__upload__by=user) | Q(author=user, author__isnull=False)
    return sources().filter(~Exists(judged)).exclude(own)


def sources() -> "QuerySet[Output]":
    """Outputs that a person approved lately, that are still released, and that no golden photo was made of; by lot.

    Not of catalogs whose policy wants none.
    """
    approved = Decision.objects.filter(verdict=Decision.Verdict.APPROVE, superseded_by=None, undone=False)
    lately = approved.order_by("-pk").values_list("output", flat=True)[:MOST_SOURCES]
    newest = Output.objects.filter(photo=OuterRef("photo")).order_by("-pk").values("pk")[:1]
    released = Output.objects.filter(pk__in=list(lately), photo__stage__in=RELEASED_STAGES, goldens=None)
    wanted = released.exclude(photo__catalog__policy__golden_share=0)
    return wanted.annotate(newest=newest).filter(pk=F("newest")).order_by("?")


def make(output: Output, defect: str, seed: int, *, by: User | None = None) -> Golden:
    """Make the golden photo: the output's mask, damaged by ``seed`` unless ``defect`` is empty, rendered and measured.

    Raises damages.Undamageable where the mask has no place for the defect.
    """
    with output.alpha.open("rb") as handle:
        alpha = screens.read_alpha(handle.read())
    shown = damages.damage(alpha, defect, seed) if defect else alpha
    source, result = outputs.reopen(output, shown)
    made = outputs.make(source, result, output.recipe_version, seconds={}, parameters=output.parameters)
    made.files.pop("joint.png", None)  # the golden picture has its output's
    stored = outputs.store(output.photo, made, occasion=f"golden{secrets.token_hex(4)}")
    return Golden.objects.create(
        output=output,
        defect=defect,
        severity=damages.BY_DEFECT[defect].severity if defect else "",
        damage={"seed": seed},
        alpha=stored["alpha"],
        preview=stored["preview"],
        sha256=made.sha256,
        width=made.size[0],
        height=made.size[1],
        placement=made.placement,
        verdict=made.judgement.verdict,
        risk=made.judgement.risk,
        reasons=outputs.reasons(made.judgement),
        by=by,
    )
