"""A processed photo is reviewed or held; a batch is drawn once, when the machine is through with it."""

import pytest
from django.utils import timezone

from catalog import stages
from catalog.flow import BatchState, Stage
from catalog.models import Photo
from review import jobs, placement
from review.models import Draw, Kind, Sample, Task
from review.statistics import sampling
from tests import factories
from tests.conftest import Jobs
from tests.review.floor import make_lot, place_all, stages_of

pytestmark = pytest.mark.django_db


def test_a_flagged_photo_goes_to_review_and_a_clean_one_is_held() -> None:
    batch = factories.make_batch(state=BatchState.FILLING)
    clean = factories.make_photo(batch=batch, stage=Stage.PROCESSED)
    flagged = factories.make_photo(batch=batch, stage=Stage.PROCESSED)
    factories.make_output(clean)
    factories.make_output(flagged, verdict="fail", risk=0.9)
    placement.place(clean.pk)
    placement.place(flagged.pk)
    assert stages_of(batch) == {"held": 1, "in_review": 1}
    task = Task.objects.get()
    assert (task.photo, task.kind, task.uploader) == (flagged, Kind.FLAGGED, batch.upload.by)


def test_placing_twice_changes_nothing() -> None:
    batch = place_all(make_lot(10, 2))
    before = stages_of(batch)
    for photo in batch.photos.all():
        placement.place(photo.pk)
    assert stages_of(batch) == before
    assert Sample.objects.count() == 1


def test_the_draw_is_stored_with_its_counts_probabilities_and_seed() -> None:
    batch = place_all(make_lot(48, 2))
    sample = Sample.objects.get(batch=batch)
    # ceil(12 % of 50) = 6, of which 2 are flagged; the floor of 5 random ones stands.
    assert (sample.size, sample.flagged, sample.rest, sample.drawn) == (50, 2, 48, 5)
    assert batch.state == BatchState.IN_REVIEW
    assert stages_of(batch) == {"in_review": 7, "held": 43}
    random = Draw.objects.filter(stratum="random")
    assert random.count() == 5
    assert {round(draw.probability, 9) for draw in random} == {round(5 / 48, 9)}
    assert set(Draw.objects.filter(stratum="flagged").values_list("probability", flat=True)) == {1.0}


def test_anybody_can_repeat_the_draw_from_the_stored_seed() -> None:
    batch = place_all(make_lot(30, 1))
    flagged = {str(pk) for pk in Draw.objects.filter(stratum="flagged").values_list("photo_id", flat=True)}
    keys = [str(pk) for pk in batch.photos.values_list("pk", flat=True)]
    again = sampling.draw(keys, flagged, batch.sample.seed)
    assert set(again.reviewed) == {str(pk) for pk in Draw.objects.values_list("photo_id", flat=True)}


def test_the_draw_waits_for_the_last_photo_in_the_machine() -> None:
    batch = make_lot(10)
    late = factories.make_photo(batch=batch, stage=Stage.PROCESSING)
    place_all(batch)
    assert not Sample.objects.exists()
    factories.make_output(late)
    stages.move(late, Stage.PROCESSED)
    placement.place(late.pk)
    assert Sample.objects.get().size == 11


def test_a_batch_that_is_still_filling_is_not_drawn_and_is_once_its_upload_is_complete() -> None:
    batch = make_lot(10)
    batch.state = BatchState.FILLING
    batch.save()
    place_all(batch)
    placement.draw_due()
    assert not Sample.objects.exists()
    batch.upload.finished_at = timezone.now()
    batch.upload.save()
    assert placement.draw_due() == 1
    assert Sample.objects.get().size == 10


def test_a_batch_whose_every_photo_failed_is_accepted_with_nothing_in_it() -> None:
    batch = make_lot(0)
    photo = factories.make_photo(batch=batch, stage=Stage.PROCESSING)
    stages.move(photo, Stage.FAILED)
    placement.settle_photo(photo.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED
    assert "nothing to sample" in batch.verdicts.get().why
    assert Sample.objects.get().size == 0


def test_the_last_failure_draws_the_batch_through_the_queue(jobs: Jobs) -> None:
    batch = make_lot(10)
    failing = factories.make_photo(batch=batch, stage=Stage.PROCESSING)
    place_all(batch)
    stages.move(failing, Stage.FAILED)
    jobs.run()
    assert Sample.objects.get().size == 10


def test_a_photo_that_failed_and_came_back_is_reviewed_outside_the_lot() -> None:
    batch = make_lot(10)
    photo = factories.make_photo(batch=batch, stage=Stage.PROCESSING)
    stages.move(photo, Stage.FAILED)
    stages.move(photo, Stage.READY)
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.PROCESSED)
    factories.make_output(photo)
    place_all(batch)
    assert Task.objects.get(photo=photo).kind == Kind.REWORK
    assert Sample.objects.get().size == 10


def test_a_repair_is_reviewed_again_and_never_by_its_author() -> None:
    author = factories.make_user()
    photo = factories.make_photo(batch=make_lot(3), stage=Stage.PROCESSED)
    factories.make_output(photo, author=author)
    placement.place(photo.pk)
    task = Task.objects.get()
    assert (task.kind, task.author) == (Kind.REWORK, author)


def test_a_photo_that_is_processed_again_loses_its_open_task() -> None:
    batch = place_all(make_lot(10, 1))
    task = Task.objects.filter(kind=Kind.FLAGGED).get()
    photo = task.photo
    stages.move(photo, Stage.READY)
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.PROCESSED)
    newer = factories.make_output(photo)
    placement.place(photo.pk)
    task.refresh_from_db()
    assert task.state == Task.State.WITHDRAWN
    assert Task.objects.get(photo=photo, state="open").output == newer
    assert batch.sample.flagged == 1


def test_worst_come_first() -> None:
    batch = make_lot(20, 1)
    bad = factories.make_photo(batch=batch, stage=Stage.PROCESSED)
    factories.make_output(bad, verdict="fail", risk=0.6)
    place_all(batch)
    kinds = list(Task.objects.order_by("priority", "pk").values_list("photo_id", "kind"))
    assert kinds[0] == (bad.pk, Kind.FLAGGED)
    assert [kind for _, kind in kinds] == [Kind.FLAGGED] * 2 + [Kind.RANDOM] * 5


def test_one_failing_part_of_the_sweep_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []

    def broken() -> None:
        raise RuntimeError("away")

    monkeypatch.setattr(jobs, "SWEEPERS", (broken, lambda: done.append(1)))
    with pytest.raises(RuntimeError):
        jobs.sweep()
    assert done == [1]


def test_the_sweep_runs_on_an_empty_instance() -> None:
    jobs.sweep()
