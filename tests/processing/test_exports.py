"""Exports: what goes out, under which name, in one ZIP, with everything that stayed behind and why."""

import csv
import io
import zipfile
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
from catalog.models import Catalog, Photo, Product
from processing import delivery, export_archive, export_writing, exports, jobs
from processing.imaging import screens
from processing.models import Export, ExportFile
from tests import factories
from tests.conftest import Jobs
from tests.images import product_shot

pytestmark = pytest.mark.django_db
SHOT = product_shot((700, 700), fill=0.9)
LARGE = product_shot((1000, 1000), fill=0.9)
SOURCE, ALPHA = SHOT.encoded(), screens.alpha_png(SHOT.alpha)


@pytest.fixture
def catalog(operator: User) -> Catalog:
    return factories.make_catalog(name="Spring", slug="spring")


def photo_in(catalog: Catalog, stage: str = Stage.APPROVED, **values: Any) -> Photo:
    """A photo with a source, and an output whose alpha is exact."""
    upload = catalog.uploads.first() or factories.make_upload(catalog)
    photo = factories.make_photo(
        upload, stage=stage, source=ContentFile(SOURCE, "source.jpg"), width=700, height=700, **values
    )
    factories.make_output(photo, alpha=ContentFile(ALPHA, "alpha.png"), parameters={"decontaminate": {}})
    return photo


def large_photo_in(catalog: Catalog, **values: Any) -> Photo:
    """A photo that is large enough for every marketplace."""
    photo = photo_in(catalog, **values)
    photo.source.save("large.jpg", ContentFile(LARGE.encoded()), save=False)
    Photo.objects.filter(pk=photo.pk).update(source=photo.source.name, width=1000, height=1000)
    alpha = ContentFile(screens.alpha_png(LARGE.alpha), "alpha.png")
    factories.make_output(photo, alpha=alpha, parameters={"decontaminate": {}})
    return photo


def opened(export: Export) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(default_storage.open(export.archive.name).read()))


def rows_of(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode()), restkey="beyond the header"))


def done(export: Export, queued: Jobs) -> Export:
    queued.run()
    export.refresh_from_db()
    return export


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


def test_views_are_in_order_and_amazon_takes_nine(catalog: Catalog, operator: User) -> None:
    product = factories.make_product(catalog, sku="A", gtin="4006381333931")
    for view in ["back", "front", *(f"detail{number}" for number in range(1, 9))]:
        photo_in(catalog, product=product, view=view, name=f"A_{view}.jpg")
    export = exports.order(catalog, operator, ["amazon"])
    names = {row.photo.view: row.name for row in export.files.select_related("photo")}
    assert names["front"] == "4006381333931.MAIN.jpg"
    assert names["back"] == "4006381333931.PT01.jpg"
    assert names["detail7"] == "4006381333931.PT08.jpg"
    assert [entry["reason"] for entry in export.left_out] == ["Amazon takes 9 pictures a product"]


def test_a_picture_has_its_place_among_its_products_pictures_whoever_goes(catalog: Catalog, operator: User) -> None:
    product = factories.make_product(catalog, sku="A", gtin="4006381333931")
    front, side, back = (photo_in(catalog, product=product, view=view) for view in ("front", "side", "back"))
    photo_in(catalog, stage=Stage.IN_REVIEW, product=product, view="detail1")

    def names(*photos: Photo, **choices: bool) -> list[str]:
        export = exports.order(catalog, operator, ["amazon"], photos=[photo.pk for photo in photos], **choices)
        return [row.name.removeprefix("4006381333931.") for row in export.files.order_by("position")]

    assert names(front, side, back) == ["MAIN.jpg", "PT01.jpg", "PT02.jpg"]
    assert names(back) == ["PT02.jpg"], "alone it is not the main picture"
    Photo.objects.filter(pk=side.pk).update(stage=Stage.ESCALATED)
    assert names(back) == ["PT01.jpg"], "what can't go out has no place"
    assert names(back, unreviewed=True) == ["PT01.jpg"]


def test_a_picture_that_was_taken_anew_takes_the_place_of_the_old_one(catalog: Catalog, operator: User) -> None:
    product = factories.make_product(catalog, sku="A", asin="B00TEST123")
    photo_in(catalog, product=product, view="front", name="A_front.jpg")
    new = photo_in(catalog, product=product, view="front", name="A_front.jpg")
    export = exports.order(catalog, operator, ["amazon", "cutout"], photos=[new.pk])
    assert sorted(row.name for row in export.files.all()) == ["A_front.png", "B00TEST123.MAIN.jpg"]


def test_only_what_is_new_takes_along_what_has_another_name_now(
    catalog: Catalog, operator: User, jobs: Jobs
) -> None:
    product = factories.make_product(catalog, sku="A", gtin="4006381333931")
    front, back = (photo_in(catalog, product=product, view=view) for view in ("front", "back"))
    done(exports.order(catalog, operator, ["amazon"]), jobs)
    with pytest.raises(exports.NothingNew):
        exports.order(catalog, operator, ["amazon"], fresh=True)
    assert Export.objects.count() == 1
    side = photo_in(catalog, product=product, view="side")
    export = done(exports.order(catalog, operator, ["amazon"], fresh=True), jobs)
    names = {row.photo_id: row.name.removeprefix("4006381333931.") for row in export.files.all()}
    assert names == {side.pk: "PT01.jpg", back.pk: "PT02.jpg"}, "PT01 was the back before"
    factories.make_output(front, alpha=ContentFile(ALPHA, "alpha.png"), parameters={"decontaminate": {}})
    export = exports.order(catalog, operator, ["amazon"], fresh=True)
    assert [row.photo for row in export.files.all()] == [front], "it was repaired"


def test_a_name_belongs_to_whoever_was_delivered_under_it_last(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    product = factories.make_product(catalog, sku="A", asin="B00TEST123")
    front, side = (photo_in(catalog, product=product, view=view) for view in ("front", "side"))
    done(exports.order(catalog, operator, ["amazon"]), jobs)
    Photo.objects.filter(pk=front.pk).update(stage=Stage.IN_REVIEW)
    export = done(exports.order(catalog, operator, ["amazon"], fresh=True), jobs)
    assert [(row.photo, row.name) for row in export.files.all()] == [(side, "B00TEST123.MAIN.jpg")]
    Photo.objects.filter(pk=front.pk).update(stage=Stage.APPROVED)
    export = exports.order(catalog, operator, ["amazon"], fresh=True)
    assert {row.photo_id: row.name for row in export.files.all()} == {front.pk: "B00TEST123.MAIN.jpg"}


def test_a_picture_whose_text_has_changed_is_new(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    product = factories.make_product(catalog, sku="A", title="Mug")
    large_photo_in(catalog, product=product, view="front")
    done(exports.order(catalog, operator, ["shopify"]), jobs)
    with pytest.raises(exports.NothingNew):
        exports.order(catalog, operator, ["shopify"], fresh=True)
    Product.objects.filter(pk=product.pk).update(title="Blue mug")
    assert exports.order(catalog, operator, ["shopify"], fresh=True).files.count() == 1


def test_a_products_row_has_all_its_pictures_also_those_delivered_earlier(
    catalog: Catalog, operator: User, jobs: Jobs
) -> None:
    product = factories.make_product(catalog, sku="A", asin="B00TEST123")
    front, side, back = (large_photo_in(catalog, product=product, view=view) for view in ("front", "side", "back"))
    done(exports.order(catalog, operator, ["amazon", "google", "shopify"]), jobs)
    alpha = ContentFile(screens.alpha_png(LARGE.alpha), "alpha.png")
    factories.make_output(side, alpha=alpha, parameters={"decontaminate": {}})
    export = done(exports.order(catalog, operator, ["amazon", "google", "shopify"], fresh=True), jobs)
    assert {row.photo for row in export.files.all()} == {side}
    with opened(export) as archive:
        (amazon,) = rows_of(archive, "amazon/amazon.csv")
        (google,) = rows_of(archive, "google/google.csv")
        (shopify,) = rows_of(archive, "shopify/shopify.csv")
    found = [amazon[name] for name in ("main_image_url", "other_image_url1", "other_image_url2")]
    assert found == ["B00TEST123.MAIN.jpg", "B00TEST123.PT01.jpg", "B00TEST123.PT02.jpg"]
    assert (google["image_link"], google["additional_image_link"]) == ("a-front.jpg", "a-side.jpg,a-back.jpg")
    assert (shopify["Product image URL"], shopify["Image position"]) == ("a-side.jpg", "2")
    assert front.pk and back.pk


def test_a_product_without_its_main_picture_is_told(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    product = factories.make_product(catalog, sku="A", asin="B00TEST123")
    front, side = (photo_in(catalog, product=product, view=view) for view in ("front", "side"))
    assert front.pk
    export = done(exports.order(catalog, operator, ["amazon", "cutout"], photos=[side.pk]), jobs)
    with opened(export) as archive:
        (row,) = rows_of(archive, "amazon/amazon.csv")
    assert (row["main_image_url"], row["other_image_url1"]) == ("", "B00TEST123.PT01.jpg")
    assert "Amazon: no main picture could be delivered of A." in export.notes
    assert not any("Cut-out" in note for note in export.notes)


def test_products_that_share_an_identifier_do_not_share_a_listing(
    catalog: Catalog, operator: User, jobs: Jobs
) -> None:
    for sku in ("A-1", "A.1"):
        product = factories.make_product(catalog, sku=sku, asin="B00TEST123", title="Mug")
        large_photo_in(catalog, product=product, view="front")
    export = done(exports.order(catalog, operator, ["amazon", "shopify"]), jobs)
    amazon = {row.name: row.notes for row in export.files.filter(marketplace="amazon")}
    assert len(amazon) == 2 and not any(name.startswith("B00TEST123") or "-2" in name for name in amazon)
    assert {notes[0] for notes in amazon.values()} == {
        "its ASIN B00TEST123 is that of A.1, too", "its ASIN B00TEST123 is that of A-1, too"
    }  # fmt: skip
    with opened(export) as archive:
        handles = [row["URL handle"] for row in rows_of(archive, "shopify/shopify.csv")]
    assert len(set(handles)) == 2 and all(handle.startswith("mug-a-1-") for handle in handles)


def test_no_cell_of_the_manifest_is_taken_for_a_formula(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    product = factories.make_product(catalog, sku="+49", title="=1+1")
    photo_in(catalog, product=product, view="front", name="@x_front.jpg")
    photo_in(catalog, stage=Stage.IN_REVIEW, product=product, name="-y_front.jpg")
    with opened(done(exports.order(catalog, operator, ["cutout"]), jobs)) as archive:
        (row,) = rows_of(archive, "manifest.csv")
        (left,) = rows_of(archive, "left-out.csv")
    assert (row["sku"], row["source"], row["alt_text"][0]) == ("'+49", "'@x_front.jpg", "'")
    assert left["source"] == "'-y_front.jpg"


def test_two_files_never_have_one_name(catalog: Catalog, operator: User) -> None:
    for folder in ("a", "b"):
        photo_in(catalog, name=f"{folder}/SAME_front.jpg")
    export = exports.order(catalog, operator, ["cutout"])
    assert sorted(row.name for row in export.files.all()) == ["SAME_front-2.png", "SAME_front.png"]
    assert any("was taken" in note for row in export.files.all() for note in row.notes)


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
