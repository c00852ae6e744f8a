"""A ready photo becomes one measured output, whatever happens to workers on the way."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from processing import outputs, recipes, runs
from processing.imaging.verdict import Judgement
from processing.models import Output, RecipeVersion, Run
from tests.factories import make_photo, make_ready_photo
from tests.images import WHITE, product_shot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_model")]


def _files() -> list[str]:
    found, todo = [], [""]
    while todo:
        folder = todo.pop()
        if not default_storage.exists(folder or "."):
            continue
        folders, files = default_storage.listdir(folder)
        todo += [f"{folder}/{name}".lstrip("/") for name in folders]
        found += [f"{folder}/{name}" for name in files]
    return found


def test_a_ready_photo_becomes_an_output_that_matches_the_truth() -> None:
    shot = product_shot(fill=0.5)
    photo = make_ready_photo(shot)
    run = runs.process(photo.pk)
    assert run is not None
    output = Output.objects.get(photo=photo)
    assert (run.status, Photo.objects.get(pk=photo.pk).stage) == (Run.Status.DONE, Stage.PROCESSED)
    with Image.open(output.alpha) as alpha:
        found = np.asarray(alpha, float) / 255
    assert found.shape == shot.alpha.shape
    assert np.abs(found - shot.alpha / 255).sum() / (shot.alpha / 255).sum() < 0.02
    with Image.open(output.preview) as preview:
        border = np.asarray(preview)[[0, -1]]
    assert (border >= 254).all()
    assert set(run.seconds) >= {"decode", "cutout", "render", "measure", "encode"}
    assert output.run == run
    assert 0 <= output.risk <= 1
    assert output.readings["coverage"] == pytest.approx(100 * shot.alpha.mean() / 255, abs=1)


def _ordered() -> tuple[Photo, RecipeVersion]:
    """A photo that waits for a version which a newer one has replaced since."""
    old = recipes.active_of("general")
    recipes.publish(old.recipe, old.parameters, old.limits)
    photo = make_ready_photo(stage=Stage.FAILED)
    stages.move(photo, Stage.READY, data=recipes.order(old))
    return photo, old


def test_a_run_uses_the_version_that_was_asked_for_and_the_photo_shows_it() -> None:
    photo, old = _ordered()
    run = runs.process(photo.pk)
    assert run is not None
    assert run.recipe_version == old
    assert Output.objects.get(photo=photo).recipe_version == old
    assert "v1" in photo.events.get(now=Stage.PROCESSING).note


def test_a_dead_worker_does_not_forget_the_version_that_was_asked_for() -> None:
    photo, old = _ordered()
    stages.move(photo, Stage.PROCESSING)
    Run.objects.create(photo=photo, recipe_version=old, worker="gone", lease_until=timezone.now())
    assert runs.recover("gone") == 1
    assert recipes.serving(Photo.objects.get(pk=photo.pk)) == old


def test_a_version_of_a_route_that_the_photo_has_left_is_not_used() -> None:
    photo, _ = _ordered()
    Photo.objects.filter(pk=photo.pk).update(route="apparel")
    assert recipes.serving(Photo.objects.get(pk=photo.pk)).recipe.route == "apparel"


def test_a_photo_is_processed_once_however_often_its_job_runs() -> None:
    photo = make_ready_photo()
    assert runs.process(photo.pk) is not None
    assert runs.process(photo.pk) is None
    assert Output.objects.filter(photo=photo).count() == 1


def test_a_photo_of_an_upload_that_waits_is_left_alone() -> None:
    photo = make_ready_photo()
    photo.upload.waits = True
    photo.upload.save()
    assert runs.process(photo.pk) is None
    assert Photo.objects.get(pk=photo.pk).stage == Stage.READY


def test_an_empty_picture_goes_to_the_manual_lane_with_the_reason() -> None:
    photo = make_ready_photo(product_shot(colour=WHITE, texture=0))
    run = runs.process(photo.pk)
    assert run is not None
    assert run.status == Run.Status.FAILED
    assert set(run.failure) == {"code", "measured", "wanted", "action"}
    event = photo.events.latest("pk")
    assert (event.now, event.data["code"]) == (Stage.FAILED, run.failure["code"])
    assert run.failure["measured"] in event.note


def test_a_route_without_a_machine_goes_to_the_manual_lane() -> None:
    photo = make_ready_photo(route="manual")
    assert runs.process(photo.pk) is None
    assert Photo.objects.get(pk=photo.pk).stage == Stage.FAILED


def test_an_error_nobody_expected_is_kept_on_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = make_ready_photo()

    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(outputs, "make", breaks)
    run = runs.process(photo.pk)
    assert run is not None
    assert run.failure["code"] == "unexpected"
    assert "the disk is on fire" in run.failure["measured"]
    assert Photo.objects.get(pk=photo.pk).stage == Stage.FAILED


def test_the_run_of_a_dead_worker_is_taken_back_and_its_photo_queued_again() -> None:
    photo = make_photo(stage=Stage.PROCESSING)
    version = recipes.active_of("general")
    past = timezone.now() - timedelta(seconds=1)
    lost = Run.objects.create(photo=photo, recipe_version=version, worker="gone:1", lease_until=past)
    alive = Run.objects.create(
        photo=make_photo(stage=Stage.PROCESSING),
        recipe_version=version,
        worker="here:2",
        lease_until=timezone.now() + timedelta(minutes=1),
    )
    assert runs.recover() == 1
    assert Run.objects.get(pk=lost.pk).status == Run.Status.LOST
    assert Photo.objects.get(pk=photo.pk).stage == Stage.READY
    assert Run.objects.get(pk=alive.pk).status == Run.Status.RUNNING
    assert runs.recover("here:2") == 1


def test_what_a_killed_run_had_stored_is_removed_and_nothing_else() -> None:
    photo = make_photo(stage=Stage.PROCESSING)
    past = timezone.now() - timedelta(seconds=1)
    lost = Run.objects.create(photo=photo, recipe_version=recipes.active_of("general"), lease_until=past)
    kept = default_storage.save(f"{photo.folder}/run{lost.pk}0/alpha.png", ContentFile(b"of another run"))
    default_storage.save(f"{photo.folder}/run{lost.pk}/alpha.png", ContentFile(b"its preview was never written"))
    before = set(_files())
    assert runs.recover() == 1
    assert before - set(_files()) == {f"{photo.folder}/run{lost.pk}/alpha.png"}
    assert default_storage.exists(kept)


def test_a_photo_that_kills_every_worker_is_not_tried_for_ever() -> None:
    photo = make_photo(stage=Stage.READY)
    version = recipes.active_of("general")
    for _ in range(runs.MOST_LOST_RUNS):
        Photo.objects.filter(pk=photo.pk).update(stage=Stage.PROCESSING)
        Run.objects.create(photo=photo, recipe_version=version, lease_until=timezone.now() - timedelta(seconds=1))
        runs.recover()
    assert Photo.objects.get(pk=photo.pk).stage == Stage.FAILED


def test_a_late_worker_whose_run_was_taken_back_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = make_ready_photo()
    before = set(_files())
    store = outputs.store

    def taken_back_meanwhile(*args: Any, **values: Any) -> dict[str, str]:
        stored = store(*args, **values)
        Run.objects.filter(photo=photo).update(lease_until=timezone.now() - timedelta(seconds=1))
        runs.recover()
        return stored

    monkeypatch.setattr(outputs, "store", taken_back_meanwhile)
    runs.process(photo.pk)
    assert Photo.objects.get(pk=photo.pk).stage == Stage.READY
    assert not Output.objects.filter(photo=photo).exists()
    assert set(_files()) == before


def test_reopening_an_output_gives_the_cut_out_that_was_measured() -> None:
    photo = make_ready_photo()
    runs.process(photo.pk)
    source, result = outputs.reopen(Output.objects.get(photo=photo))
    assert result.frame.alpha is not None
    assert result.frame.alpha.shape == source.rgb.shape[:2]
    assert set(result.seconds) == {"decontaminate"}


def test_the_first_photo_of_a_route_publishes_its_default_recipe() -> None:
    photo = make_ready_photo(route="apparel")
    runs.process(photo.pk)
    version = RecipeVersion.objects.get(recipe__route="apparel")
    assert (version.number, version.state) == (1, RecipeVersion.State.ACTIVE)
    assert version.limits == recipes.default_limits()


def test_what_raised_the_risk_is_told_by_the_names_that_people_see() -> None:
    sound = Judgement("flag", 0.4, (), drivers=("softness", "variation"))
    told = outputs.reasons(sound)
    assert [row["text"] for row in told] == ["Soft fraction raises the risk.", "Difference of looks raises the risk."]
    assert {row["word"] for row in told} == {"risk"}
