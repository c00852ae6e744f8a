"""Intake against the database: what is refused and why, what is routed and batched, and who wins a race."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils import timezone
from PIL import Image

from catalog import products, refusals, unpacking, uploads
from catalog.flow import BatchState, Stage
from catalog.models import Catalog, NamedFile, Photo, Product, Upload
from processing import intake, intake_rules
from tests import factories
from tests.images import product_shot

pytestmark = pytest.mark.django_db

PICTURE = product_shot((300, 240), seed=1).encoded()
OTHER = product_shot((300, 240), seed=2).encoded()


@pytest.fixture
def catalog(lead: Any) -> Catalog:
    catalog = factories.make_catalog(standard={"min_edge": 200}, batch_size=2)
    for number in range(1, 6):
        factories.make_product(catalog, sku=f"MUG-{number}", category="homeware")
    return catalog


@pytest.fixture
def upload(catalog: Catalog, operator: Any) -> Upload:
    return factories.make_upload(catalog)


def receive(upload: Upload, name: str, data: bytes = PICTURE) -> Photo:
    photo = Photo.objects.create(catalog=upload.catalog, upload=upload, name=name, bytes=len(data))
    photo.source.name = default_storage.save(f"{photo.folder}/source", ContentFile(data))
    photo.sha256 = factories.sha256(data)
    photo.save()
    return photo


def judged(photo: Photo) -> Photo:
    intake.inspect_photo(photo.pk)
    photo.refresh_from_db()
    return photo


def codes(photo: Photo) -> list[str]:
    return list(photo.rejections.values_list("code", flat=True))


def test_a_good_photo_gets_product_segment_route_batch_and_copies(upload: Upload) -> None:
    photo = judged(receive(upload, "MUG-1_front.jpg"))
    assert photo.stage == Stage.READY and not codes(photo)
    assert photo.product and (photo.product.sku, photo.view) == ("MUG-1", "front")
    assert (photo.width, photo.height, photo.format) == (300, 240, "JPEG")
    assert photo.category == "homeware" and photo.colour_family == "red" and photo.complexity
    assert photo.batch and photo.batch.route == photo.route == "general" and photo.route_reason
    for copy in (photo.preview, photo.thumb):
        assert default_storage.open(str(copy.name)).read(3) == b"\xff\xd8\xff"
    assert photo.events.get(now=Stage.READY).note.startswith("Route General")


def test_what_was_converted_is_noted_in_words(upload: Upload) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = judged(receive(upload, "MUG-1_front.jpg", product_shot((300, 240)).encoded(exif=exif)))
    assert photo.notes == ["Turned by its orientation tag: orientation tag 6. Turned upright."]
    assert (photo.width, photo.height) == (240, 300)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("MUG-9_front.jpg", PICTURE, ["unknown_product"]),
        ("holiday.jpg", PICTURE, ["name"]),
        ("MUG-1_front.jpg", PICTURE[:900], ["unreadable"]),
        ("MUG-1_front.jpg", product_shot((120, 90)).encoded(), ["too_small"]),
        ("MUG-1_front.jpg", b"", ["empty"]),
        ("MUG-9_front.jpg", b"GIF89a", ["format", "unknown_product"]),
    ],
)
def test_every_broken_rule_is_a_row_with_what_to_do(
    upload: Upload, name: str, data: bytes, expected: list[str]
) -> None:
    photo = judged(receive(upload, name, data))
    assert photo.stage == Stage.REJECTED and codes(photo) == expected
    assert all(row.measured and row.wanted and row.action for row in photo.rejections.all())
    assert photo.events.get(now=Stage.REJECTED).data == {"codes": expected}


def test_required_fields_must_be_filled(upload: Upload) -> None:
    Product.objects.filter(sku="MUG-1").update(category="")
    photo = judged(receive(upload, "MUG-1_front.jpg"))
    assert codes(photo) == ["missing_fields"] and photo.product


def test_unknown_products_are_created_where_the_standard_says_so(upload: Upload) -> None:
    upload.catalog.standard = {"min_edge": 200, "unknown_products": "create", "required_fields": []}
    upload.catalog.save()
    photo = judged(receive(upload, "CUP-7_back.jpg"))
    assert photo.stage == Stage.READY and photo.product and photo.product.sku == "CUP-7"


def test_no_product_is_made_of_a_name_where_a_photo_needs_more_of_it(upload: Upload) -> None:
    upload.catalog.standard = {"min_edge": 200, "unknown_products": "create", "required_fields": ["category"]}
    upload.catalog.save()
    photo = judged(receive(upload, "CUP-7_back.jpg"))
    assert codes(photo) == ["unknown_product"]
    assert photo.rejections.get().wanted.endswith("since a photo needs its product's category")
    assert not upload.catalog.products.filter(sku="CUP-7").exists()


def test_a_refused_photo_is_not_blamed_for_a_product_that_would_be_made(upload: Upload) -> None:
    upload.catalog.standard = {"min_edge": 2000, "unknown_products": "create", "required_fields": []}
    upload.catalog.save()
    assert codes(judged(receive(upload, "CUP-7_back.jpg"))) == ["too_small"]
    assert not upload.catalog.products.filter(sku="CUP-7").exists()


def test_the_later_of_two_with_the_same_bytes_is_the_duplicate(upload: Upload) -> None:
    first, second = receive(upload, "MUG-1_front.jpg"), receive(upload, "MUG-2_front.jpg")
    judged(second)  # a worker was faster with the later one
    first.refresh_from_db()
    assert first.stage == Stage.READY and codes(second) == ["duplicate"]
    assert "MUG-1_front.jpg" in second.rejections.get().measured


def test_what_was_refused_is_no_original(upload: Upload) -> None:
    first, second = receive(upload, "IMG 1 (copy).jpg"), receive(upload, "MUG-2_front.jpg")
    assert judged(second).stage == Stage.READY
    first.refresh_from_db()
    assert codes(first) == ["name"]


def test_the_database_refuses_a_duplicate_that_no_query_saw(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(receive(upload, "MUG-1_front.jpg"))
    monkeypatch.setattr(intake, "_duplicates", lambda *_: [])
    late = judged(receive(upload, "MUG-2_front.jpg"))
    assert codes(late) == ["duplicate"] and not late.preview
    assert len(default_storage.listdir(late.folder)[1]) == 1, "the copies of a photo that lost are cleared away"
    with pytest.raises(IntegrityError):
        Photo.objects.filter(pk=late.pk).update(stage=Stage.READY)


def test_twice_inspected_is_once_judged(upload: Upload) -> None:
    photo = judged(receive(upload, "MUG-1_front.jpg"))
    intake.inspect_photo(photo.pk)
    assert photo.events.count() == 1


def test_a_source_that_vanished_is_told(upload: Upload) -> None:
    photo = receive(upload, "MUG-1_front.jpg")
    default_storage.delete(str(photo.source.name))
    assert codes(judged(photo)) == ["unreadable"]


def test_batches_hold_one_route_and_no_more_than_their_size(upload: Upload) -> None:
    Product.objects.filter(sku="MUG-5").update(category="apparel")
    for number in range(1, 6):
        receive(upload, f"MUG-{number}_front.jpg", product_shot((300, 240), seed=number).encoded())
    Upload.objects.filter(pk=upload.pk).update(finished_at=timezone.now())
    for photo in upload.photos.all():
        judged(photo)
    found = sorted((batch.route, batch.photos.count(), batch.state) for batch in upload.batches.all())
    sealed = BatchState.PROCESSING
    assert found == [("apparel", 1, sealed), ("general", 2, sealed), ("general", 2, sealed)]


def test_a_file_named_in_the_sheet_needs_no_sku_in_its_name(catalog: Catalog, upload: Upload) -> None:
    NamedFile.objects.create(catalog=catalog, product=catalog.products.get(sku="MUG-3"), name="IMG 1.jpg")
    NamedFile.objects.create(catalog=catalog, product=catalog.products.get(sku="MUG-3"), name="IMG 2.jpg")
    one, two = judged(receive(upload, "IMG 1.jpg")), judged(receive(upload, "day 2/IMG 2.jpg", OTHER))
    assert one.product and (one.product.sku, one.view, two.view) == ("MUG-3", "front", "2")


def test_a_sheet_heals_what_was_refused_for_want_of_it(catalog: Catalog, upload: Upload, jobs: Any) -> None:
    photo, small = receive(upload, "NEW-1_front.jpg"), receive(upload, "MUG-2_front.jpg", PICTURE[:900])
    judged(photo), judged(small)
    sheet = products.receive_sheet(catalog, "new.csv", b"sku,category\nNEW-1,shoes\n", upload.by)
    assert (sheet.created, sheet.rechecked, sheet.state) == (1, 1, "done")
    assert ("intake", "processing.jobs.inspect_photo", (photo.pk,)) in jobs
    assert judged(photo).stage == Stage.READY and not codes(photo)
    assert codes(small) == ["unreadable"]


def test_a_refused_photo_can_be_seen_and_its_copies_go_once_others_take_their_place(
    catalog: Catalog, upload: Upload, jobs: Any
) -> None:
    photo = judged(receive(upload, "NEW-1_front.jpg"))
    broken = judged(receive(upload, "NEW-2_front.jpg", PICTURE[:900]))
    assert photo.stage == broken.stage == Stage.REJECTED
    assert not broken.preview and not broken.thumb
    first = [copy.name for copy in (photo.preview, photo.thumb)]
    with Image.open(default_storage.open(first[1])) as thumb:
        assert thumb.size == (300, 240)
    refusals.recheck(photo)
    second = [copy.name for copy in (judged(photo).preview, photo.thumb)]
    assert photo.stage == Stage.REJECTED and not any(map(default_storage.exists, first))
    products.receive_sheet(catalog, "new.csv", b"sku,category\nNEW-1,shoes\n", upload.by)
    assert judged(photo).stage == Stage.READY and default_storage.exists(photo.preview.name)
    assert not any(map(default_storage.exists, second)), "nobody names them any more"


def test_real_folder_is_refused_exactly_as_expected(shared: Path, lead: Any, operator: Any) -> None:
    """The whole of ../shared/data/products, with its sheet, its duplicate and its name without a SKU."""
    folder = shared / "data" / "products"
    catalog = factories.make_catalog()
    upload = factories.make_upload(catalog)
    products.receive_sheet(catalog, "products.csv", (folder / "products.csv").read_bytes(), upload.by)
    rows = {row["file"]: row for row in csv.DictReader((folder / "expected.csv").open(encoding="utf-8"))}
    # The pixels have been through every rule in test_intake_rules; here only what the catalog itself decides is new.
    decisive = [name for name, row in rows.items() if row["verdict"] == "reject" or name < "PRD-0003"]
    same = next(name for name, row in rows.items() if row["why"].startswith("same bytes"))
    data = (folder / "photos" / same).read_bytes()
    decisive += [name for name in rows if name != same and (folder / "photos" / name).read_bytes() == data]
    photos = [receive(upload, name, (folder / "photos" / name).read_bytes()) for name in sorted(set(decisive))]
    for photo in reversed(photos):
        judged(photo)
    for photo in upload.photos.all():
        assert (photo.stage == Stage.REJECTED) == (rows[photo.name]["verdict"] == "reject"), photo.name


def test_rules_are_those_of_the_catalog(upload: Upload) -> None:
    upload.catalog.standard = {"min_edge": 301}
    upload.catalog.save()
    assert codes(judged(receive(upload, "MUG-1_front.jpg"))) == ["too_small"]
    assert intake_rules.too_small in intake_rules.INTAKE_RULES


def test_intake_needs_no_folder(catalog: Catalog, operator: Any, settings: Any, storage: Path) -> None:
    """An object store has no files to open by path: the same intake through a storage that lives in memory."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}
    upload = uploads.open_upload(catalog, operator)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("MUG-1_front.jpg", PICTURE)
        archive.writestr("list.csv", "sku,category\nMUG-9,shoes\n")
    incoming = uploads.receive(upload, "drop.zip", buffer).incoming
    assert incoming
    unpacking.unpack(incoming.pk)
    photo = judged(upload.photos.get())
    assert photo.stage == Stage.READY and photo.thumb and catalog.products.filter(sku="MUG-9").exists()
    assert not storage.exists(), "nothing was written to a folder"
