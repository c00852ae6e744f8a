"""Exports: what goes out, under which name, in one ZIP, with everything that stayed behind and why."""

import io
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from catalog.flow import RELEASED_STAGES, Stage
from catalog.marketplaces import UnknownMarketplace
from catalog.models import Catalog, Photo
from processing import delivery, export_archive, export_writing, exports, jobs
from processing.imaging import screens
from processing.models import Export, ExportFile
from tests import factories
from tests.conftest import Jobs
from tests.processing.deliveries import SHOT, SOURCE, done, opened, photo_in, rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalog(operator: User) -> Catalog:
    return factories.make_catalog(name="Spring", slug="spring")


def test_a_released_photo_goes_out_to_each_marketplace_and_is_delivered(
    catalog: Catalog, operator: User, jobs: Jobs
) -> None:
    product = factories.make_product(catalog, sku="MUG-1", title="Mug", asin="B00TEST123")
    photo = photo_in(catalog, product=product)
    export = done(exports.order(catalog, operator, ["amazon", "cutout"]), jobs)
    archive = opened(export)
    assert export.state == Export.State.DONE
    assert export.archive_bytes == default_storage.size(export.archive.name)
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == [
        "amazon/B00TEST123.MAIN.jpg",
        "amazon/amazon.csv",
        "cutout/MUG-1_front.png",
        "cutout/cutout.csv",
        "manifest.csv",
    ]
    assert Photo.objects.get(pk=photo.pk).stage == Stage.DELIVERED
    event = photo.events.get(now=Stage.DELIVERED)
    assert (event.by, event.data) == (operator, {"export": export.pk})


def test_the_cutout_is_the_source_with_the_stored_alpha(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    photo = photo_in(catalog)
    export = done(exports.order(catalog, operator, ["cutout"]), jobs)
    picture = Image.open(io.BytesIO(opened(export).read(f"cutout/{photo.name[:-4]}.png")))
    pixels = np.asarray(picture)
    assert picture.size == (700, 700)
    assert (pixels[..., 3] == SHOT.alpha).all()
    wanted = np.asarray(Image.open(io.BytesIO(SOURCE)))
    inside = SHOT.alpha == 255
    assert (pixels[..., :3][inside] == wanted[inside]).all()


def test_the_manifest_says_what_each_file_is(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    photo_in(catalog, product=factories.make_product(catalog, sku="MUG-1", title="Mug", colour="", brand=""))
    archive = opened(done(exports.order(catalog, operator, ["google"]), jobs))
    (row,) = rows_of(archive, "manifest.csv")
    data = archive.read(f"google/{row['file']}")
    assert row["file"] == "mug-1-front.jpg"
    assert row["source"] == "MUG-1_front.jpg"
    assert int(row["bytes"]) == len(data)
    assert (int(row["width"]), int(row["height"])) == Image.open(io.BytesIO(data)).size
    assert row["alt_text"] == "Mug, front view"
    assert "not enlarged" in row["notes"]
    (feed,) = rows_of(archive, "google/google.csv")
    assert (feed["id"], feed["image_link"]) == ("MUG-1", "mug-1-front.jpg")


@pytest.mark.parametrize("stage", list(Stage))
def test_only_released_photos_go_out_and_others_are_listed_with_the_reason(
    stage: Stage, catalog: Catalog, operator: User, jobs: Jobs
) -> None:
    photo = photo_in(catalog, stage)
    export = done(exports.order(catalog, operator, ["cutout"]), jobs)
    archive = opened(export)
    if stage in RELEASED_STAGES:
        assert "left-out.csv" not in archive.namelist()
        assert export.files.get().photo == photo
    else:
        assert not export.files.exists()
        (row,) = rows_of(archive, "left-out.csv")
        assert (row["source"], row["reason"]) == (photo.name, exports.WHY_NOT[stage])
        assert list(row) == ["marketplace", "source", "sku", "reason"]
        assert Photo.objects.get(pk=photo.pk).stage == stage


@pytest.mark.parametrize("stage", [Stage.IN_REVIEW, Stage.HELD, Stage.ESCALATED, Stage.FAILED])
def test_unreviewed_takes_what_waits_for_review_and_says_so(
    stage: Stage, catalog: Catalog, operator: User, jobs: Jobs
) -> None:
    photo = photo_in(catalog, stage)
    archive = opened(done(exports.order(catalog, operator, ["cutout"], unreviewed=True), jobs))
    if stage in exports.UNREVIEWED_STAGES:
        assert "nobody has released it" in rows_of(archive, "manifest.csv")[0]["notes"]
    else:
        assert rows_of(archive, "left-out.csv")[0]["source"] == photo.name
    assert Photo.objects.get(pk=photo.pk).stage == stage


def test_a_batch_or_a_selection_takes_no_others(catalog: Catalog, operator: User) -> None:
    batch = factories.make_batch(factories.make_upload(catalog))
    inside, other = photo_in(catalog, batch=batch), photo_in(catalog)
    photo_in(factories.make_catalog())
    assert [row.photo for row in exports.order(catalog, operator, ["cutout"], batch=batch).files.all()] == [inside]
    assert [row.photo for row in exports.order(catalog, operator, ["cutout"], photos=[other.pk]).files.all()] == [other]


def test_a_photo_that_does_not_fit_a_marketplace_is_left_out_of_that_one(
    catalog: Catalog, operator: User, jobs: Jobs
) -> None:
    photo = photo_in(catalog)
    export = done(exports.order(catalog, operator, ["zalando", "cutout"]), jobs)
    (row,) = rows_of(opened(export), "left-out.csv")
    assert (row["marketplace"], row["source"]) == ("zalando", photo.name)
    assert "px long in the photo" in row["reason"]
    assert exports.progress(export) == {"written": 1, "omitted": 1, "done": 2, "total": 2}


def test_a_missing_file_is_a_reason_and_no_crash(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    photo = photo_in(catalog)
    default_storage.delete(photo.source.name)
    export = done(exports.order(catalog, operator, ["cutout"]), jobs)
    assert export.state == Export.State.DONE
    assert "missing in the storage" in export.files.get().left_out
    assert Photo.objects.get(pk=photo.pk).stage == Stage.APPROVED


def test_doing_everything_twice_changes_nothing(catalog: Catalog, operator: User) -> None:
    photo = photo_in(catalog)
    export = exports.order(catalog, operator, ["cutout", "google"])
    assert export_writing.write_photo(export.pk, photo.pk) == 2
    before = list(ExportFile.objects.values())
    assert export_writing.write_photo(export.pk, photo.pk) == 0
    assert export_archive.finish(export.pk)
    first = Export.objects.values().get()
    assert export_archive.finish(export.pk) is None
    jobs.finish_export(export.pk)
    assert Export.objects.values().get() == first
    assert list(ExportFile.objects.values()) == before
    assert photo.events.filter(now=Stage.DELIVERED).count() == 1
    folder = f"catalogs/{catalog.pk}/exports/{export.pk}"
    folders, files = default_storage.listdir(folder)
    assert (sorted(folders), len(files)) == (["cutout", "google"], 1)


def test_of_two_workers_on_one_photo_the_first_one_counts(
    catalog: Catalog, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photo_in(catalog)
    export = exports.order(catalog, operator, ["cutout"])
    render, seen = delivery.deliver, []

    def meanwhile(*arguments: Any) -> Any:
        if not seen:
            seen.append(export_writing)
            assert export_writing.write_photo(export.pk, photo.pk) == 1
        return render(*arguments)

    monkeypatch.setattr(delivery, "deliver", meanwhile)
    assert export_writing.write_photo(export.pk, photo.pk) == 0
    folder = f"catalogs/{catalog.pk}/exports/{export.pk}/cutout"
    assert [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]] == [export.files.get().file.name]


def test_nothing_is_packed_before_the_last_picture_is_written(catalog: Catalog, operator: User) -> None:
    first, second = photo_in(catalog), photo_in(catalog)
    export = exports.order(catalog, operator, ["cutout"])
    export_writing.write_photo(export.pk, first.pk)
    assert export_archive.finish(export.pk) is None
    assert not Export.objects.get().archive
    export_writing.write_photo(export.pk, second.pk)
    assert export_archive.finish(export.pk)


def test_a_worker_that_dies_while_packing_leaves_no_archive_to_be_seen(
    catalog: Catalog, operator: User, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photo_in(catalog)
    export = exports.order(catalog, operator, ["cutout"])
    export_writing.write_photo(export.pk, photo.pk)

    def dies(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(export_archive, "_add", dies)
        export_archive.finish(export.pk)
    left = Export.objects.get()
    assert (left.state, left.archive.name) == (Export.State.RUNNING, "")
    assert Photo.objects.get().stage == Stage.APPROVED
    Export.objects.update(touched_at=timezone.now() - timedelta(hours=1))
    jobs.clear()
    assert exports.requeue_stalled() == 1
    assert done(export, jobs).state == Export.State.DONE


def test_the_sweep_takes_up_pictures_that_nobody_writes(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    photo = photo_in(catalog)
    export = exports.order(catalog, operator, ["cutout"])
    jobs.clear()
    assert exports.requeue_stalled() == 0
    Export.objects.update(touched_at=timezone.now() - timedelta(hours=1))
    assert exports.requeue_stalled() == 1
    assert jobs == [("export", exports.PICTURES_JOB, (export.pk, photo.pk))]
    assert done(export, jobs).state == Export.State.DONE
    assert exports.requeue_stalled() == 0


def test_the_sweep_leaves_alone_what_waits_in_the_queue(
    catalog: Catalog, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = photo_in(catalog)
    export = exports.order(catalog, operator, ["cutout"])
    Export.objects.update(touched_at=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(exports.queueing, "waiting", lambda queue: {f"pictures-{export.pk}-{photo.pk}-first"})
    assert exports.requeue_stalled() == 0


def test_an_export_that_never_ends_is_given_up_with_a_note(catalog: Catalog, operator: User) -> None:
    photo_in(catalog)
    exports.order(catalog, operator, ["cutout"])
    long_ago = timezone.now() - timedelta(days=2)
    Export.objects.update(touched_at=long_ago, created_at=long_ago)
    assert exports.requeue_stalled() == 0
    export = Export.objects.get()
    assert export.state == Export.State.FAILED
    assert "order it again" in export.notes[0]


def test_an_export_of_nothing_is_done_with_its_list(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    photo_in(catalog, Stage.FAILED)
    export = done(exports.order(catalog, operator, ["amazon"]), jobs)
    assert export.state == Export.State.DONE
    assert opened(export).namelist() == ["manifest.csv", "left-out.csv"]


def test_marketplaces_are_checked_before_anything_is_written(catalog: Catalog, operator: User) -> None:
    with pytest.raises(UnknownMarketplace):
        exports.order(catalog, operator, ["amazn"])
    with pytest.raises(ValueError, match="at least one"):
        exports.order(catalog, operator, [])
    assert not Export.objects.exists()


def test_a_repaired_photo_is_exported_with_its_newest_output(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    photo = photo_in(catalog)
    empty = np.zeros_like(SHOT.alpha)
    empty[300:400, 300:400] = 255
    factories.make_output(photo, alpha=ContentFile(screens.alpha_png(empty), "alpha.png"))
    export = done(exports.order(catalog, operator, ["cutout"]), jobs)
    picture = Image.open(io.BytesIO(opened(export).read(f"cutout/{photo.name[:-4]}.png")))
    assert (np.asarray(picture)[..., 3] == empty).all()
