"""Which batch takes a photo of a route, and how a batch stands that all of its photos left."""

import pytest

from catalog import batches, flow
from catalog.flow import BatchState, Stage
from catalog.models import Batch, Photo
from tests.factories import make_batch, make_photo, make_upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo() -> Photo:
    """A photo of the route general, in a batch of its upload."""
    return make_photo(batch=make_batch(make_upload()), stage=Stage.READY)


def _batch(photo: Photo, **values: object) -> Batch:
    return make_batch(photo.upload, **{"route": "apparel", **values})


def test_the_filling_batch_of_the_route_comes_before_one_that_is_closed(photo: Photo) -> None:
    filling = _batch(photo)
    _batch(photo, state=BatchState.PROCESSING)
    assert batches.join(photo, "apparel") == filling


def test_a_closed_batch_takes_photos_until_its_sample_is_drawn(photo: Photo) -> None:
    closed = _batch(photo, state=BatchState.PROCESSING)
    assert batches.join(photo, "apparel") == closed


@pytest.mark.parametrize("state", [BatchState.IN_REVIEW, BatchState.WIDENED, BatchState.ACCEPTED])
def test_a_batch_that_was_drawn_takes_no_photo_any_more(photo: Photo, state: BatchState) -> None:
    drawn = _batch(photo, state=state)
    made = batches.join(photo, "apparel")
    assert (made != drawn, made.route, made.state) == (True, "apparel", BatchState.FILLING)


@pytest.mark.parametrize("state", [BatchState.FILLING, BatchState.PROCESSING])
def test_nor_does_a_full_one_or_one_of_another_upload(photo: Photo, state: BatchState) -> None:
    full = _batch(photo, state=state, size=1)
    make_photo(batch=full)
    make_batch(make_upload(photo.catalog), route="apparel", state=state)
    made = batches.join(photo, "apparel")
    assert (made.upload, made.state, made.photos.count()) == (photo.upload, BatchState.FILLING, 0)
    full.refresh_from_db()
    assert full.state == BatchState.PROCESSING


def test_a_closed_batch_that_all_photos_left_is_empty_and_not_accepted() -> None:
    assert flow.standing(BatchState.ACCEPTED, {}).label == "Empty"
    assert flow.standing(BatchState.FILLING, {}).label == "Filling"
    assert flow.standing(BatchState.ACCEPTED, {Stage.APPROVED: 1}).label == "Accepted"
    assert flow.standing(BatchState.ACCEPTED, {Stage.APPROVED: 1, Stage.FAILED: 1}).label == "Accepted"
    assert flow.standing(BatchState.ACCEPTED, {Stage.APPROVED: 0, Stage.FAILED: 2}) == ("failed", "Manual lane")
