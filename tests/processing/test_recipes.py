"""Recipes change only by publishing, and the closest one serves a photo."""

import pytest

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
    wide = _recipe()
    assert recipes.choose(photo) == wide
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
def test_every_route_has_a_default_recipe_that_can_be_published(route: str) -> None:
    assert recipes.active_of(route).number == 1
    assert recipes.active_of(route).number == 1


def test_the_manual_lane_has_no_recipe() -> None:
    with pytest.raises(recipes.UnservedRoute, match="a person has to"):
        recipes.choose(make_photo(route="manual"))
