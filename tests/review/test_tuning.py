"""What a trial's scores say: effects, the change that is proposed, and how sure that is."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from processing import recipes
from processing.models import Recipe
from review import tuning
from review.models import Replay, Trial
from tests import factories
from tests.review.made_trials import LOST, RIGHT, WRONG, a_trial

pytestmark = pytest.mark.django_db
HELPS = "clean.hole=0.5"


@pytest.fixture
def recipe() -> Recipe:
    return recipes.active_of("general").recipe


def scored(trial: Trial, kind: str, *, now: dict[str, float], then: dict[str, float], **which: Any) -> None:
    """Give the trial's replays of a kind other scores: as the version is, and under the change that helps."""
    for one in trial.replays.filter(kind=kind, **which):
        one.scores |= {"": now, HELPS: then}
        one.save()


def effect_of(found: tuning.Findings, key: str) -> tuning.Effect:
    return next(effect for effect in found.effects if effect.change.key == key)


def test_the_change_that_helps_is_best_and_what_loses_the_product_last(recipe: Recipe, lead: User) -> None:
    found = tuning.findings(a_trial(recipe, lead))
    assert found.best and found.best.change.key == HELPS
    assert found.effects[-1].change.key == "refine.sharpness=3.0"
    assert (found.held_better, found.held_worse, found.luck) == (6, 0, pytest.approx(1 / 64))


def test_what_is_hardly_noticed_counts_where_it_decides(recipe: Recipe, lead: User) -> None:
    """A fault that goes from just over the line to just below it, beside one that moves as little elsewhere."""
    trial = a_trial(recipe, lead, approved=0)
    scored = {0.061: 0.059, 0.0301: 0.0299}
    for one, (before, after) in zip(trial.replays.all(), scored.items(), strict=False):
        one.scores |= {"": RIGHT | {"sad": before}, HELPS: RIGHT | {"sad": after}}
        one.save()
    effect = tuning.findings(trial).effects[0]
    assert (effect.better, effect.before, effect.after) == (5, 5, 0)


def test_what_nobody_sees_on_an_approved_photo_is_no_loss(recipe: Recipe, lead: User) -> None:
    trial = a_trial(recipe, lead)
    scored(trial, "approved", now=RIGHT, then=RIGHT | {"sad": 0.019})
    unseen = effect_of(tuning.findings(trial), HELPS)
    scored(trial, "approved", now=RIGHT, then=RIGHT | {"sad": 0.021})
    seen = effect_of(tuning.findings(trial), HELPS)
    assert (unseen.different, seen.different) == (0, 2)
    assert unseen.gain > seen.gain


def test_an_approved_photo_that_the_version_spoils_already_is_not_the_changes_doing(recipe: Recipe, lead: User) -> None:
    trial = a_trial(recipe, lead)
    scored(trial, "approved", now=WRONG, then=WRONG)
    found = tuning.findings(trial)
    assert found.best and found.best.spoilt == 0
    scored(trial, "approved", now=RIGHT, then=WRONG)
    assert effect_of(tuning.findings(trial), HELPS).spoilt == 2
    assert tuning.findings(trial).best is None


def test_views_of_one_product_are_one_piece_of_evidence(recipe: Recipe, lead: User) -> None:
    trial = a_trial(recipe, lead)
    product = factories.make_product()
    for one in trial.replays.select_related("photo"):
        one.photo.product = product
        one.photo.save()
    found = tuning.findings(trial)
    assert (found.held_better, found.held_worse) == (0, 0), "without it nothing was left to choose by"
    assert found.best and not found.proposed
    assert found.luck == 1, "one product proves nothing, however many views it has"


def test_each_photo_stands_for_as_many_as_it_was_taken_from(recipe: Recipe, lead: User) -> None:
    """Two approved photos of forty that look different outweigh what two of two say."""
    trial = a_trial(recipe, lead)
    scored(trial, "approved", now=RIGHT, then=RIGHT | {"sad": 0.05})
    few = effect_of(tuning.findings(trial), HELPS).gain
    Trial.objects.filter(pk=trial.pk).update(known={"mended": 6, "approved": 40})
    many = effect_of(tuning.findings(Trial.objects.get(pk=trial.pk)), HELPS).gain
    assert many < 0 < few


def test_what_spoils_stands_below_what_only_loses(recipe: Recipe, lead: User) -> None:
    trial = a_trial(recipe, lead)
    scored(trial, "approved", now=RIGHT, then=LOST)
    for one in trial.replays.all():
        one.scores |= {"refine.sharpness=3.0": one.scores[""] | {"sad": 0.05 if one.kind == "approved" else 0.3}}
        one.save()
    keys = [effect.change.key for effect in tuning.findings(trial).effects]
    assert keys == ["refine.sharpness=3.0", HELPS], "though it gains more"


def test_a_trial_without_scores_says_nothing(recipe: Recipe, lead: User) -> None:
    trial = a_trial(recipe, lead)
    trial.replays.update(scores=None, failure="gone")
    found = tuning.findings(trial)
    assert (found.effects, found.best, found.telling) == ((), None, ())
    assert len(found.failed) == 8 and Replay.objects.count() == 8
