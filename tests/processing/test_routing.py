"""A photo's route follows its category and its pixels, with the reason, and a person may change it."""

import pytest
from django.contrib.auth.models import User

from catalog import batches, stages
from catalog.flow import BatchState, Stage
from catalog.models import Batch, Photo, PhotoEvent
from catalog.segments import Route
from processing import routing
from processing.imaging.traits import Suggestion, Traits
from processing.models import Recipe
from tests.conftest import Jobs
from tests.factories import make_batch, make_photo, make_recipe_version


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
    event = routing.change(photo, Route.APPAREL, by=operator)
    photo.refresh_from_db()
    assert (photo.stage, photo.route) == (Stage.READY, Route.APPAREL)
    assert photo.batch is not None
    assert (photo.batch.route, photo.batch.upload) == (Route.APPAREL, batch.upload)
    assert "olga" in photo.route_reason
    assert event.note == f"Route changed to Apparel. It went from batch {batch} to batch {photo.batch}."
    assert (event.by, event.data) == (operator, {"left": batch.pk, "joined": photo.batch.pk})


@pytest.mark.django_db
def test_after_processing_the_photo_runs_again(operator: User, jobs: Jobs) -> None:
    photo = make_photo(batch=make_batch(state=BatchState.IN_REVIEW), stage=Stage.HELD)
    routing.change(photo, Route.TRANSPARENT, by=operator)
    assert Photo.objects.get(pk=photo.pk).stage == Stage.READY
    assert [path for _, path, _ in jobs] == ["processing.jobs.process_photo"]


@pytest.mark.django_db
def test_a_photo_that_goes_the_route_already_is_not_sent_there_again(operator: User) -> None:
    photo = make_photo(batch=make_batch(state=BatchState.IN_REVIEW), stage=Stage.HELD)
    with pytest.raises(stages.Refused, match="goes the route “General cut-out” already"):
        routing.change(photo, Route.GENERAL, by=operator)
    assert Photo.objects.get(pk=photo.pk).stage == Stage.HELD


def _again(photo: Photo, how: str, by: User) -> PhotoEvent:
    """One of the ways in which people send a photo again, with or without another route."""
    if how == "change":
        return routing.change(photo, Route.APPAREL, by=by)
    route = {"own version": "general", "other version": "apparel"}.get(how)
    version = make_recipe_version(recipe=Recipe.objects.create(route=route, name="Chosen")) if route else None
    return routing.reprocess(photo, version, by=by)


SENT_FROM = [Stage.READY, Stage.FAILED, Stage.HELD, Stage.IN_REVIEW, Stage.APPROVED]


@pytest.mark.django_db
@pytest.mark.parametrize("stage", SENT_FROM)
@pytest.mark.parametrize("state", BatchState)
@pytest.mark.parametrize("how", ["reprocess", "own version"])
def test_on_its_own_route_a_photo_stays_in_its_batch(operator: User, how: str, state: BatchState, stage: Stage) -> None:
    batch = make_batch(state=state)
    photo = make_photo(batch=batch, stage=stage)
    event = _again(photo, how, operator)
    photo.refresh_from_db()
    assert (photo.stage, photo.route, photo.batch) == (Stage.READY, "general", batch)
    assert "left" not in event.data
    assert Batch.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("stage", SENT_FROM)
@pytest.mark.parametrize("state", BatchState)
@pytest.mark.parametrize("how", ["other version", "change"])
def test_on_another_route_it_goes_to_a_batch_of_that_route(
    operator: User, how: str, state: BatchState, stage: Stage
) -> None:
    batch = make_batch(state=state)
    photo = make_photo(batch=batch, stage=stage)
    event = _again(photo, how, operator)
    photo.refresh_from_db()
    joined = photo.batch
    assert joined is not None
    assert (photo.stage, photo.route, joined.route) == (Stage.READY, "apparel", "apparel")
    assert event.note.endswith(f"It went from batch {batch} to batch {joined}.")
    batch.refresh_from_db()
    assert batch.state == state
    assert batches.gone(batch) == [photo]
    assert batches.gone(joined) == []


@pytest.mark.django_db
def test_a_photo_in_a_batch_of_another_route_goes_to_one_of_its_own(operator: User) -> None:
    photo = make_photo(batch=make_batch(route="general"), route="apparel", stage=Stage.HELD)
    routing.reprocess(photo, None, by=operator)
    photo.refresh_from_db()
    assert photo.batch is not None and photo.batch.route == "apparel"


@pytest.mark.django_db
def test_a_note_of_any_length_leaves_room_for_where_the_photo_went(operator: User) -> None:
    photo = make_photo(batch=make_batch(), stage=Stage.HELD)
    event = routing.send_again(photo, by=operator, route="apparel", note="x" * 600)
    event.refresh_from_db()
    assert event.note.endswith(f"to batch {photo.batch}.")


@pytest.mark.django_db
@pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.PROCESSING, Stage.PROCESSED])
@pytest.mark.parametrize("how", ["reprocess", "own version", "other version", "change"])
def test_nothing_is_sent_again_while_a_machine_works(operator: User, how: str, stage: Stage) -> None:
    photo = make_photo(batch=make_batch(), stage=stage)
    with pytest.raises(stages.Refused, match="being worked on"):
        _again(photo, how, operator)
    photo.refresh_from_db()
    assert (photo.stage, photo.route) == (stage, "general")


@pytest.mark.django_db
def test_where_no_machine_serves_the_route_a_recipe_must_be_chosen(operator: User) -> None:
    photo = make_photo(stage=Stage.FAILED, route=Route.MANUAL)
    with pytest.raises(stages.Refused, match="choose a recipe"):
        routing.reprocess(photo, None, by=operator)
    assert Photo.objects.get(pk=photo.pk).stage == Stage.FAILED
