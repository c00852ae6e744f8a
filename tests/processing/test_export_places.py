"""Which picture stands where, and is called what, on a marketplace: the same whatever goes along."""

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from catalog.flow import Stage
from catalog.models import Catalog, Photo, Product
from processing import export_archive, exports
from processing.models import Export
from tests import factories
from tests.conftest import Jobs
from tests.processing.deliveries import ALPHA, LARGE_ALPHA, done, large_photo_in, opened, photo_in, rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalog(operator: User) -> Catalog:
    return factories.make_catalog(name="Spring", slug="spring")


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


def test_only_what_is_new_takes_along_what_has_another_name_now(catalog: Catalog, operator: User, jobs: Jobs) -> None:
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
    factories.make_output(side, alpha=ContentFile(LARGE_ALPHA, "alpha.png"), parameters={"decontaminate": {}})
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
    assert (shopify["SKU"], shopify["Title"]) == ("A", product.title), "its first row in this sheet"
    assert front.pk and back.pk


def test_in_each_place_stands_what_was_delivered_there_last(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    product = factories.make_product(catalog, sku="A")
    side, back = (photo_in(catalog, product=product, view=view) for view in ("side", "back"))
    done(exports.order(catalog, operator, ["amazon"], photos=[side.pk]), jobs)  # MAIN
    front = photo_in(catalog, product=product, view="front")
    done(exports.order(catalog, operator, ["amazon"], photos=[front.pk]), jobs)  # MAIN; the side is the first other now
    Photo.objects.filter(pk=front.pk).update(stage=Stage.ESCALATED)
    done(exports.order(catalog, operator, ["amazon"], photos=[side.pk]), jobs)  # MAIN again
    with opened(done(exports.order(catalog, operator, ["amazon"], photos=[back.pk]), jobs)) as archive:
        (row,) = rows_of(archive, "amazon/amazon.csv")
        (new,) = rows_of(archive, "manifest.csv")
    export = Export.objects.first()
    assert export is not None
    (main,) = [one.photo for one in export_archive.with_earlier(list(export.files.all())) if one.position == 0]
    assert main == side
    assert (row["main_image_url"], row["other_image_url1"]) == ("A.MAIN.jpg", new["file"])


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


def test_products_that_share_an_identifier_do_not_share_a_listing(catalog: Catalog, operator: User, jobs: Jobs) -> None:
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
        assert [row["asin"] for row in rows_of(archive, "amazon/amazon.csv")] == ["", ""]
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
