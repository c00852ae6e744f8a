"""Presets, the names they give, and the sheets that map files to products."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog import marketplaces
from catalog.image_sheets import ImageSheet, Picture
from catalog.marketplaces import PRESETS, Preset, UnknownMarketplace
from catalog.picture_names import PictureName, Subject, by_amazon, by_gtin, by_slug, by_stem, distinct, slug, view_rank


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.slug)
def test_each_preset_is_whole(preset: Preset) -> None:
    assert marketplaces.preset(preset.slug) is preset
    assert preset.sources
    assert preset.description.endswith(".")
    assert preset.sheets
    assert preset.least_fill <= preset.fill < 1
    assert preset.least_quality <= preset.quality
    assert preset.colour_profile == "sRGB"


# What each marketplace's picture must be, written by hand from the sources that the preset names: canvas, format,
# most megabytes, least share of the canvas that the product takes, background, naming.
EXPECTED: dict[str, tuple[tuple[int, int], str, int, float, tuple[int, int, int] | None, str]] = {
    "amazon": ((2000, 2000), "JPEG", 10, 0.85, (255, 255, 255), "amazon"),
    "shopify": ((2048, 2048), "JPEG", 20, 0.0, (255, 255, 255), "slug"),
    "google": ((1500, 1500), "JPEG", 16, 0.75, (255, 255, 255), "slug"),
    "ebay": ((1600, 1600), "JPEG", 12, 0.0, (255, 255, 255), "slug"),
    "zalando": ((1801, 2600), "JPEG", 20, 0.0, (255, 255, 255), "slug"),
    "etsy": ((2000, 2000), "JPEG", 10, 0.0, (255, 255, 255), "slug"),
    "walmart": ((2200, 2200), "JPEG", 5, 0.0, (255, 255, 255), "gtin"),
    "otto": ((2000, 2000), "JPEG", 10, 0.85, (255, 255, 255), "slug"),
    "bol": ((2000, 2000), "JPEG", 10, 0.0, (255, 255, 255), "slug"),
    "tiktok": ((2000, 2000), "JPEG", 5, 0.0, (255, 255, 255), "slug"),
    "temu": ((1600, 1600), "JPEG", 2, 0.0, (255, 255, 255), "slug"),
    "mercadolibre": ((1600, 1600), "JPEG", 10, 0.0, (255, 255, 255), "slug"),
    "meta": ((1080, 1080), "JPEG", 8, 0.0, (255, 255, 255), "slug"),
    "woocommerce": ((2048, 2048), "JPEG", 10, 0.0, (255, 255, 255), "slug"),
    "cutout": ((0, 0), "PNG", 2000, 0.0, None, "stem"),
}
# What else they ask, likewise by hand: least edge, edge that is wanted, most and least pictures of a product.
AMOUNTS: dict[str, tuple[int, int, int, int]] = {
    "amazon": (500, 1000, 9, 0),
    "shopify": (800, 0, 250, 0),
    "google": (500, 0, 11, 0),
    "ebay": (500, 1000, 24, 0),
    "zalando": (1100, 0, 100, 0),
    "etsy": (635, 2000, 10, 0),
    "walmart": (500, 1500, 100, 4),
    "otto": (1000, 0, 10, 0),
    "bol": (500, 1200, 100, 0),
    "tiktok": (600, 1340, 9, 0),
    "temu": (800, 1600, 100, 0),
    "mercadolibre": (500, 801, 100, 0),
    "meta": (500, 1024, 20, 0),
    "woocommerce": (800, 0, 100, 0),
    "cutout": (1, 0, 100, 0),
}


@pytest.mark.parametrize("slug", EXPECTED)
def test_each_preset_asks_what_its_marketplace_asks(slug: str) -> None:
    found = marketplaces.preset(slug)
    assert EXPECTED[slug] == (
        (found.width, found.height),
        found.format,
        found.max_bytes // marketplaces.MEGABYTE,
        found.least_fill,
        found.background,
        found.naming,
    )
    assert AMOUNTS[slug] == (found.min_edge, found.good_edge, found.most_pictures, found.least_pictures)
    assert found.keeps_source_size is (found.width == 0)
    assert found.min_edge <= found.good_edge or not found.good_edge


def test_the_presets_of_the_main_job_are_there() -> None:
    assert {"amazon", "shopify", "google", "cutout"} <= {preset.slug for preset in PRESETS}
    assert len({preset.slug for preset in PRESETS}) == len(PRESETS)


def test_each_file_of_the_package_is_a_preset_in_the_registry() -> None:
    files = {path.stem for path in Path(str(marketplaces.__file__)).parent.glob("*.py")}
    assert files - {"__init__", "contract"} == {preset.slug for preset in PRESETS}


def test_the_cut_out_stands_behind_the_marketplaces() -> None:
    slugs = [preset.slug for preset in PRESETS]
    assert slugs[:5] == ["amazon", "shopify", "google", "ebay", "zalando"]
    assert slugs[-1] == "cutout"


def test_an_unknown_marketplace_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownMarketplace, match="'amazn'; there are amazon, shopify"):
        marketplaces.preset("amazn")


def changed(**values: Any) -> Preset:
    return replace(marketplaces.preset("amazon"), **values)


@pytest.mark.parametrize(
    "values",
    [
        {"naming": "nonsense"},
        {"width": 20_000},
        {"background": None},
        {"background": None, "format": "PNG", "shadow": "own"},
        {"width": 0, "shadow": "own"},
        {"least_product": 1800},
        {"least_bytes": 10_000_000},
    ],
)
def test_a_preset_that_contradicts_itself_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="amazon"):
        changed(**values)


def subject(view: str = "front", position: int = 0, stem: str = "x", **values: Any) -> Subject:
    return Subject(**{"word": "a-1", "letters": "A1", "view": view, "position": position, "stem": stem, **values})


@pytest.mark.parametrize(("position", "name"), [(0, "B00TEST123.MAIN"), (1, "B00TEST123.PT01"), (8, "B00TEST123.PT08")])
def test_amazon_takes_identifier_and_variant(position: int, name: str) -> None:
    assert by_amazon(subject(position=position, asin="B00TEST123")) == PictureName(name)


def test_amazon_takes_no_sku_so_the_name_carries_a_note() -> None:
    name = by_amazon(subject(gtin_doubts=("its GTIN 12 is none",)))
    assert name.stem == "A1.MAIN"
    assert name.notes[0] == "its GTIN 12 is none" and "ASIN or GTIN" in name.notes[1]
    named = by_amazon(subject(gtin="4006381333931", asin_doubts=("its ASIN x is none",)))
    assert named == PictureName("4006381333931.MAIN", ("its ASIN x is none",))


@pytest.mark.parametrize(
    ("gtin", "position", "name"),
    [
        ("4006381333931", 0, "04006381333931"),
        ("96385074", 1, "00000096385074_2"),
        ("00012345600012", 9, "00012345600012_10"),
    ],
)
def test_walmart_takes_a_gtin_of_14_digits(gtin: str, position: int, name: str) -> None:
    assert by_gtin(subject(position=position, gtin=gtin, asin_doubts=("its ASIN x is none",))) == PictureName(name)


def test_without_a_gtin_the_name_is_the_slug_with_a_note() -> None:
    name = by_gtin(subject("back", position=1, asin="B00TEST123", gtin_doubts=("its GTIN 12 is none",)))
    assert name.stem == "a-1-back"
    assert name.notes[0] == "its GTIN 12 is none" and "add the product's GTIN" in name.notes[1]


@pytest.mark.parametrize(
    ("word", "view", "name"),
    [
        ("prd-0001", "front", "prd-0001-front"),
        ("grosse-7-8", "detail2", "grosse-7-8-detail2"),
        ("mug", "small", "mug-small-view"),
        ("sku-1a2b3c", "", "sku-1a2b3c"),
    ],
)
def test_a_slug_is_safe_in_any_address(word: str, view: str, name: str) -> None:
    assert by_slug(subject(view, word=word)).stem == name


def test_the_cutout_is_named_like_the_photo() -> None:
    assert by_stem(subject(stem="PRD-0001_front")).stem == "PRD-0001_front"


def test_a_taken_name_gets_a_number_and_a_note() -> None:
    free = distinct(PictureName("a-front"), {"A-FRONT".casefold(), "a-front-2"})
    assert free.stem == "a-front-3"
    assert "was taken" in free.notes[0]
    assert distinct(PictureName("b"), {"a"}) == PictureName("b")


def test_views_are_in_the_order_of_a_shop_window() -> None:
    views = ["detail10", "back", "detail", "odd", "front", "detail2"]
    assert sorted(views, key=view_rank) == ["front", "back", "detail", "detail2", "detail10", "odd"]


def test_slug_of_nothing_is_nothing() -> None:
    assert slug("  !?") == ""


def picture(sku: str, position: int, **values: str) -> Picture:
    return Picture(
        file=f"{sku}-{position}.jpg",
        source="x.jpg",
        sku=sku,
        view="front",
        position=position,
        alt_text=f"Alt, {sku}",
        width=10,
        height=10,
        **values,
    )


PICTURES = [
    picture("A", 0, title='The "A"', asin="B1", colour="red", handle="the-a"),
    picture("A", 1, title='The "A"', handle="the-a"),
    picture("B", 0, handle="b"),
]


def sheet(slug: str, number: int = 0) -> ImageSheet:
    return marketplaces.preset(slug).sheets[number]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_shopify_old_and_new_columns_say_the_same() -> None:
    new, old = rows(sheet("shopify").write(PICTURES)), rows(sheet("shopify", 1).write(PICTURES))
    assert [row["Image position"] for row in new] == ["1", "2", "1"]
    assert [list(row.values()) for row in new] == [list(row.values()) for row in old]
    assert [row["Title"] for row in new] == ['The "A"', "", "B"], "no shop takes a product without one"
    assert [row["URL handle"] for row in new] == ["the-a", "the-a", "b"]
    assert next(iter(old[0])) == "Handle"


def test_shopify_gets_title_and_sku_in_a_products_first_row_alone() -> None:
    """Further rows are pictures: handle, link, position and alt text; the first one may be any picture."""
    further = [picture("A", 2, handle="a"), picture("A", 3, handle="a")]
    for number, columns in enumerate((("Title", "SKU"), ("Title", "Variant SKU"))):
        written = rows(sheet("shopify", number).write([*further, picture("B", 0, handle="b")]))
        assert [[row[name] for name in columns] for row in written] == [["A", "A"], ["", ""], ["B", "B"]]
        assert {name for name, value in written[1].items() if not value} == set(columns)


def test_google_has_one_row_a_product_with_its_further_images() -> None:
    first, second = rows(sheet("google").write(PICTURES))
    assert first["image_link"] == "A-0.jpg"
    assert first["additional_image_link"] == "A-1.jpg"
    assert first["color"] == "red"
    assert second["additional_image_link"] == ""


def test_amazon_has_a_column_for_each_further_image() -> None:
    first, _ = rows(sheet("amazon").write(PICTURES))
    assert first["asin"] == "B1"
    assert (first["main_image_url"], first["other_image_url1"], first["other_image_url2"]) == ("A-0.jpg", "A-1.jpg", "")


def test_a_row_of_a_product_knows_the_places_of_its_pictures() -> None:
    """A main picture that is missing leaves its column empty: no other one takes its place."""
    without_main = [picture("A", 2, title="A"), picture("A", 1, title="A")]
    (amazon,), (google,) = rows(sheet("amazon").write(without_main)), rows(sheet("google").write(without_main))
    found = [amazon[name] for name in ("main_image_url", "other_image_url1", "other_image_url2")]
    assert found == ["", "A-1.jpg", "A-2.jpg"]
    assert (google["image_link"], google["additional_image_link"]) == ("", "A-2.jpg,A-1.jpg")


def test_only_marketplaces_that_leave_it_to_the_shop_take_shadows() -> None:
    """Amazon's rules disagree, eBay and bol refuse them, cut-outs are scored by their alpha."""
    assert {preset.slug for preset in PRESETS if preset.shadow == "own"} == {"shopify", "woocommerce"}


@pytest.mark.parametrize("slug", ["etsy", "otto", "bol", "tiktok", "temu", "mercadolibre", "ebay"])
def test_where_no_template_is_known_the_sheet_says_what_each_file_is(slug: str) -> None:
    first, second, _ = rows(sheet(slug).write(PICTURES))
    assert list(first) == ["sku", "gtin", "view", "position", "file", "alt_text"]
    assert (first["file"], first["position"], second["file"], second["position"]) == ("A-0.jpg", "1", "A-1.jpg", "2")
    assert second["alt_text"] == "Alt, A"
    assert sheet(slug).name == f"{slug}.csv"


def test_walmart_and_meta_have_a_row_a_product_with_its_main_and_its_further_links() -> None:
    for name, main, further in (
        ("walmart", "mainImageUrl", "productSecondaryImageURL"),
        ("meta", "image_link", "additional_image_link"),
    ):
        first, second = rows(sheet(name).write([*PICTURES[:2], picture("A", 2), PICTURES[2]]))
        assert (first[main], first[further]) == ("A-0.jpg", "A-1.jpg,A-2.jpg")
        assert (second[main], second[further]) == ("B-0.jpg", "")


def test_woocommerce_has_all_pictures_of_a_product_in_one_cell_the_main_one_first() -> None:
    first, second = rows(sheet("woocommerce").write(PICTURES))
    assert first == {"SKU": "A", "Name": 'The "A"', "Images": "A-0.jpg,A-1.jpg"}
    assert second == {"SKU": "B", "Name": "B", "Images": "B-0.jpg"}
    (without,) = rows(sheet("woocommerce").write([picture("A", 1)]))
    assert without["Images"] == "", "the first of the cell would be the shop's main picture"


def test_links_begin_with_the_address_where_pictures_are_published() -> None:
    """File names stay what they are; in an address, what may not stand there is written in its code."""
    published = [replace(one, file=one.file.replace("-", " "), folder="https://cdn.example/x/") for one in PICTURES]
    google, shopify, amazon = (rows(sheet(slug).write(published))[0] for slug in ("google", "shopify", "amazon"))
    assert google["image_link"] == amazon["main_image_url"] == "https://cdn.example/x/A%200.jpg"
    assert google["additional_image_link"] == amazon["other_image_url1"] == "https://cdn.example/x/A%201.jpg"
    assert shopify["Product image URL"] == "https://cdn.example/x/A%200.jpg"
    assert rows(sheet("cutout").write(published))[0]["file"] == "A 0.jpg"
