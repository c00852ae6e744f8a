"""Pages of mock-ups: making them, and reviewing each with one key."""

import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.flow import Stage
from catalog.models import Photo, Product
from processing import mockups
from processing.models import Mockup
from tests import factories
from tests.conftest import Jobs

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def made(operator: User, as_user: SignIn, jobs: Jobs) -> Mockup:
    output = factories.make_released()
    scene = factories.make_scene(output.photo.catalog)
    address = reverse("processing:mockups-new", args=[scene.catalog.slug])
    response = as_user(operator).post(address, {"scenes": [scene.pk], "fitting": "on"}, follow=True)
    assert "1 mock-up is being made." in response.content.decode()
    jobs.run()
    return Mockup.objects.get()


def toast(response: object) -> dict[str, str]:
    found: dict[str, str] = json.loads(response["HX-Trigger"])["toast"]  # type: ignore[index]
    return found


def test_photos_are_chosen_by_batch_category_and_view(operator: User, as_user: SignIn, jobs: Jobs) -> None:
    batch = factories.make_batch()
    front = factories.make_released(batch.catalog, batch=batch)
    back = factories.make_released(batch.catalog, view="back", category="mugs")
    factories.make_released(batch.catalog, stage=Stage.IN_REVIEW)
    factories.make_released(batch.catalog, view="lifestyle")
    scene, client = factories.make_scene(batch.catalog), as_user(operator)
    address = reverse("processing:mockups-new", args=[batch.catalog.slug])
    client.post(address, {"scenes": [scene.pk], "batch": batch.pk})
    assert [one.output for one in Mockup.objects.all()] == [front]
    client.post(address, {"scenes": [scene.pk], "category": "mugs", "view": "back"})
    assert {one.output for one in Mockup.objects.all()} == {front, back}
    told = client.post(address, {"scenes": [scene.pk]}, follow=True).content.decode()
    assert "0 mock-ups are being made. 2 are there already." in told
    assert client.post(address, {}).status_code == 422


def test_pages_say_what_is_missing(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    address = reverse("processing:mockups-new", args=[catalog.slug])
    assert "No scene is ready" in client.get(address).content.decode()
    factories.make_scene(catalog)
    assert "No photo is released yet" in client.get(address).content.decode()
    assert "No mock-up waits" in client.get(reverse("processing:mockups", args=[catalog.slug])).content.decode()


def test_a_reviewer_approves_with_one_key_and_takes_it_back(
    operator: User, reviewer: User, as_user: SignIn, jobs: Jobs
) -> None:
    mockup = made(operator, as_user, jobs)
    sheet, client = reverse("processing:mockups", args=[mockup.scene.catalog.slug]), as_user(reviewer)
    page = client.get(sheet).content.decode()
    assert "data-key-row" in page
    assert all(f'data-key="{key}"' in page for key in ("a", *(reason.key for reason in mockups.REASONS)))
    assert 'data-key="a"' not in as_user(operator).get(sheet).content.decode()
    response = client.post(reverse("processing:mockup-decide", args=[mockup.pk]), {"reason": ""})
    tile = response.content.decode()
    assert "approved" in tile and "data-key-row" not in tile
    assert toast(response)["undo"] == reverse("processing:mockup-undo", args=[mockup.pk])
    again = client.post(reverse("processing:mockup-decide", args=[mockup.pk]), {"reason": "size"})
    assert "decided this one already" in toast(again)["text"] and "undo" not in toast(again)
    assert client.post(toast(response)["undo"])["HX-Refresh"] == "true"
    mockup.refresh_from_db()
    assert mockup.state == Mockup.State.WAITING


def test_a_rejection_has_its_reason(operator: User, reviewer: User, as_user: SignIn, jobs: Jobs) -> None:
    mockup = made(operator, as_user, jobs)
    client = as_user(reviewer)
    tile = client.post(reverse("processing:mockup-decide", args=[mockup.pk]), {"reason": "shadow"}).content.decode()
    assert "falls the wrong way" in tile
    bad = client.post(reverse("processing:mockup-decide", args=[mockup.pk]), {"reason": "nonsense"})
    assert "no reason called" in toast(bad)["text"]


def test_a_stale_one_says_so_and_can_not_be_decided(
    operator: User, reviewer: User, as_user: SignIn, jobs: Jobs
) -> None:
    mockup = made(operator, as_user, jobs)
    factories.make_output(mockup.output.photo)
    page = as_user(reviewer).get(reverse("processing:mockups", args=[mockup.scene.catalog.slug])).content.decode()
    assert "stale: the cut-out is newer" in page and 'data-key="a"' not in page


def test_stale_ones_stand_behind_those_that_can_be_decided(
    operator: User, reviewer: User, as_user: SignIn, jobs: Jobs
) -> None:
    stale = made(operator, as_user, jobs)
    factories.make_output(stale.output.photo)
    newer = factories.make_mockup(factories.make_released(stale.scene.catalog), stale.scene, state="waiting")
    page = as_user(reviewer).get(reverse("processing:mockups", args=[stale.scene.catalog.slug]))
    assert list(page.context["page_obj"]) == [newer, stale]


def test_home_tells_reviewers_but_not_who_has_ordered(
    operator: User, reviewer: User, as_user: SignIn, jobs: Jobs
) -> None:
    made(operator, as_user, jobs)
    assert "Mock-ups to review" in as_user(reviewer).get("/").content.decode()
    Mockup.objects.update(ordered_by=reviewer)
    assert "Mock-ups to review" not in as_user(reviewer).get("/").content.decode()


def test_progress_ends_at_the_review(operator: User, as_user: SignIn, jobs: Jobs) -> None:
    output = factories.make_released()
    scene = factories.make_scene(output.photo.catalog)
    mockups.order(Photo.objects.all(), [scene], operator)
    address = reverse("processing:mockups-progress", args=[scene.catalog.slug])
    working = as_user(operator).get(address)
    assert "1 to go" in working.content.decode() and "HX-Redirect" not in working
    jobs.run()
    assert as_user(operator).get(address, {"state": "queued"})["HX-Redirect"].endswith("?state=waiting")
    assert as_user(operator).get(address, {"state": "approved"})["HX-Refresh"] == "true"


def test_when_none_could_be_made_the_page_shows_those_and_why(operator: User, as_user: SignIn, jobs: Jobs) -> None:
    output, client = factories.make_released(), as_user(operator)
    Product.objects.update(height="5 m")
    scene = factories.make_scene(output.photo.catalog, cm=20)
    mockups.order(Photo.objects.all(), [scene], operator)
    jobs.run()
    slug = scene.catalog.slug
    progress = client.get(reverse("processing:mockups-progress", args=[slug]), {"state": "queued"})
    assert progress["HX-Redirect"].endswith("?state=failed")
    page = client.get(reverse("processing:mockups", args=[slug])).content.decode()
    assert ", 1 could not be made" in page and "The product would be" in page
