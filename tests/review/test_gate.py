"""The gate's curve on a recipe's page: made from what was drawn of its batches, and what people said."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.flow import Stage
from catalog.models import Batch
from processing import recipes
from processing.models import Output, Recipe
from review import gate, targets
from review.metrics import facts
from review.metrics.contract import Limits
from review.models import Draw, Kind, Sample
from tests import factories
from tests.review import boards

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db
HALO = {"halo": 50.0}


@pytest.fixture
def recipe() -> Recipe:
    return recipes.active_of("general").recipe


def a_batch(recipe: Recipe, flagged: list[dict], rest: list[dict], **sample: Any) -> Batch:
    """A batch that was drawn: of each photo the risk, readings, and if it was drawn whether people found it bad."""
    batch = factories.make_batch(route=recipe.route)
    drawn = [one for one in rest if "bad" in one]
    counts = {"size": len(flagged) + len(rest), "flagged": len(flagged), "rest": len(rest), "drawn": len(drawn)}
    row = Sample.objects.create(batch=batch, seed=1, **counts)
    reviewer = factories.make_user()
    for kind, photos in ((Kind.FLAGGED, flagged), (Kind.RANDOM, rest)):
        for one in photos:
            photo = factories.make_photo(batch=batch, stage=Stage.IN_REVIEW)
            values = {"risk": one["risk"], "readings": one.get("readings", {}), "alpha": "", "preview": "", "thumb": ""}
            output = factories.make_output(photo, recipe_version=recipe.versions.first(), **values)
            if kind == Kind.FLAGGED or "bad" in one:
                Draw.objects.create(sample=row, photo=photo, output=output, stratum=kind.value, probability=1)
            if one.get("bad") is not None:
                boards.decide(boards.make_task(photo, output, kind), reviewer, bad=one["bad"], at=timezone.now())
    Sample.objects.filter(pk=row.pk).update(**{"drawn_at": timezone.now() + timedelta(seconds=5), **sample})
    return batch


def at(standing: gate.Standing, limit: float) -> gate.Point:
    return next(point for point in standing.points if point.limit == limit)


def test_the_curve_counts_what_each_limit_would_flag_and_leave(recipe: Recipe) -> None:
    flagged = [{"risk": 0.1, "bad": True}, {"risk": 0.01, "readings": HALO, "bad": False}]
    a_batch(recipe, flagged, [{"risk": 0.03, "bad": False}, {"risk": 0.06, "bad": True}, {"risk": 0.01, "bad": False}])
    found = gate.standing(recipe)
    assert (found.outputs, found.used, found.target, found.needed) == (5, 0.08, 0.02, 149)
    assert at(found, 0.02).flagged == pytest.approx(4 / 5), "what the halo flags stays flagged"
    assert at(found, 0.08).flagged == pytest.approx(2 / 5)
    assert at(found, 0.08).left.rate == pytest.approx(1 / 3)
    assert at(found, 0.12).left.rate == pytest.approx(2 / 4), "what only the risk flagged would go out"
    assert (at(found, 0.12).audits, at(found, 0.02).audits) == (4, 1)


def test_what_was_not_drawn_counts_by_what_was(recipe: Recipe) -> None:
    rest = [{"risk": 0.03, "bad": True}] + [{"risk": 0.03, "bad": False}] * 3 + [{"risk": 0.03}] * 16
    a_batch(recipe, [], rest)
    point = at(gate.standing(recipe), 0.05)
    assert (point.left.size, point.audits, point.left.rate) == (20, 4, 0.25)
    assert point.left.upper and point.left.upper > 0.5


def test_only_this_recipes_outputs_as_the_draw_found_them_count(recipe: Recipe, lead: User) -> None:
    batch = a_batch(recipe, [], [{"risk": 0.03, "bad": False}, {"risk": 0.04}])
    undrawn = batch.photos.exclude(draws__isnull=False).get()
    later = factories.make_output(undrawn, recipe_version=recipe.versions.first(), risk=0.9)
    Output.objects.filter(pk=later.pk).update(created_at=timezone.now() + timedelta(hours=1))
    repaired = factories.make_output(undrawn, recipe_version=recipe.versions.first(), risk=0.9)
    Output.objects.filter(pk=repaired.pk).update(author=lead)
    a_batch(recipes.active_of("reflective").recipe, [], [{"risk": 0.5, "bad": True}])
    found = gate.standing(recipe)
    assert (found.outputs, at(found, 0.05).flagged) == (2, 0.0)


def test_a_bad_photo_that_was_sent_on_to_another_route_still_counts(recipe: Recipe) -> None:
    rest = [{"risk": 0.03, "bad": True}] + [{"risk": 0.03, "bad": False}] * 3 + [{"risk": 0.03}] * 16
    batch = a_batch(recipe, [], rest)
    other = factories.make_batch(route="transparent")
    batch.photos.filter(decisions__verdict="reject").update(batch=other, route="transparent")
    point = at(gate.standing(recipe), 0.05)
    assert (point.left.size, point.audits, point.left.rate) == (20, 4, 0.25)


def test_a_sample_that_people_have_not_got_through_waits(recipe: Recipe) -> None:
    a_batch(recipe, [], [{"risk": 0.03, "bad": False}] * 4)
    unread = a_batch(recipe, [], [{"risk": 0.03, "bad": None}] * 3 + [{"risk": 0.03, "bad": False}])
    assert (gate.standing(recipe).outputs, at(gate.standing(recipe), 0.05).left.upper) == (4, 0)
    Sample.objects.filter(batch=unread).update(drawn_at=timezone.now() - facts.PATIENCE)
    Output.objects.filter(photo__batch=unread).update(created_at=timezone.now() - 2 * facts.PATIENCE)
    assert gate.standing(recipe).outputs == 8, "but not for ever"
    assert at(gate.standing(recipe), 0.05).left.upper == pytest.approx(3 / 8)


def test_only_versions_that_do_the_same_to_a_photo_count(recipe: Recipe, lead: User) -> None:
    a_batch(recipe, [], [{"risk": 0.03, "bad": False}] * 4)
    active = recipe.versions.get(state="active")
    limits = {**active.limits, "halo": {"flag": 10.0, "fail": None}}
    recipes.publish(recipe, active.parameters, limits, by=lead, note="Other limits.")
    assert gate.standing(recipe).outputs == 4
    parameters = {**active.parameters, "edge": {"shift": -8.0, "feather": 0.0}}
    recipes.publish(recipe, parameters, limits, by=lead, note="Other masks.")
    assert gate.standing(recipe).outputs == 0, "what was approved before says nothing of these"


def test_readings_are_judged_by_the_limits_in_use(recipe: Recipe, lead: User) -> None:
    a_batch(recipe, [], [{"risk": 0.03, "readings": {"halo": 20.0}, "bad": False}] * 4)
    assert at(gate.standing(recipe), 0.05).flagged == 0
    active = recipe.versions.get(state="active")
    limits = {**active.limits, "halo": {"flag": 10.0, "fail": None}}
    recipes.publish(recipe, active.parameters, limits, by=lead, note="Other limits.")
    assert at(gate.standing(recipe), 0.05).flagged == 1


def test_old_samples_say_nothing_of_now(recipe: Recipe) -> None:
    a_batch(recipe, [], [{"risk": 0.03, "bad": True}], drawn_at=timezone.now() - timedelta(days=gate.DAYS + 1))
    assert gate.standing(recipe).outputs == 0


def test_the_target_is_the_managers(recipe: Recipe, manager: User) -> None:
    a_batch(recipe, [], [{"risk": 0.01, "bad": False}] * 60)
    assert gate.standing(recipe).sure is None
    targets.set_limits({"escaped": Limits(target=0.05, alarm=None)}, by=manager)
    found = gate.standing(recipe)
    assert found.target == 0.05 and found.sure
    assert found.sure.limit == found.used == 0.08, "nobody has seen what a higher one lets through"


def test_what_fails_is_reviewed_under_any_limit(recipe: Recipe, lead: User) -> None:
    version = recipe.versions.get(state="active")
    limits = {**version.limits, "risk": {"flag": 0.08, "fail": 0.12}}
    recipes.publish(recipe, version.parameters, limits, by=lead, note="What is riskier fails.")
    a_batch(recipe, [], [{"risk": 0.01, "bad": False}])
    assert [point.limit for point in gate.standing(recipe).points] == [0.02, 0.03, 0.05, 0.08, 0.12]


def page(client: Client, recipe: Recipe) -> str:
    return unescape(client.get(reverse("review:recipe-gate", args=[recipe.pk])).content.decode())


def test_a_recipe_without_samples_says_what_this_will_be(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    assert "Once a batch that the parameters in use made is sampled" in page(as_user(lead), recipe)
    own = as_user(lead).get(reverse("processing:recipe", args=[recipe.pk])).content.decode()
    assert reverse("review:recipe-gate", args=[recipe.pk]) in own


def test_with_too_few_audits_it_says_how_many_are_wanting(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    a_batch(recipe, [], [{"risk": 0.03, "bad": False}] * 3)
    said = page(as_user(lead), recipe)
    assert "No limit is sure to leave at most 2 % yet: that takes 149 audits without a defect, and there are 3" in said
    assert "0.08, in use" in said


def test_a_limit_that_is_sure_stands_in_the_recipes_form(
    recipe: Recipe, lead: User, manager: User, as_user: SignIn
) -> None:
    targets.set_limits({"escaped": Limits(target=0.05, alarm=None)}, by=manager)
    risky = [{"risk": 0.15, "bad": False}] * 9 + [{"risk": 0.3, "bad": True}] * 9
    a_batch(recipe, risky, [{"risk": 0.03, "bad": False}] * 60)
    response = as_user(lead).get(reverse("review:recipe-gate", args=[recipe.pk]))
    assert "0.2 is the highest limit that surely leaves at most 5 % defects" in unescape(
        response.content.decode().replace("<b>", "").replace("</b>", "")
    )
    form = as_user(lead).get(response.context["publish"]).context["form"]
    assert form["limit.risk.flag"].value() == "0.2" and "69 audits" in form["note"].value()
    assert as_user(manager).get(reverse("review:recipe-gate", args=[recipe.pk])).context["publish"] == ""
