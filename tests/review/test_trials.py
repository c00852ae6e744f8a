"""Trials: single changes of a recipe, run on photos that people mended or approved, and what is proposed of them."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils import timezone
from redis.exceptions import RedisError

from catalog import queueing, stages
from catalog.flow import Stage
from catalog.models import Photo
from catalog.people import Role
from processing import outputs, recipes, repairs, runs
from processing.imaging import replay, screens
from processing.models import Output, Recipe, RecipeVersion, Truth
from processing.repairs import Repair
from review import jobs as review_jobs
from review import trials, tuning, waiting
from review.models import Complaint, Replay, Task, Trial
from tests import factories
from tests.conftest import Jobs
from tests.images import Shot, product_shot
from tests.review import boards

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_model")]

COLOURS = [(196, 40, 44), (40, 150, 70), (36, 70, 190), (120, 80, 30), (90, 30, 120), (20, 110, 120)]
REJECTED = {"verdict": "reject", "defect": "edge", "severity": "major"}


def shot_of(number: int, shape: str, **values: Any) -> Shot:
    """A small drawn photo, each of another size."""
    return product_shot((240, 192), shape=shape, seed=number, fill=0.5 + 0.04 * number, **values)


def processed(number: int, shape: str = "disc") -> Photo:
    """A photo that the machine has just cut out by the active recipe, in review."""
    shot = shot_of(number, shape, colour=COLOURS[number % len(COLOURS)])
    photo = factories.make_ready_photo(shot)
    runs.process(photo.pk)
    photo.refresh_from_db()
    stages.move(photo, Stage.IN_REVIEW)
    return photo


def judged(photo: Photo, reviewer: User, *, bad: bool) -> Task:
    task = boards.make_task(photo, Output.objects.filter(photo=photo).latest("pk"), boards.Kind.FLAGGED)
    boards.decide(task, reviewer, bad=bad, at=timezone.now())
    return task


def mended(number: int, reviewer: User, lead: User, shape: str = "button") -> Photo:
    """A photo that a reviewer rejected and a lead mended, exactly."""
    photo = processed(number, shape)
    judged(photo, reviewer, bad=True)
    repairs.save(photo, Repair(shot_of(number, shape).alpha, lead, how=Truth.How.UPLOAD))
    return photo


def hole_opened(number: int, reviewer: User, lead: User) -> Photo:
    """A photo in which a lead opened the hole, and left everything else as the machine made it."""
    photo = processed(number, "button")
    judged(photo, reviewer, bad=True)
    with Output.objects.get(photo=photo).alpha.open("rb") as handle:
        alpha = screens.read_alpha(handle.read()).copy()
    middle = np.s_[
        alpha.shape[0] // 2 - 20 : alpha.shape[0] // 2 + 20, alpha.shape[1] // 2 - 20 : alpha.shape[1] // 2 + 20
    ]
    alpha[middle] = shot_of(number, "button").alpha[middle]
    repairs.save(photo, Repair(alpha, lead, how=Truth.How.EDITOR))
    return photo


def publish(recipe: Recipe, lead: User, **changed: dict[str, float]) -> RecipeVersion:
    """A version in which these values of steps are others."""
    active = recipe.versions.get(state="active")
    steps = {step: {**active.parameters.get(step, {}), **values} for step, values in changed.items()}
    return recipes.publish(recipe, {**active.parameters, **steps}, active.limits, by=lead, note="Another one.")


@pytest.fixture
def recipe() -> Recipe:
    return recipes.active_of("general").recipe


@pytest.fixture
def material(recipe: Recipe, reviewer: User, lead: User, jobs: Jobs) -> Recipe:
    """A version that closes every hole; five photos that are right so, and six that people had to mend."""
    publish(recipe, lead, clean={"hole": 5.0})
    for number in range(5):
        judged(processed(number), reviewer, bad=False)
    for number in range(6):
        mended(number, reviewer, lead)
    jobs.clear()
    return recipe


def test_a_trial_finds_the_value_that_people_had_to_mend(material: Recipe, lead: User, jobs: Jobs) -> None:
    trial = trials.begin(material, lead)
    assert trial.known == {"mended": 6, "approved": 5}
    assert len(jobs) == 11 and {queue for queue, *_ in jobs} == {"trials"}
    jobs.run()
    trial.refresh_from_db()
    found = tuning.findings(trial)
    assert trial.state == Trial.State.DONE and trial.finished_at
    assert found.best and found.best.change.key == "clean.hole=0.5", "the smallest step that does it"
    assert (found.best.before, found.best.after) == (6, 0)
    assert (found.best.better, found.best.worse, found.best.spoilt) == (6, 0, 0)
    assert found.proposed and found.luck < 0.05
    assert found.best.label in found.why and "Smallest hole 5 → 0.5 %" in found.why
    assert material.versions.get(state="active").parameters["clean"]["hole"] == 5, "a trial changes nothing by itself"


def test_what_it_proposes_is_drawn(material: Recipe, lead: User, jobs: Jobs) -> None:
    trial = trials.begin(material, lead)
    jobs.run()
    telling = tuning.findings(trial).telling
    drawn = trial.replays.exclude(picture="")
    assert len(telling) == 6
    assert {one.pk for one in drawn} == set(telling[: trials.PICTURES])
    for one in drawn:
        assert default_storage.size(str(one.picture)) > 1000


def test_a_second_drawing_is_no_further_file(material: Recipe, lead: User, jobs: Jobs) -> None:
    trial = trials.begin(material, lead)
    jobs.run()
    one = trial.replays.exclude(picture="").first()
    assert one
    trials.draw(one.pk)
    assert Replay.objects.get(pk=one.pk).picture == one.picture


def test_a_change_that_spoils_an_approved_photo_is_not_proposed(material: Recipe, reviewer: User, lead: User) -> None:
    """People approve the closed hole of one photo: then holes stay as they are."""
    judged(processed(5, "button"), reviewer, bad=False)
    trial = trials.begin(material, lead)
    for one in trial.replays.all():
        trials.replay(one.pk)
    found = tuning.findings(trial)
    effect = next(effect for effect in found.effects if effect.change.key == "clean.hole=0.5")
    assert effect.spoilt == 1 and effect.after == 0
    assert found.best is None or not found.best.spoilt
    assert found.effects[-1].spoilt, "what spoils stands at the end"


def test_what_was_mended_before_says_nothing_of_the_edges_of_now(recipe: Recipe, reviewer: User, lead: User) -> None:
    """A version with tighter edges on purpose: masks mended before it have the old edges, but only their holes were
    anybody's work, so no trial moves the edges back."""
    publish(recipe, lead, clean={"hole": 5.0})
    for number in range(6):
        hole_opened(number, reviewer, lead)
    publish(recipe, lead, edge={"shift": -1.5, "feather": 0.0})
    for number in range(5):
        judged(processed(number), reviewer, bad=False)
    trial = trials.begin(recipe, lead)
    for one in trial.replays.all():
        trials.replay(one.pk)
    found = tuning.findings(trial)
    assert found.best and found.best.change.key == "clean.hole=0.5" and found.proposed
    moved = [effect for effect in found.effects if effect.change.step == "edge"]
    assert moved and all(effect.better == 0 and effect.gain < 0 for effect in moved)


def test_too_few_photos_teach_nothing(recipe: Recipe, reviewer: User, lead: User) -> None:
    for number in range(4):
        mended(number, reviewer, lead, "disc")
    with pytest.raises(trials.NothingToLearn, match="4 were mended by hand, and none approved .* needs 5 of each"):
        trials.begin(recipe, lead)
    assert not Trial.objects.exists()


def test_home_tells_a_lead_of_a_recipe_that_is_worth_a_trial(
    material: Recipe, reviewer: User, lead: User, operator: User
) -> None:
    def told(user: User, role: Role) -> list[str]:
        return [line.note for work in waiting.for_roles(user, [role]) for line in work.lines if "trial" in line.note]

    assert told(lead, Role.LEAD) == ["6 photos were mended since its last trial"]
    assert told(operator, Role.OPERATOR) == []
    trials.begin(material, lead)
    assert told(lead, Role.LEAD) == []
    for number in range(6, 10):
        mended(number, reviewer, lead)
    assert told(lead, Role.LEAD) == [], "four more are too few"
    mended(10, reviewer, lead)
    assert told(lead, Role.LEAD) == ["5 photos were mended since its last trial"]


def test_without_approved_photos_home_asks_for_no_trial(recipe: Recipe, reviewer: User, lead: User) -> None:
    for number in range(6):
        mended(number, reviewer, lead)
    assert trials.due() == []


def test_one_trial_of_a_recipe_at_a_time(material: Recipe, lead: User) -> None:
    trials.begin(material, lead)
    with pytest.raises(trials.NothingToLearn, match="running already"):
        trials.begin(material, lead)
    with pytest.raises(IntegrityError):
        Trial.objects.create(recipe=material, version=material.versions.first(), changes=[], by=lead)


def test_a_version_that_leaves_the_edge_where_it_is_is_tried_with_others(recipe: Recipe) -> None:
    parameters = recipe.versions.get(state="active").parameters
    assert "edge" not in parameters
    tried = replay.changes(trials.masking(parameters))
    assert {change.value for change in tried if change.step == "edge"} == {-2.0, -1.0, 1.0, 2.0}
    assert {change.step for change in tried} == {"cutout", "refine", "clean", "edge"}, "no mask tells of colours"


class TestMaterial:
    def test_what_was_approved_and_then_repaired_counts_by_the_repair(self, material: Recipe, lead: User) -> None:
        photo = Photo.objects.filter(decisions__verdict="approve").first()
        assert photo
        Photo.objects.filter(pk=photo.pk).update(stage=Stage.IN_REVIEW)
        photo.refresh_from_db()
        right = shot_of(0, "disc").alpha
        repairs.save(photo, Repair(right, lead, how=Truth.How.UPLOAD))
        found = trials.material(material)
        assert photo.pk not in found[Replay.Kind.APPROVED].values_list("photo", flat=True)

    def test_what_was_undone_or_complained_about_is_not_right(self, material: Recipe, reviewer: User) -> None:
        one, other, *rest = trials.material(material)[Replay.Kind.APPROVED].order_by("pk")
        first = one.decisions.get()
        boards.decide(first.task, reviewer, bad=True, at=timezone.now(), supersedes=first)
        values = {"catalog": other.photo.catalog, "product": other.photo.product, "by": reviewer, "defect": "edge"}
        complaint = Complaint.objects.create(output=other, photo=other.photo, **values)
        assert list(trials.material(material)[Replay.Kind.APPROVED].order_by("pk")) == rest
        Complaint.objects.filter(pk=complaint.pk).update(ending=Complaint.Ending.UNFOUNDED, closed_at=timezone.now())
        assert set(trials.material(material)[Replay.Kind.APPROVED]) == {other, *rest}

    def test_what_was_mended_and_later_approved_as_the_machine_made_it_is_in_a_trial_once(
        self, material: Recipe, reviewer: User, lead: User
    ) -> None:
        photo = Photo.objects.filter(decisions__verdict="reject").first()
        assert photo
        Photo.objects.filter(pk=photo.pk).update(stage=Stage.READY)
        runs.process(photo.pk)
        photo.refresh_from_db()
        stages.move(photo, Stage.IN_REVIEW)
        judged(photo, reviewer, bad=False)
        trial = trials.begin(material, lead)
        assert trial.replays.get(photo=photo).kind == Replay.Kind.MENDED
        assert trial.known == {"mended": 6, "approved": 5}

    def test_a_mended_mask_that_was_sent_back_is_not_right(self, material: Recipe, reviewer: User) -> None:
        photo = Photo.objects.filter(decisions__verdict="reject").first()
        assert photo
        judged(photo, reviewer, bad=True)
        assert trials.standing(material)["mended"] == 5

    def test_what_was_approved_of_other_masks_says_nothing_of_these(self, material: Recipe, lead: User) -> None:
        publish(material, lead, decontaminate={"strength": 50.0})
        assert trials.standing(material) == {"mended": 6, "approved": 5}, "the masks are the same"
        publish(material, lead, refine={"sharpness": 1.5})
        assert trials.standing(material) == {"mended": 6, "approved": 0}

    def test_another_recipe_has_its_own(self, material: Recipe) -> None:
        assert trials.standing(recipes.active_of("reflective").recipe) == {"mended": 0, "approved": 0}


class TestWorkers:
    def test_a_photo_whose_source_is_gone_is_named_and_left_out(self, material: Recipe, lead: User, jobs: Jobs) -> None:
        trial = trials.begin(material, lead)
        lost = trial.replays.select_related("photo").first()
        assert lost
        default_storage.delete(str(lost.photo.source))
        jobs.run()
        found = tuning.findings(trial)
        assert [row.pk for row in found.failed] == [lost.pk] and found.failed[0].failure
        assert sum(found.scored.values()) == 10
        assert Trial.objects.get(pk=trial.pk).state == Trial.State.DONE

    def test_a_job_that_comes_twice_scores_once(self, material: Recipe, lead: User) -> None:
        trial = trials.begin(material, lead)
        one = trial.replays.first()
        assert one
        trials.replay(one.pk)
        Replay.objects.filter(pk=one.pk).update(scores={"kept": 1})
        trials.replay(one.pk)
        one.refresh_from_db()
        assert (one.scores, one.attempts) == ({"kept": 1}, 1)

    def test_of_two_workers_the_first_ones_scores_stay(
        self, material: Recipe, lead: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = trials.begin(material, lead).replays.first()
        assert one

        def late(asked: Replay) -> dict[str, Any]:
            Replay.objects.filter(pk=asked.pk).update(scores={"first": 1})
            return {"late": 1}

        monkeypatch.setattr(trials, "_scores", late)
        trials.replay(one.pk)
        assert Replay.objects.get(pk=one.pk).scores == {"first": 1}

    def test_a_trial_ends_once(self, material: Recipe, lead: User, jobs: Jobs) -> None:
        trial = trials.begin(material, lead)
        for one in trial.replays.all():
            trials.replay(one.pk)
        drawing = [job for job in jobs if job[1] == "review.jobs.draw_replay"]
        assert drawing and not trials.conclude(trial)
        assert [job for job in jobs if job[1] == "review.jobs.draw_replay"] == drawing

    def stale(self, trial: Trial, **values: Any) -> None:
        trial.replays.filter(scores__isnull=True).update(touched_at=timezone.now() - timedelta(hours=1), **values)

    def test_the_sweep_queues_what_a_dead_worker_left(self, material: Recipe, lead: User, jobs: Jobs) -> None:
        trial = trials.begin(material, lead)
        jobs.clear()
        assert trials.requeue_stalled() == 0, "they have only just been queued"
        self.stale(trial)
        assert trials.requeue_stalled() == 11
        jobs.run()
        assert Trial.objects.get(pk=trial.pk).state == Trial.State.DONE

    def test_a_photo_that_a_worker_is_long_about_is_left_to_it(self, material: Recipe, lead: User, jobs: Jobs) -> None:
        trial = trials.begin(material, lead)
        jobs.clear()
        trial.replays.update(attempts=trials.MOST_ATTEMPTS, touched_at=timezone.now() - timedelta(minutes=9))
        assert trials.requeue_stalled() == 0
        assert not trial.replays.exclude(failure="").exists()
        trial.replays.update(attempts=1, touched_at=timezone.now() - timedelta(minutes=11))
        assert trials.requeue_stalled() == 11, "no job lives so long"

    def test_what_still_waits_in_the_queue_is_left_there(
        self, material: Recipe, lead: User, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trial = trials.begin(material, lead)
        self.stale(trial)
        first = trial.replays.first()
        assert first
        monkeypatch.setattr(queueing, "waiting", lambda queue: {f"replay-{first.pk}-0"})
        assert trials.requeue_stalled() == 10

    def test_a_strip_whose_job_was_lost_is_drawn_by_the_sweep(self, material: Recipe, lead: User, jobs: Jobs) -> None:
        trial = trials.begin(material, lead)
        jobs.run()
        telling = tuning.findings(trial).telling
        assert trials.redraw_lost() == 0
        hour = timezone.now() - timedelta(hours=1)
        Trial.objects.filter(pk=trial.pk).update(finished_at=hour)
        trial.replays.filter(pk=telling[0]).update(picture="", touched_at=hour)
        assert trials.redraw_lost() == 1 and trials.redraw_lost() == 0
        jobs.run()
        assert Replay.objects.get(pk=telling[0]).picture
        trial.replays.update(picture="", touched_at=hour, attempts=trials.MOST_DRAWN)
        assert trials.redraw_lost() == 0, "not for ever"

    def test_a_queue_that_is_away_is_left_to_the_next_sweep(
        self, material: Recipe, lead: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trial = trials.begin(material, lead)
        self.stale(trial)

        def away(queue: str) -> set[str]:
            raise RedisError("away")

        monkeypatch.setattr(queueing, "waiting", away)
        assert trials.requeue_stalled() == 0

    def test_a_photo_that_kills_workers_is_given_up(self, material: Recipe, lead: User, jobs: Jobs) -> None:
        trial = trials.begin(material, lead)
        jobs.clear()
        self.stale(trial, attempts=trials.MOST_ATTEMPTS)
        assert trials.requeue_stalled() == 0
        assert trial.replays.exclude(failure="").count() == 11
        assert Trial.objects.get(pk=trial.pk).state == Trial.State.DONE, "the sweep ends it, too"

    def test_an_unforeseen_error_is_kept_as_the_reason(
        self, material: Recipe, lead: User, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(photo: Photo) -> None:
            raise MemoryError("none left")

        trial = trials.begin(material, lead)
        monkeypatch.setattr(outputs, "read_source", broken)
        jobs.run()
        failures = set(trial.replays.values_list("failure", flat=True))
        assert failures == {"It broke with MemoryError: none left"}
        assert tuning.findings(trial).best is None


def test_a_strip_that_is_drawn_anew_is_another_job(
    material: Recipe, lead: User, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue refuses the name of a job that failed for a day."""
    trial = trials.begin(material, lead)
    for one in trial.replays.all():
        trials.replay(one.pk)
    named: list[str] = []
    monkeypatch.setattr(queueing, "enqueue", lambda *job, job_id: named.append(job_id))
    for _ in range(2):
        long_ago = timezone.now() - timedelta(hours=1)
        Trial.objects.filter(pk=trial.pk).update(finished_at=long_ago)
        trial.replays.update(touched_at=long_ago)
        assert trials.redraw_lost() == 6
    assert len(set(named)) == 12 and not any(name.endswith("-0") for name in named)


def test_the_sweep_and_the_jobs_know_trials() -> None:
    assert {trials.requeue_stalled, trials.redraw_lost} <= set(review_jobs.SWEEPERS)
    assert review_jobs.replay_photo and review_jobs.draw_replay
