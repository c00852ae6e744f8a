"""The live fragments: how far a batch is, and how fast."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.flow import Stage
from catalog.models import Batch, Photo, Upload
from processing.models import Recipe, Run
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(lead: Any) -> Batch:
    return factories.make_batch()


@pytest.fixture
def client(as_user: Any, operator: Any) -> Client:
    return as_user(operator)


def run(photo: Photo, began: int, ended: int, route: str = "general") -> None:
    """A run on ``route`` that was done so many seconds after noon."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    recipe, _ = Recipe.objects.get_or_create(route=route, name=route)
    version = factories.make_recipe_version(recipe=recipe)
    made = Run.objects.create(photo=photo, recipe_version=version, status="done", lease_until=noon)
    times = {"started_at": noon + timedelta(seconds=began), "finished_at": noon + timedelta(seconds=ended)}
    Run.objects.filter(pk=made.pk).update(**times)


def context(client: Client, batch: Batch) -> Any:
    return client.get(f"/batches/{batch.pk}/progress/").context


def test_the_pace_is_that_of_first_runs(client: Client, batch: Batch) -> None:
    photos = [factories.make_photo(batch=batch, stage=Stage.HELD) for _ in range(10)]
    for place, photo in enumerate(photos):
        run(photo, place, place + 1)
    assert context(client, batch)["per_hour"] == 3600
    run(photos[0], 5000, 5001)
    assert context(client, batch)["per_hour"] == 3600, "one was reprocessed an hour later"


def test_the_pace_counts_no_run_that_a_photo_had_elsewhere_before_it_came(client: Client, batch: Batch) -> None:
    photos = [factories.make_photo(batch=batch, stage=Stage.HELD) for _ in range(3)]
    run(photos[0], -5000, -4999, route="apparel")
    for place, photo in enumerate(photos):
        run(photo, place, place + 1)
    assert context(client, batch)["per_hour"] == pytest.approx(3600)


def test_nothing_moves_while_the_upload_waits(client: Client, batch: Batch) -> None:
    factories.make_photo(batch=batch, stage=Stage.READY)
    assert context(client, batch)["working"]
    Upload.objects.update(waits=True)
    assert not context(client, batch)["working"]
