"""Recipes change only by publishing, and the closest one serves a photo."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from processing import recipes
from processing.imaging.defaults import ROUTES
from processing.imaging.faults import InvalidRecipe
from processing.models import Recipe, RecipeVersion
from tests.factories import make_photo, make_user

pytestmark = pytest.mark.django_db


def _recipe(**selectors: str) -> RecipeVersion:
    recipe = Recipe.objects.create(route="general", name=str(selectors), **selectors)
    return recipes.publish(recipe, {"cutout": {}}, {})


def test_the_narrowest_fitting_recipe_serves_the_photo() -> None:
    photo = make_photo(category="shoes", colour_family="white", complexity="simple")
    assert recipes.choose(photo) == recipes.active_of("general")
    colour = _recipe(colour_family="white")
    assert recipes.choose(photo) == colour
    category = _recipe(category="shoes")
    assert recipes.choose(photo) == category
    _recipe(category="bags", colour_family="white", complexity="simple")
    assert recipes.choose(photo) == category


def test_publishing_retires_the_version_before_and_leaves_it_as_it_was() -> None:
    first = _recipe()
    before = first.parameters
    second = recipes.publish(first.recipe, {"cutout": {}, "clean": {}}, {}, by=make_user(), note="less dust")
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == ("retired", "active", 2)
    assert first.parameters == before and "clean" not in before


@pytest.mark.parametrize("parameters", [{"polish": {}}, {"cutout": {"speed": 3}}])
def test_an_unknown_step_or_parameter_is_refused_and_nothing_is_published(
    parameters: dict[str, dict[str, int]],
) -> None:
    active = _recipe()
    with pytest.raises(InvalidRecipe):
        recipes.publish(active.recipe, parameters, {})
    assert active.recipe.versions.get() == active


def test_a_limit_of_an_unknown_check_is_refused() -> None:
    active = _recipe()
    with pytest.raises(ValueError, match="no check called 'beauty'"):
        recipes.publish(active.recipe, {"cutout": {}}, {"beauty": {"flag": 1.0}})


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_has_its_default_recipe_from_the_start(route: str) -> None:
    version = recipes.active_of(route)
    assert (version.number, version.note, version.limits) == (1, "As installed.", recipes.default_limits(route))


def _without_recipe(route: str) -> None:
    RecipeVersion.objects.filter(recipe__route=route).delete()
    Recipe.objects.filter(route=route).delete()


def test_migrating_publishes_what_is_missing_once_and_leaves_the_rest() -> None:
    """As an upgrade that brings a route meets it: the others have recipes, one of them with later versions."""
    kept = recipes.active_of("apparel")
    later = recipes.publish(kept.recipe, {"cutout": {}}, {})
    _without_recipe("reflective")
    for _ in range(2):
        call_command("migrate", verbosity=0)
    assert recipes.active_of("reflective").number == 1
    assert recipes.active_of("apparel") == later
    assert RecipeVersion.objects.count() == len(ROUTES) + 1


def test_a_step_to_some_migration_or_a_plan_publishes_nothing() -> None:
    _without_recipe("reflective")
    call_command("migrate", "processing", verbosity=0)
    call_command("migrate", plan=True, verbosity=0, stdout=StringIO())
    assert not Recipe.objects.filter(route="reflective").exists()


def test_a_route_with_recipes_for_segments_alone_gets_one_for_the_rest() -> None:
    _without_recipe("reflective")
    narrow = Recipe.objects.create(route="reflective", name="Rings", category="rings")
    recipes.publish(narrow, {"cutout": {}}, {})
    recipes.publish_missing()
    assert recipes.choose(make_photo(route="reflective", category="bags")).recipe.name == "Reflective default"


def test_asking_for_a_recipe_only_reads() -> None:
    _without_recipe("reflective")
    photo = make_photo(route="reflective")
    with CaptureQueriesContext(connection) as queries:
        assert not any("Reflective" in group for group, _ in recipes.choices())
        for ask in (recipes.choose, lambda photo: recipes.active_of(photo.route)):
            with pytest.raises(recipes.UnservedRoute, match="the next start of Loupe publishes one"):
                ask(photo)
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


def test_the_manual_lane_has_no_recipe() -> None:
    with pytest.raises(recipes.UnservedRoute, match="a person has to"):
        recipes.choose(make_photo(route="manual"))
