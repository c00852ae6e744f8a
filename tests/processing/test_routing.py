"""A photo's route follows its category and its pixels, with the reason, and a person may change it."""

import pytest
from django.contrib.auth.models import User

from catalog import stages
from catalog.flow import BatchState, Stage
from catalog.models import Photo
from catalog.segments import Route
from processing import routing
from processing.imaging.traits import Suggestion, Traits
from tests.conftest import Jobs
from tests.factories import make_batch, make_photo


def _traits(*suggestions: tuple[str, str]) -> Traits:
    found = tuple(Suggestion(lane, 1 - place / 10, reason) for place, (lane, reason) in enumerate(suggestions))
    return Traits("red", "simple", False, 1, found, {})


SHINES = ("transparent", "half of it shines through")


@pytest.mark.parametrize(
    ("category", "material", "view", "suggestions", "route", "reason"),
    [
        ("apparel", "", "front", [], Route.APPAREL, "names apparel"),
        ("Men's T-Shirts", "", "front", [], Route.APPAREL, "names shirt"),
        ("watches", "", "front", [], Route.REFLECTIVE, "names watch"),
        ("homeware", "Glass", "front", [], Route.TRANSPARENT, "material “Glass” names glass"),
        ("watches", "", "front", [SHINES], Route.REFLECTIVE, "names watch"),
        ("apparel", "", "front", [("low_contrast", "white on white")], Route.LOW_CONTRAST, "white on white"),
        ("shoes", "", "front", [SHINES, ("low_contrast", "x")], Route.TRANSPARENT, "half of it shines through"),
        ("shoes", "", "front", [], Route.GENERAL, "“shoes” has no lane of its own"),
        ("", "", "front", [], Route.GENERAL, "names no category"),
        ("fibreglass", "", "front", [], Route.GENERAL, "no lane of its own"),
        ("Sunglasses", "", "front", [], Route.TRANSPARENT, "names sunglasses"),
        ("shoes", "", "lifestyle", [SHINES], Route.LIFESTYLE, "in use"),
    ],
)
def test_category_material_view_and_pixels_choose_the_route(
    category: str, material: str, view: str, suggestions: list[tuple[str, str]], route: Route, reason: str
) -> None:
    choice = routing.choose(category, material, view, _traits(*suggestions))
    assert choice.route == route
    assert reason in choice.reason


@pytest.mark.django_db
def test_before_processing_the_photo_joins_a_batch_of_the_other_route(operator: User) -> None:
    batch = make_batch(route="general")
    photo = make_photo(batch=batch, stage=Stage.READY)
    routing.change(photo, Route.APPAREL, by=operator)
    photo.refresh_from_db()
    assert (photo.stage, photo.route) == (Stage.READY, Route.APPAREL)
    assert photo.batch is not None
    assert (photo.batch.route, photo.batch.upload) == (Route.APPAREL, batch.upload)
    assert "olga" in photo.route_reason


@pytest.mark.django_db
def test_after_processing_the_photo_runs_again(operator: User, jobs: Jobs) -> None:
    photo = make_photo(batch=make_batch(state=BatchState.IN_REVIEW), stage=Stage.HELD)
    routing.change(photo, Route.TRANSPARENT, by=operator)
    assert Photo.objects.get(pk=photo.pk).stage == Stage.READY
    assert [path for _, path, _ in jobs] == ["processing.jobs.process_photo"]


@pytest.mark.django_db
@pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.PROCESSING, Stage.PROCESSED])
def test_nobody_changes_the_route_while_a_machine_works(operator: User, stage: Stage) -> None:
    photo = make_photo(batch=make_batch(), stage=stage)
    with pytest.raises(stages.Refused, match="being worked on"):
        routing.change(photo, Route.MANUAL, by=operator)
    assert Photo.objects.get(pk=photo.pk).route == "general"


@pytest.mark.django_db
def test_where_no_machine_serves_the_route_a_recipe_must_be_chosen(operator: User) -> None:
    photo = make_photo(stage=Stage.FAILED, route=Route.MANUAL)
    with pytest.raises(stages.Refused, match="choose a recipe"):
        routing.reprocess(photo, None, by=operator)
    assert Photo.objects.get(pk=photo.pk).stage == Stage.FAILED
