"""Mock-ups in exports: behind a product's own pictures, where a marketplace takes them, and told as what they are."""

import csv
import io
import zipfile
from typing import BinaryIO

import pytest
from django.contrib.auth.models import User
from django.db.models.fields.files import FieldFile
from PIL import Image

from catalog import files
from catalog.flow import Stage
from catalog.models import Photo, Product
from processing import export_writing, exports, mockups, scenes
from processing.metadata import MADE, PARTLY_MADE
from processing.models import Export, ExportFile, Mockup, Output, Scene
from tests import factories
from tests.conftest import Jobs

pytestmark = pytest.mark.django_db


def approved(operator: User, reviewer: User, jobs: Jobs, output: Output | None = None, **slot: object) -> Mockup:
    output = output or factories.make_released()
    scene = factories.make_scene(output.photo.catalog, **slot)
    mockups.order(Photo.objects.filter(pk=output.photo_id), [scene], operator)
    jobs.run()
    mockup = Mockup.objects.latest("pk")
    mockups.decide(mockup, reviewer)
    return mockup


def exported(mockup: Mockup, operator: User, jobs: Jobs, *slugs: str, **options: object) -> Export:
    export = exports.order(mockup.scene.catalog, operator, slugs, **options)  # type: ignore[arg-type]
    jobs.run()
    export.refresh_from_db()
    return export


def packet(row: ExportFile) -> str:
    with files.opened(row.file) as stream, Image.open(stream) as picture:
        return str(picture.info.get("xmp", b""), "utf-8")


def sheet(export: Export, name: str) -> list[dict[str, str]]:
    with files.opened(export.archive) as stream, zipfile.ZipFile(stream) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def test_it_goes_behind_the_products_own_pictures(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs)
    scenes_name = mockup.scene.name
    export = exported(mockup, operator, jobs, "shopify", "google")
    assert export.state == Export.State.DONE and not export.files.exclude(left_out="")
    for slug, side in (("shopify", 2048), ("google", 1500)):
        own, shown = export.files.filter(marketplace=slug).order_by("position")
        assert (own.mockup, own.position, shown.mockup, shown.position) == (None, 0, mockup, 1)
        assert shown.name.endswith(f"-scene-{scenes_name.lower().replace(' ', '-')}.jpg")
        # The scene has 1200 x 900 px: a square of it, never enlarged.
        assert (shown.width, shown.height) == (900, 900) and side > 900
        assert shown.alt_text.endswith(f", in use: {scenes_name}")
        assert "compositeSynthetic" in packet(shown)
        assert any("mock-up in the scene" in note for note in shown.notes)
    assert Photo.objects.get().stage == Stage.DELIVERED
    rows = sheet(export, "manifest.csv")
    assert {row["view"] for row in rows} == {"front", f"scene-{scenes_name.lower().replace(' ', '-')}"}


def test_googles_feed_has_it_as_lifestyle_and_not_twice(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs)
    export = exported(mockup, operator, jobs, "google")
    (row,) = sheet(export, "google/google.csv")
    shown = export.files.get(mockup=mockup)
    assert row["lifestyle_image_link"] == shown.name
    assert row["additional_image_link"] == "" and row["image_link"] and row["image_link"] != shown.name


@pytest.mark.parametrize(("slug", "why"), [("etsy", "takes no mock-ups"), ("walmart", "it is not known to take them")])
def test_where_it_is_not_taken_it_is_left_out_with_a_note(
    slug: str, why: str, operator: User, reviewer: User, jobs: Jobs
) -> None:
    mockup = approved(operator, reviewer, jobs)
    export = exported(mockup, operator, jobs, slug)
    assert not export.files.filter(mockup__isnull=False)
    assert any(why in note and "1 approved" in note for note in export.notes)


def test_only_approved_ones_of_the_cut_out_that_counts_go(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs)
    mockups.undo(mockup, reviewer)
    assert not exported(mockup, operator, jobs, "shopify").files.filter(mockup__isnull=False)
    mockups.decide(mockup, reviewer)
    assert exported(mockup, operator, jobs, "shopify").files.get(mockup=mockup).file
    with pytest.raises(mockups.NotDecidable, match="An export has taken it"):
        mockups.undo(mockup, reviewer)
    factories.make_output(mockup.output.photo, alpha=mockup.output.alpha)
    assert not exported(mockup, operator, jobs, "shopify").files.filter(mockup__isnull=False)


def test_a_flat_one_on_a_photo_is_joined_and_not_painted(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs, kind="flat")
    row = exported(mockup, operator, jobs, "shopify").files.get(mockup=mockup)
    assert "digitalsourcetype/compositeCapture" in packet(row)


def test_a_scene_that_a_model_made_is_told_of(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs, kind="flat")
    Scene.objects.update(made=MADE)
    row = exported(mockup, operator, jobs, "shopify").files.get(mockup=mockup)
    assert f"digitalsourcetype/{PARTLY_MADE}" in packet(row)


def test_a_drawn_scene_is_synthetic(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs, kind="flat")
    Scene.objects.update(drawn=True)
    row = exported(mockup, operator, jobs, "shopify").files.get(mockup=mockup)
    assert "digitalsourcetype/compositeSynthetic" in packet(row)


def test_a_mockup_does_not_deliver_a_photo_that_does_not_go(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs)
    photo = mockup.output.photo
    back = factories.make_released(photo.catalog, product=photo.product, view="back", name="back.jpg")
    export = exported(mockup, operator, jobs, "shopify", photos=[back.photo_id])
    places = {row.position: (row.photo_id, row.mockup_id) for row in export.files.all()}
    assert places == {1: (back.photo_id, None), 2: (photo.pk, mockup.pk)}
    assert Photo.objects.get(pk=back.photo_id).stage == Stage.DELIVERED
    assert Photo.objects.get(pk=photo.pk).stage == Stage.APPROVED


def test_one_of_a_photo_that_is_no_longer_released_stays(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs)
    photo = mockup.output.photo
    back = factories.make_released(photo.catalog, product=photo.product, view="back", name="back.jpg")
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.ESCALATED)
    export = exported(mockup, operator, jobs, "shopify")
    assert [(row.photo_id, row.mockup_id) for row in export.files.all()] == [(back.photo_id, None)]


def test_a_sheet_of_products_has_it_once_wherever_it_was_before(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs)
    photo = mockup.output.photo
    back = factories.make_released(photo.catalog, product=photo.product, view="back", name="back.jpg")
    columns = [f"other_image_url{number}" for number in (1, 2, 3)]
    (row,) = sheet(exported(mockup, operator, jobs, "amazon"), "amazon/amazon.csv")
    assert [row[name].rpartition(".PT")[2] for name in columns] == ["01.jpg", "02.jpg", ""]
    Photo.objects.filter(pk=back.photo_id).update(stage=Stage.ESCALATED)
    (row,) = sheet(exported(mockup, operator, jobs, "amazon"), "amazon/amazon.csv")
    assert [row[name].rpartition(".PT")[2] for name in columns] == ["01.jpg", "", ""]


def test_a_sheet_has_none_that_shows_an_older_cutout(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs)
    (row,) = sheet(exported(mockup, operator, jobs, "amazon"), "amazon/amazon.csv")
    assert row["other_image_url1"].endswith(".PT01.jpg")
    factories.make_output(mockup.output.photo, alpha=mockup.output.alpha)
    (row,) = sheet(exported(mockup, operator, jobs, "amazon"), "amazon/amazon.csv")
    assert row["main_image_url"] and not row["other_image_url1"]


def test_a_fresh_export_takes_one_that_was_made_anew_and_nothing_else(
    operator: User, reviewer: User, jobs: Jobs
) -> None:
    first = approved(operator, reviewer, jobs)
    exported(first, operator, jobs, "shopify")
    with pytest.raises(exports.NothingNew):
        exported(first, operator, jobs, "shopify", fresh=True)
    scenes.mark(first.scene, {**first.slot, "x": 0.3})
    mockups.order(Photo.objects.all(), [first.scene], operator)
    jobs.run()
    second = Mockup.objects.latest("pk")
    mockups.decide(second, reviewer)
    again = exported(first, operator, jobs, "shopify", fresh=True)
    assert [row.mockup for row in again.files.all()] == [second]
    # The sheet that has a row a product has the newer one alone.
    links = exported(first, operator, jobs, "google")
    assert links.files.filter(mockup__isnull=False).count() == 1


def test_beyond_the_pictures_that_a_marketplace_takes_it_is_left_out_with_the_reason(
    operator: User, reviewer: User, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    mockup = approved(operator, reviewer, jobs)
    preset = exports.marketplaces.preset("shopify")
    object.__setattr__(preset, "most_pictures", 1)
    try:
        export = exported(mockup, operator, jobs, "shopify")
    finally:
        object.__setattr__(preset, "most_pictures", 250)
    assert not export.files.filter(mockup__isnull=False)
    assert any("as a mock-up in" in entry["reason"] for entry in export.left_out)


def test_a_lost_file_is_told_and_the_rest_goes(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs)
    mockup.file.storage.delete(mockup.file.name)
    export = exported(mockup, operator, jobs, "shopify")
    assert "missing in the storage" in export.files.get(mockup=mockup).left_out
    assert export.files.get(mockup=None).file and export.state == Export.State.DONE


def test_a_storage_that_is_away_leaves_it_to_be_tried_again(
    operator: User, reviewer: User, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    mockup, opened = approved(operator, reviewer, jobs), files.opened

    def away(file: FieldFile) -> BinaryIO:
        if "mockup" in str(file.name):
            raise ConnectionError("the storage does not answer")
        return opened(file)

    export = exports.order(mockup.scene.catalog, operator, ["shopify"])
    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(files, "opened", away)
        export_writing.write_photo(export.pk, mockup.output.photo_id)
    assert not export.files.get(mockup=mockup).left_out
    jobs.run()
    assert export.files.get(mockup=mockup).file


def test_a_photo_whose_product_was_deleted_has_its_mockups_still(operator: User, reviewer: User, jobs: Jobs) -> None:
    mockup = approved(operator, reviewer, jobs)
    Product.objects.all().delete()
    own, shown = exported(mockup, operator, jobs, "shopify").files.order_by("position")
    assert (own.mockup, shown.mockup, shown.position) == (None, mockup, 1) and shown.file
