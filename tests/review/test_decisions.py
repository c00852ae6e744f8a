"""Decisions move photos, are pinned to an output, count once, and can be taken back until the batch is decided."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from processing import recipes
from processing.models import RecipeVersion
from review import decisions, defects, queue
from review.answers import Answer
from review.models import Decision, Escalation, Kind, Task
from tests import factories
from tests.conftest import Jobs
from tests.review.floor import LOOKED_MS, make_lot, place_all, say, say_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(reviewer: User) -> Task:
    """A flagged photo of a larger batch, claimed by the reviewer."""
    place_all(make_lot(10, 1))
    return queue.claim(reviewer, most=1)[0]


def _stage(task: Task) -> str:
    return Photo.objects.get(pk=task.photo_id).stage


@pytest.mark.parametrize(
    ("remedy", "stage"),
    [
        ("reprocess", Stage.READY),
        ("repair", Stage.FAILED),
        ("manual", Stage.FAILED),
        ("original", Stage.FAILED),
        ("escalate", Stage.ESCALATED),
    ],
)
def test_each_remedy_moves_the_photo(reviewer: User, task: Task, remedy: str, stage: str) -> None:
    decision = say(reviewer, "reject", task, defect="edge", remedy=remedy, note="left sleeve")
    assert isinstance(decision, Decision)
    assert _stage(task) == stage
    event = task.photo.events.last()
    assert "left sleeve" in event.note
    assert (event.by, event.data["decision"]) == (reviewer, decision.pk)


def test_every_remedy_has_an_effect() -> None:
    assert set(decisions.EFFECTS) == set(Decision.Remedy.values)


def test_approving(reviewer: User, task: Task) -> None:
    decision = say(reviewer, task=task)
    assert isinstance(decision, Decision)
    assert _stage(task) == Stage.APPROVED
    assert decision.output_sha256 == task.output.sha256
    assert decision.milliseconds == LOOKED_MS


@pytest.mark.parametrize("defect", defects.DEFECTS, ids=lambda defect: defect.code)
def test_one_key_is_enough_to_reject(reviewer: User, task: Task, defect: defects.Defect) -> None:
    decision = say(reviewer, "reject", task, defect=defect.code)
    assert isinstance(decision, Decision)
    assert (decision.severity, decision.remedy) == (defect.severity, defect.remedy)


def test_the_registry_of_defects_has_one_key_and_one_code_each() -> None:
    assert len({defect.key for defect in defects.DEFECTS}) == len(defects.BY_CODE) == len(defects.DEFECTS) >= 5


@pytest.mark.parametrize(
    "answer",
    [Answer("reject"), Answer("reject", "dust"), Answer("maybe"), Answer("approve", milliseconds=200)],
)
def test_an_answer_that_makes_no_sense_is_refused_and_changes_nothing(
    reviewer: User, task: Task, answer: Answer
) -> None:
    with pytest.raises(ValueError):
        decisions.decide(token=task.token, reviewer=reviewer, sha256=task.output.sha256, answer=answer)
    assert not Decision.objects.exists()
    assert _stage(task) == Stage.IN_REVIEW


def test_a_late_submit_is_refused(reviewer: User, task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(queue.Late, match="kept here as a draft"):
        say(reviewer, task=task)
    assert not Decision.objects.exists()


def test_a_foreign_submit_is_refused(lead: User, task: Task) -> None:
    with pytest.raises(queue.Late):
        say(lead, task=task)
    with pytest.raises(queue.Late):
        decisions.decide(token=uuid.uuid4(), reviewer=lead, sha256="", answer=Answer("approve", milliseconds=LOOKED_MS))


def test_a_decision_on_an_older_output_is_refused(reviewer: User, task: Task) -> None:
    factories.make_output(task.photo)
    with pytest.raises(queue.Late, match="processed again"):
        say(reviewer, task=task)


def test_the_same_submit_twice_counts_once(reviewer: User, task: Task) -> None:
    assert say(reviewer, task=task) == say(reviewer, task=task)
    assert Decision.objects.count() == 1


def test_the_same_submit_twice_at_once_counts_once(reviewer: User, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    first = say(reviewer, task=task)
    # The other one looked before the first was written, and had to wait for it.
    too_early, looks = iter([None]), decisions._repeated
    monkeypatch.setattr(decisions, "_repeated", lambda *given: next(too_early, looks(*given)))
    assert say(reviewer, task=task) == first
    assert Decision.objects.count() == 1


def test_reprocessing_takes_another_route_and_ends_in_the_manual_lane(reviewer: User, task: Task) -> None:
    say(reviewer, "reject", task, defect="colour")
    photo = Photo.objects.get(pk=task.photo_id)
    assert photo.route == defects.get("colour").route != "general"
    assert "Colour" not in photo.route
    version = factories.make_recipe_version()
    version.recipe.route = photo.route
    version.recipe.save()
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.PROCESSED)
    photo.refresh_from_db()
    factories.make_output(photo, recipe_version=version)
    queue.put(photo, Kind.REWORK, note="")
    again = queue.claim(reviewer, most=1)[0]
    assert again.photo_id == photo.pk
    say(reviewer, "reject", again, defect="colour")
    assert _stage(task) == Stage.FAILED


def test_using_the_original_queues_its_job(reviewer: User, task: Task, jobs: Jobs) -> None:
    jobs.clear()
    decision = say(reviewer, "reject", task, defect="other", remedy="original")
    assert isinstance(decision, Decision)
    assert ("imaging", "review.jobs.use_original", (decision.pk,)) in jobs


class TestUndo:
    @pytest.mark.parametrize(
        "answer",
        [{"verdict": "approve"}]
        + [
            {"verdict": "reject", "defect": "colour", "remedy": remedy}
            for remedy in ("reprocess", "repair", "escalate")
        ],
    )
    def test_brings_the_photo_back_to_the_same_person(self, reviewer: User, task: Task, answer: dict[str, str]) -> None:
        verdict, rest = answer["verdict"], {k: v for k, v in answer.items() if k != "verdict"}
        first = say(reviewer, verdict, task, **rest)
        back = decisions.undo(reviewer)
        assert (back.pk, back.claimed_by, back.state) == (task.pk, reviewer, "claimed")
        photo = Photo.objects.get(pk=task.photo_id)
        assert (photo.stage, photo.route) == (Stage.IN_REVIEW, "general")
        taken = Decision.objects.get(undone=True)
        assert taken.supersedes == first
        assert not Escalation.objects.exclude(state="closed").exists()
        say(reviewer, task=back)
        assert _stage(task) == Stage.APPROVED

    def test_goes_back_step_by_step_and_ends_after_ten(self, reviewer: User) -> None:
        place_all(make_lot(0, 14))
        for _ in range(12):
            say(reviewer)
        back = [decisions.undo(reviewer).pk for _ in range(10)]
        given = list(Decision.objects.filter(undone=False).order_by("-pk").values_list("task_id", flat=True))
        assert back == given[:10]
        with pytest.raises(queue.Late, match="nothing of yours"):
            decisions.undo(reviewer)

    def test_is_refused_once_the_batch_is_decided(self, reviewer: User) -> None:
        place_all(make_lot(10))
        say_all(reviewer)
        with pytest.raises(queue.Late, match="has been decided"):
            decisions.undo(reviewer)
        assert not Decision.objects.filter(undone=True).exists()

    def test_is_refused_once_the_machine_has_the_photo(self, reviewer: User, task: Task) -> None:
        say(reviewer, "reject", task, defect="colour")
        stages.move(Photo.objects.get(pk=task.photo_id), Stage.PROCESSING)
        with pytest.raises(queue.Late, match="Too late"):
            decisions.undo(reviewer)
        assert not Decision.objects.filter(undone=True).exists()

    def test_is_nobody_elses(self, reviewer: User, lead: User, task: Task) -> None:
        say(reviewer, task=task)
        with pytest.raises(queue.Late):
            decisions.undo(lead)

    def test_leaves_the_count_of_today(self, reviewer: User, task: Task) -> None:
        say(reviewer, task=task)
        assert decisions.today(reviewer) == 1
        decisions.undo(reviewer)
        assert decisions.today(reviewer) == 0


def _versions() -> tuple[RecipeVersion, RecipeVersion]:
    """The version of the apparel recipe that a newer one has replaced, and the newer one."""
    first = recipes.active_of("apparel")
    return first, recipes.publish(first.recipe, first.parameters, first.limits, note="Softer.")


def test_a_reprocess_with_a_chosen_version_orders_that_very_version(reviewer: User, task: Task) -> None:
    old, active = _versions()
    decision = say(reviewer, "reject", task, defect="edge", remedy="reprocess", recipe_version=old)
    photo = Photo.objects.get(pk=task.photo_id)
    assert isinstance(decision, Decision)
    assert (decision.recipe_version, decision.route) == (old, "apparel")
    assert (photo.stage, photo.route) == (Stage.READY, "apparel")
    assert recipes.choose(photo) == active
    assert recipes.serving(photo) == old
    assert "Apparel default v1" in photo.events.last().note


def test_a_chosen_version_counts_for_one_order_alone(reviewer: User, task: Task) -> None:
    old, active = _versions()
    say(reviewer, "reject", task, defect="edge", remedy="reprocess", recipe_version=old)
    decisions.undo(reviewer)
    photo = Photo.objects.get(pk=task.photo_id)
    assert photo.route == "general"
    stages.move(photo, Stage.READY, changes={"route": "apparel"})
    assert recipes.serving(photo) == active


def test_a_version_is_forgotten_where_nothing_is_processed_again(reviewer: User, task: Task) -> None:
    decision = say(reviewer, "reject", task, defect="edge", remedy="repair", recipe_version=_versions()[0])
    assert isinstance(decision, Decision)
    assert (decision.recipe_version, decision.route) == (None, "")


def test_the_version_that_made_the_output_would_make_it_again(reviewer: User, task: Task) -> None:
    same = task.output.recipe_version
    with pytest.raises(ValueError, match="come out the same"):
        say(reviewer, "reject", task, defect="edge", remedy="reprocess", recipe_version=same)
    assert _stage(task) == Stage.IN_REVIEW
    assert not Decision.objects.exists()
