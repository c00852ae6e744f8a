"""A photo's stage has one writer, which checks the move, logs it and queues the stage's job."""

from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from catalog import stages
from catalog.flow import MACHINE_STAGES, NEXT, Stage
from catalog.models import Photo
from tests.conftest import Jobs
from tests.factories import make_photo

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("was", "to"), list(product(Stage, Stage)))
def test_move_follows_the_table(was: Stage, to: Stage) -> None:
    photo = make_photo(stage=was)
    if to in NEXT[was]:
        event = stages.move(photo, to, note="because")
        assert (event.was, event.now, event.note) == (was, to, "because")
        assert Photo.objects.get(pk=photo.pk).stage == photo.stage == to
    else:
        with pytest.raises(stages.Refused):
            stages.move(photo, to)
        assert Photo.objects.get(pk=photo.pk).stage == was
        assert photo.events.count() == 1


def test_the_second_of_two_moves_is_refused_and_writes_nothing() -> None:
    first = make_photo(stage=Stage.READY)
    second = Photo.objects.get(pk=first.pk)
    stages.move(first, Stage.PROCESSING)
    with pytest.raises(stages.Refused, match="meanwhile"):
        stages.move(second, Stage.PROCESSING, changes={"route": "manual"})
    assert Photo.objects.get(pk=first.pk).route == "general"
    assert first.events.filter(now=Stage.PROCESSING).count() == 1


def test_move_queues_the_job_of_the_new_stage(jobs: Jobs) -> None:
    photo = make_photo(stage=Stage.PROCESSING)
    stages.move(photo, Stage.PROCESSED)
    assert jobs == [("light", "review.jobs.place_photo", (photo.pk,))]


def _age(photo: Photo, seconds: int) -> None:
    Photo.objects.filter(pk=photo.pk).update(stage_since=timezone.now() - timedelta(seconds=seconds))


def test_the_sweep_queues_what_was_left_behind_and_nothing_else(jobs: Jobs) -> None:
    for stage in Stage:
        _age(make_photo(stage=stage), 1000)
        make_photo(stage=stage)
    waiting = make_photo(stage=Stage.READY)
    waiting.upload.waits = True
    waiting.upload.save()
    _age(waiting, 1000)
    assert stages.requeue_stalled() == 3
    paths = sorted(path for _, path, _ in jobs)
    assert paths == [
        "processing.jobs.inspect_photo",
        "processing.jobs.process_photo",
        "review.jobs.place_photo",
    ]


def test_where_no_worker_lives_nothing_is_waited_for(jobs: Jobs) -> None:
    photo = make_photo(stage=Stage.PROCESSED)
    assert stages.requeue_stalled() == 0
    assert stages.requeue_stalled(seconds=0) == 1
    assert [(path, keys) for _, path, keys in jobs] == [("review.jobs.place_photo", (photo.pk,))]


def test_the_sweep_leaves_what_still_waits_in_the_queue(monkeypatch: pytest.MonkeyPatch, jobs: Jobs) -> None:
    photo = make_photo(stage=Stage.READY)
    _age(photo, 1000)
    monkeypatch.setattr(stages.queueing, "waiting", lambda queue: {f"ready-{photo.pk}-e1"})
    assert stages.requeue_stalled() == 0
    assert not jobs


def test_every_machine_stage_can_be_left() -> None:
    assert all(NEXT[stage] for stage in MACHINE_STAGES)
