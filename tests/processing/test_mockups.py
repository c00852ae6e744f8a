"""Ordering, making and deciding mock-ups, and what a dead worker leaves."""

from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog import files
from catalog.flow import Stage
from catalog.models import Photo
from processing import mockups, scenes
from processing.imaging.frame import decode
from processing.models import Mockup, Output, Scene
from tests import factories
from tests.conftest import Jobs

pytestmark = pytest.mark.django_db
FLAT = {"kind": "flat"}


def ordered(output: Output, *wanted: Scene, by: User, fitting: bool = True) -> tuple[int, int]:
    return mockups.order(Photo.objects.filter(pk=output.photo_id), wanted, by, fitting=fitting)


def made(operator: User, jobs: Jobs) -> Mockup:
    output = factories.make_released()
    ordered(output, factories.make_scene(output.photo.catalog, cm=50), by=operator)
    jobs.run()
    return Mockup.objects.get()


def test_an_ordered_mockup_is_made_once_with_its_notes_and_waits_for_a_person(operator: User, jobs: Jobs) -> None:
    output = factories.make_released()
    product = output.photo.product
    assert product
    product.height = "25 cm"
    product.save()
    scene = factories.make_scene(output.photo.catalog, cm=50, height=0.5, shadow="none", match=0)
    assert ordered(output, scene, by=operator) == (1, 0)
    assert [queue for queue, *_ in jobs] == ["mockups"]
    assert ordered(output, scene, by=operator) == (0, 1)
    assert jobs.run() == 1
    mockup = Mockup.objects.get()
    assert mockup.state == Mockup.State.WAITING and mockup.slot == scene.slot
    left, top, right, bottom = mockup.box
    # 25 of 50 cm, which are half of 900 px.
    assert bottom - top == pytest.approx(225, abs=2) and right - left == pytest.approx(281, abs=2)
    with files.opened(mockup.file) as stream:
        rgb = decode(stream.read()).rgb
    assert rgb.shape == (900, 1200, 3)
    red = rgb[(top + bottom) // 2, (left + right) // 2].astype(int)
    assert np.abs(red - (196, 40, 44)).max() < 25
    assert not mockups.make(mockup.pk), "made twice"


def test_only_released_photos_are_shown(operator: User, jobs: Jobs) -> None:
    output = factories.make_released(stage=Stage.IN_REVIEW)
    assert ordered(output, factories.make_scene(output.photo.catalog), by=operator) == (0, 0)


def test_prints_go_to_flat_scenes_and_others_to_standing_ones(operator: User, jobs: Jobs) -> None:
    poster = factories.make_released(route="lifestyle")
    catalog = poster.photo.catalog
    mug = factories.make_released(catalog)
    wall, table = factories.make_scene(catalog, **FLAT), factories.make_scene(catalog)
    photos = Photo.objects.filter(catalog=catalog)
    assert mockups.order(photos, [wall, table], operator) == (2, 0)
    assert set(Mockup.objects.values_list("output", "scene")) == {(poster.pk, wall.pk), (mug.pk, table.pk)}
    assert mockups.order(photos, [wall, table], operator, fitting=False) == (2, 2)
    # Where only one kind is wanted, that is what was asked for.
    assert mockups.order(photos, [table], operator) == (0, 2)


def test_what_does_not_fit_fails_with_the_sentence_and_is_tried_again_when_asked(operator: User, jobs: Jobs) -> None:
    output = factories.make_released()
    assert output.photo.product
    output.photo.product.height = "5 m"
    output.photo.product.save()
    scene = factories.make_scene(output.photo.catalog, cm=20)
    ordered(output, scene, by=operator)
    jobs.run()
    mockup = Mockup.objects.get()
    assert mockup.state == Mockup.State.FAILED and "The product would be" in mockup.failure
    assert ordered(output, scene, by=operator) == (1, 0) and len(jobs) == 1
    mockup.refresh_from_db()
    assert (mockup.state, mockup.attempts, mockup.failure) == (Mockup.State.QUEUED, 0, "")


def test_a_scene_that_changes_before_the_job_makes_no_mockup_under_the_old_key(operator: User, jobs: Jobs) -> None:
    output = factories.make_released()
    scene = factories.make_scene(output.photo.catalog)
    ordered(output, scene, by=operator)
    scenes.cover(scene, factories.picture_bytes((1200, 900)))
    jobs.run()
    mockup = Mockup.objects.get()
    assert mockup.state == Mockup.State.FAILED and "order it again" in mockup.failure


def test_a_place_that_is_marked_anew_leaves_what_was_made_and_orders_another(operator: User, jobs: Jobs) -> None:
    first = made(operator, jobs)
    scenes.mark(first.scene, {**first.slot, "x": 0.2})
    assert ordered(first.output, first.scene, by=operator) == (1, 0)
    first.refresh_from_db()
    assert first.slot["x"] == 0.5 and first.state == Mockup.State.WAITING


def test_another_person_decides_once_and_takes_it_back(operator: User, reviewer: User, lead: User, jobs: Jobs) -> None:
    mockup = made(operator, jobs)
    with pytest.raises(mockups.NotDecidable, match="You have ordered"):
        mockups.decide(mockup, operator)
    with pytest.raises(ValueError, match="no reason called"):
        mockups.decide(mockup, reviewer, "nonsense")
    mockups.decide(mockup, reviewer, "size")
    mockup.refresh_from_db()
    assert (mockup.state, mockup.reason, mockup.by) == (Mockup.State.REJECTED, "size", reviewer) and mockup.at
    with pytest.raises(mockups.NotDecidable, match="decided this one already"):
        mockups.decide(mockup, lead)
    with pytest.raises(mockups.NotDecidable, match="Only who has decided"):
        mockups.undo(mockup, lead)
    mockups.undo(mockup, reviewer)
    mockup.refresh_from_db()
    assert (mockup.state, mockup.reason, mockup.by, mockup.at) == (Mockup.State.WAITING, "", None, None)
    mockups.decide(mockup, reviewer)
    mockup.refresh_from_db()
    assert mockup.state == Mockup.State.APPROVED


def test_a_newer_output_makes_a_mockup_stale(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = made(operator, jobs)
    product = mockup.output.photo.product_id
    assert product
    mockups.decide(mockup, reviewer)
    assert mockups.approved([product]) == [mockup]
    factories.make_output(mockup.output.photo)
    assert mockups.is_stale(mockup) and mockups.approved([product]) == []
    Mockup.objects.update(state=Mockup.State.WAITING)
    with pytest.raises(mockups.NotDecidable, match="newer cut-out"):
        mockups.decide(mockup, reviewer)


def test_of_a_mockup_that_was_made_anew_the_newest_counts(operator: User, jobs: Jobs) -> None:
    first = made(operator, jobs)
    scenes.mark(first.scene, {**first.slot, "x": 0.2})
    ordered(first.output, first.scene, by=operator)
    jobs.run()
    Mockup.objects.update(state=Mockup.State.APPROVED)
    assert first.output.photo.product_id
    found = mockups.approved([first.output.photo.product_id])
    assert [one.slot["x"] for one in found] == [0.2]


def test_the_sweep_queues_lost_ones_again_and_gives_up_in_the_end(operator: User, jobs: Jobs) -> None:
    output = factories.make_released()
    ordered(output, factories.make_scene(output.photo.catalog), by=operator)
    jobs.clear()
    assert mockups.requeue_stalled() == 0, "it may still be on its way"
    old = timezone.now() - timedelta(hours=1)
    Mockup.objects.update(touched_at=old)
    assert mockups.requeue_stalled() == 1 and len(jobs) == 1
    assert mockups.requeue_stalled() == 0, "it was queued a moment ago"
    Mockup.objects.update(touched_at=old, attempts=mockups.MOST_ATTEMPTS)
    assert mockups.requeue_stalled() == 0
    mockup = Mockup.objects.get()
    assert mockup.state == Mockup.State.FAILED and "workers ended" in mockup.failure


def test_the_sweep_leaves_what_waits_in_the_queue(operator: User, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    output = factories.make_released()
    ordered(output, factories.make_scene(output.photo.catalog), by=operator)
    Mockup.objects.update(touched_at=timezone.now() - timedelta(hours=1))
    name = f"mockup-{Mockup.objects.get().pk}-0"
    monkeypatch.setattr("catalog.queueing.waiting", lambda queue: {name})
    assert mockups.requeue_stalled() == 0
