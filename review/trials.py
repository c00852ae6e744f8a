"""Trials: what single changes of a recipe would do to photos that people mended or approved. They change no recipe."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from redis.exceptions import RedisError

from catalog import queueing
from processing import outputs, truths
from processing.imaging import replay as replaying
from processing.imaging import screens, strips
from processing.imaging.defaults import Parameters
from processing.imaging.faults import Fault
from processing.imaging.frame import Alpha
from processing.imaging.likeness import NOTHING, Likeness, likeness, where_mended
from processing.imaging.replay import Change
from processing.models import Output, Recipe, RecipeVersion, Truth
from review import tuning
from review.models import Complaint, Decision, Replay, Trial

log = logging.getLogger(__name__)

# Photos of a trial, of each kind: enough to see a change that matters, few enough for some minutes.
MOST = {Replay.Kind.MENDED: 60, Replay.Kind.APPROVED: 40}
# With fewer mended photos even a change that makes all of them better may do so by luck (a half to the fifth is 3 %).
# Without some that were approved, a change that spoils what is right now would not be seen.
LEAST = {Replay.Kind.MENDED: 5, Replay.Kind.APPROVED: 5}
MOST_ATTEMPTS = 3
# Served after everything else: a trial is half an hour's work of two workers, and somebody's batch may come meanwhile.
QUEUE = "trials"
PICTURES = 12
# With those for its scores: a picture that is not there after so many attempts, or so long, does not come any more.
MOST_DRAWN, REDRAWN_FOR = 6, timedelta(days=1)


class NothingToLearn(ValueError):
    """A trial that can't begin; the message says what is missing."""


def material(recipe: Recipe) -> dict[Replay.Kind, "QuerySet[Output]"]:
    """Outputs of the recipe whose mask is right: drawn by a person, and approved as the machine makes it now.

    What was approved of a version that makes other masks says nothing of those that the active one makes.
    """
    standing = Decision.objects.filter(superseded_by=None, undone=False)
    mended = truths.newest().filter(recipe_version__recipe=recipe)
    refused = standing.filter(verdict=Decision.Verdict.REJECT, output__author__isnull=False)
    newest = Output.objects.filter(photo=OuterRef("photo")).order_by("-pk").values("pk")[:1]
    approved = standing.filter(verdict=Decision.Verdict.APPROVE)
    machine = Output.objects.filter(recipe_version__in=_alike(recipe), author=None, pk__in=approved.values("output"))
    # Reprocessed after the repair, and then approved: the mask that a person drew says more, and a photo counts once.
    machine = machine.exclude(photo__in=mended.order_by().values("photo"))
    doubted = Complaint.objects.exclude(ending=Complaint.Ending.UNFOUNDED).filter(output=OuterRef("pk"))
    return {
        Replay.Kind.MENDED: Output.objects.filter(pk__in=mended.order_by().values("output")).exclude(
            pk__in=refused.values("output")
        ),
        Replay.Kind.APPROVED: machine.annotate(newest=Subquery(newest)).filter(~Exists(doubted), pk=F("newest")),
    }


def _alike(recipe: Recipe) -> list[RecipeVersion]:
    """The versions that make the same masks as the active one."""
    versions = list(recipe.versions.all())
    active = next(version for version in versions if version.state == RecipeVersion.State.ACTIVE)
    return [one for one in versions if masking(one.parameters) == masking(active.parameters)]


def begin(recipe: Recipe, by: User) -> Trial:
    """Plan a trial of the recipe's active version and queue its work. Raises NothingToLearn."""
    version = recipe.versions.get(state=RecipeVersion.State.ACTIVE)
    found, changes = material(recipe), replaying.changes(masking(version.parameters))
    known = {kind.value: outputs.count() for kind, outputs in found.items()}
    if missing := lacking(known):
        raise NothingToLearn(missing)
    if not changes:
        raise NothingToLearn("None of this recipe's steps has a parameter that a trial could change.")
    try:
        with transaction.atomic():
            trial = Trial.objects.create(
                recipe=recipe, version=version, changes=[asdict(change) for change in changes], known=known, by=by
            )
            Replay.objects.bulk_create(
                _replay(trial, kind, one) for kind, few in found.items() for one in _some(few, kind)
            )
            for one in trial.replays.all():
                _queue(one)
    except IntegrityError as taken:
        raise NothingToLearn("A trial of this recipe is running already; it ends by itself.") from taken
    return trial


def lacking(known: Mapping[str, int]) -> str:
    """What is missing for a trial, in a sentence, by the counts of photos of each kind; "" where nothing is."""
    if all(known[kind.value] >= least for kind, least in LEAST.items()):
        return ""
    mended, approved = (f"{known[kind.value] or 'none'}" for kind in LEAST)
    return (
        f"Of this recipe's photos {mended} were mended by hand, and {approved} approved as it makes them now; a trial "
        f"needs {LEAST[Replay.Kind.MENDED]} of each. Repair rejected photos in the mask editor, and review others."
    )


def _some(found: "QuerySet[Output]", kind: Replay.Kind) -> "QuerySet[Output]":
    """The newest mended ones, since they are of the present; and approved ones by lot, which stand for all."""
    return found.order_by("-pk" if kind == Replay.Kind.MENDED else "?")[: MOST[kind]]


def _replay(trial: Trial, kind: Replay.Kind, output: Output) -> Replay:
    return Replay(trial=trial, photo_id=output.photo_id, right=output, kind=kind)


def _queue(one: Replay) -> None:
    queueing.enqueue(QUEUE, "review.jobs.replay_photo", one.pk, job_id=f"replay-{one.pk}-{one.attempts}")


def masking(parameters: Parameters) -> Parameters:
    """Those parameters that make the mask, and an edge at rest where there is none, so that it can be moved."""
    kept = {step: values for step, values in parameters.items() if step not in outputs.FINISHING_STEPS}
    return {"edge": outputs.NEUTRAL["edge"], **kept}


def changes_of(trial: Trial) -> list[Change]:
    """The changes that the trial tries."""
    return [Change(**values) for values in trial.changes]


def replay(pk: int) -> None:
    """Score one photo of a trial under every change; the last one ends the trial. Safe to do twice."""
    one = Replay.objects.select_related("trial__version", "photo__catalog", "right").get(pk=pk)
    if one.scores is None and not one.failure:
        Replay.objects.filter(pk=pk).update(attempts=F("attempts") + 1, touched_at=timezone.now())
        _keep(one)
    conclude(one.trial)


def _keep(one: Replay) -> None:
    try:
        scores, failure = _scores(one), ""
    except Exception as error:
        log.exception("replay %s of photo %s broke", one.pk, one.photo_id)
        scores, failure = None, _said(error)
    waiting = Replay.objects.filter(pk=one.pk, scores__isnull=True, failure="")
    waiting.update(scores=scores, failure=failure, touched_at=timezone.now())


def _said(error: Exception) -> str:
    return (str(error) if isinstance(error, Fault) else f"It broke with {type(error).__name__}: {error}")[:300]


def _scores(one: Replay) -> dict[str, dict[str, float]]:
    """Likeness by the change's key. Raises UnreadablePicture, and ValueError where the photo has another shape now."""
    trial, right, found = one.trial, _alpha(one.right), dict[str, dict[str, float]]()
    source, parameters = outputs.read_source(one.photo), masking(trial.version.parameters)
    for change, mask in replaying.masks(source, parameters, changes_of(trial), outputs.context()):
        right = right if change else _right_now(one, right, mask)
        found[change.key if change else ""] = asdict(_likeness(mask, right))
    return found


def _right_now(one: Replay, right: Alpha, now: Alpha | Fault) -> Alpha:
    """The mask to hold changes against: where a person mended it theirs, and elsewhere as the version makes it ``now``.

    One that was drawn from nothing, and one that was approved, is right as it is.
    """
    truth = Truth.objects.select_related("mended").filter(output=one.right).first()
    if truth is None or truth.mended is None or isinstance(now, Fault):
        return right
    before = _alpha(truth.mended)
    return where_mended(right, before, now) if before.shape == right.shape == now.shape else right


def _likeness(mask: Alpha | Fault, right: Alpha) -> Likeness:
    return NOTHING if isinstance(mask, Fault) else likeness(mask, right)


def _alpha(output: Output) -> Alpha:
    with output.alpha.open("rb") as handle:
        return screens.read_alpha(handle.read())


def conclude(trial: Trial) -> bool:
    """End the trial if every photo of it is through, and have the proposed change drawn; whether this call ended it."""
    if trial.replays.filter(scores__isnull=True, failure="").exists():
        return False
    with transaction.atomic():
        running = Trial.objects.filter(pk=trial.pk, state=Trial.State.RUNNING)
        if not running.update(state=Trial.State.DONE, finished_at=timezone.now()):
            return False
        for pk in tuning.findings(trial).telling[:PICTURES]:
            _queue_strip(pk, 0)
    return True


def _queue_strip(pk: int, attempt: int) -> None:
    """A job that failed keeps its name for a day, so each attempt has its own."""
    queueing.enqueue(QUEUE, "review.jobs.draw_replay", pk, job_id=f"strip-{pk}-{attempt}")


def redraw_lost() -> int:
    """For the sweep: queue the drawing of strips again whose job was lost, a few times; returns how many are queued."""
    now = timezone.now()
    begun = now - timedelta(seconds=settings.JOB_SECONDS)
    ended = Trial.objects.filter(finished_at__range=(now - REDRAWN_FOR, begun)).select_related("version")
    wanted = [pk for trial in ended for pk in tuning.findings(trial).telling[:PICTURES]]
    lost = Replay.objects.filter(pk__in=wanted, picture="", touched_at__lt=begun, attempts__lt=MOST_DRAWN)
    tried = list(lost.values_list("pk", "attempts"))
    for pk, attempts in tried:
        Replay.objects.filter(pk=pk).update(attempts=attempts + 1, touched_at=now)
        _queue_strip(pk, attempts)
    return len(tried)


def draw(pk: int) -> None:
    """Draw where the proposed change changes this photo most: photo, mask now, mask as proposed, the right one."""
    one = Replay.objects.select_related("trial__version", "photo__catalog", "right").get(pk=pk)
    change = tuning.findings(one.trial).best
    if change is None or one.picture or one.scores is None:
        return
    parameters, source = masking(one.trial.version.parameters), outputs.read_source(one.photo)
    made = [mask for _, mask in replaying.masks(source, parameters, [change.change], outputs.context())]
    shown = [mask for mask in made if not isinstance(mask, Fault)]
    if len(shown) == len(made):
        strip = strips.strip(source.rgb, [*shown, _alpha(one.right)])
        name = default_storage.save(f"{one.photo.folder}/trial{one.trial_id}/strip.jpg", ContentFile(strip))
        Replay.objects.filter(pk=pk).update(picture=name)


def coming(trial: Trial, found: tuning.Findings) -> int:
    """How many pictures are still to be drawn."""
    if trial.finished_at is None or trial.finished_at < timezone.now() - REDRAWN_FOR:
        return 0
    waiting = trial.replays.filter(pk__in=found.telling[:PICTURES], picture="", attempts__lt=MOST_DRAWN)
    return waiting.count()


def requeue_stalled() -> int:
    """For the sweep: queue replays again that nobody has touched for a while, give up those that were tried often,
    and end trials whose last job died; returns how many are queued."""
    now = timezone.now()
    limit = now - timedelta(seconds=settings.STALLED_SECONDS)
    # One that a worker began may take minutes (a hundred megapixels took three and a half): it is lost once no job
    # may live so long.
    begun = now - timedelta(seconds=settings.JOB_SECONDS)
    lost_by_now = Q(attempts=0, touched_at__lt=limit) | Q(touched_at__lt=begun)
    stalled = Replay.objects.filter(
        lost_by_now, trial__state=Trial.State.RUNNING, scores__isnull=True, failure=""
    ).select_related("trial")
    try:
        waiting = queueing.waiting(QUEUE) if stalled.exists() else set()
    except RedisError as error:
        log.warning("the queue can't be reached (%s); stalled trials stay for the next sweep", error)
        return 0
    stalled.filter(attempts__gte=MOST_ATTEMPTS).update(
        failure=f"{MOST_ATTEMPTS} workers ended over this photo; it is left out of the trial."
    )
    lost = [one for one in stalled if not any(job.startswith(f"replay-{one.pk}-") for job in waiting)]
    for one in lost:
        Replay.objects.filter(pk=one.pk).update(touched_at=timezone.now())
        _queue(one)
    for trial in Trial.objects.filter(state=Trial.State.RUNNING):
        conclude(trial)
    return len(lost)


def due() -> list[tuple[Recipe, int]]:
    """The recipes of whose photos enough were mended since their last trial for another one, with how many."""
    last = Trial.objects.filter(recipe=OuterRef("recipe_version__recipe")).order_by("-pk").values("begun_at")[:1]
    since = Truth.objects.annotate(last=Subquery(last)).filter(Q(last=None) | Q(at__gt=F("last"))).order_by()
    counted = since.values("recipe_version__recipe").annotate(mended=Count("photo", distinct=True))
    enough = counted.filter(mended__gte=LEAST[Replay.Kind.MENDED]).values_list("recipe_version__recipe", "mended")
    known = Recipe.objects.in_bulk([pk for pk, _ in enough])
    return [(known[pk], mended) for pk, mended in enough if not lacking(standing(known[pk]))]


def running(recipe: Recipe) -> Trial | None:
    """The recipe's trial that is not through yet."""
    return Trial.objects.filter(recipe=recipe, state=Trial.State.RUNNING).first()


def standing(recipe: Recipe) -> dict[str, int]:
    """How many photos of the recipe there are to learn from, by kind."""
    return {kind.value: found.count() for kind, found in material(recipe).items()}
