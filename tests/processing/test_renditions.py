"""What is made while the pixels are at hand saves an export the work, and never changes what it delivers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from catalog.flow import Stage
from catalog.models import Catalog, Photo
from processing import delivery, exports, outputs, renditions, runs
from processing.imaging import defaults
from processing.models import ExportFile, Output, Rendition, Run
from tests import factories
from tests.conftest import Jobs
from tests.images import product_shot
from tests.processing.deliveries import done

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_model")]

SHOT = product_shot((900, 900), fill=0.9)


def processed(*slugs: str, **values: Any) -> Photo:
    """A photo of a catalog for these marketplaces, through the machine and approved."""
    photo = factories.make_ready_photo(SHOT, **values)
    Catalog.objects.filter(pk=photo.catalog_id).update(marketplaces=list(slugs))
    runs.process(photo.pk)
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.APPROVED)
    return Photo.objects.select_related("catalog").get(pk=photo.pk)


def exported(photo: Photo, by: User, jobs: Jobs, *slugs: str) -> list[ExportFile]:
    export = done(exports.order(photo.catalog, by, slugs), jobs)
    return list(export.files.order_by("marketplace"))


def written(row: ExportFile) -> tuple[Any, ...]:
    """All that an export's file is, but where it lies."""
    size = row.bytes, row.width, row.height
    return row.name, row.file.read(), row.sha256, *size, row.alt_text, row.notes, row.left_out


@pytest.fixture
def no_reopening(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(output: Output) -> None:
        raise AssertionError(f"{output} was opened again")

    monkeypatch.setattr(outputs, "reopen", refuse)


@pytest.mark.usefixtures("no_reopening")
def test_an_export_takes_what_was_made_already(operator: User, jobs: Jobs) -> None:
    photo = processed("shopify", "cutout")
    assert {made.marketplace for made in Rendition.objects.all()} == {"shopify", "cutout"}
    files = [made.file.name for made in Rendition.objects.all()]
    rows = exported(photo, operator, jobs, "shopify", "cutout")
    assert [row.left_out for row in rows] == ["", ""]
    assert not Rendition.objects.exists()
    assert not any(default_storage.exists(name) for name in files)


@pytest.mark.parametrize("route", defaults.ROUTES)
def test_it_is_to_the_byte_what_the_export_would_make_itself(route: str, operator: User, jobs: Jobs) -> None:
    photo = processed("shopify", "cutout", "amazon", route=route)
    assert Rendition.objects.count() == 3
    taken = exported(photo, operator, jobs, "shopify", "cutout", "amazon")
    assert not Rendition.objects.exists()
    made = exported(photo, operator, jobs, "shopify", "cutout", "amazon")
    assert list(map(written, taken)) == list(map(written, made))
    assert len({row.sha256 for row in taken}) == 3


def _title(photo: Photo) -> None:
    assert photo.product is not None
    photo.product.title = "Another title"
    photo.product.save()


def _preset(photo: Photo) -> None:
    Rendition.objects.update(key="0" * 64)


def _bytes(photo: Photo) -> None:
    name = Rendition.objects.get().file.name
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"half a picture"))


def _gone(photo: Photo) -> None:
    default_storage.delete(Rendition.objects.get().file.name)


@pytest.mark.parametrize("change", [_title, _preset, _bytes, _gone])
def test_nothing_outdated_or_damaged_is_taken(change: Callable[[Photo], None], operator: User, jobs: Jobs) -> None:
    photo = processed("shopify")
    old = default_storage.open(Rendition.objects.get().file.name).read()
    change(photo)
    (row,) = exported(photo, operator, jobs, "shopify")
    assert not Rendition.objects.exists()
    data = row.file.read()
    assert row.left_out == ""
    assert (data == old) == (change is not _title)
    assert row.alt_text.startswith("Another title") == (change is _title)


def test_other_code_makes_another_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = processed("shopify")
    made = Rendition.objects.get()
    row = ExportFile(photo=photo, output=made.output, marketplace="shopify")
    source = renditions.inherited_of(photo)
    monkeypatch.setattr(renditions, "_code", lambda: "another")
    assert renditions.take(row, source) is None


@pytest.mark.parametrize("slugs", [(), ("no_longer_there",)])
def test_where_a_catalog_has_no_marketplaces_nothing_is_made(slugs: tuple[str, ...]) -> None:
    processed(*slugs)
    assert not Rendition.objects.exists()


def test_what_failed_its_checks_is_not_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = processed("shopify")
    output = Output.objects.get()
    Rendition.objects.all().delete()
    output.verdict = Output.Verdict.FAIL
    frame = outputs.reopen(output)[1].frame
    assert renditions.make(output, frame) == 0
    output.verdict = Output.Verdict.FLAG
    assert renditions.make(output, frame) == 1
    assert photo.outputs.get().renditions.count() == 1


def test_what_a_marketplace_does_not_take_is_left_to_the_export(operator: User, jobs: Jobs) -> None:
    photo = processed("otto")  # wants more pixels than there are
    assert not Rendition.objects.exists()
    (row,) = exported(photo, operator, jobs, "otto")
    assert "px" in row.left_out


def test_a_run_is_done_whatever_happens_afterwards(monkeypatch: pytest.MonkeyPatch, operator: User, jobs: Jobs) -> None:
    def break_down(*_: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(delivery, "deliver", break_down)
        photo = processed("shopify")
    assert photo.runs.get().status == Run.Status.DONE
    assert not Rendition.objects.exists()
    (row,) = exported(photo, operator, jobs, "shopify")
    assert row.file


def test_what_a_newer_output_replaces_is_neither_taken_nor_kept(operator: User, jobs: Jobs) -> None:
    photo = processed("shopify")
    old = Output.objects.get()
    factories.make_output(photo, alpha=old.alpha.name, parameters=old.parameters)
    (row,) = exported(photo, operator, jobs, "shopify")
    assert row.output != old
    assert Rendition.objects.get().output == old
    file = Rendition.objects.get().file.name
    assert renditions.forget() == 1
    assert not Rendition.objects.exists()
    assert not default_storage.exists(file)


def test_old_ones_are_dropped_and_fresh_ones_stay() -> None:
    processed("shopify", "cutout")
    limit = timezone.now() - renditions.KEPT
    Rendition.objects.filter(marketplace="shopify").update(created_at=limit - timedelta(minutes=1))
    Rendition.objects.filter(marketplace="cutout").update(created_at=limit + timedelta(minutes=1))
    assert renditions.forget() == 1
    assert Rendition.objects.get().marketplace == "cutout"


def test_a_sweep_drops_no_more_than_it_has_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    processed("shopify", "cutout", "amazon")
    Rendition.objects.update(created_at=timezone.now() - 2 * renditions.KEPT)
    monkeypatch.setattr(renditions, "AT_ONCE", 2)
    assert [renditions.forget() for _ in range(3)] == [2, 1, 0]
