"""What each of the smaller marketplaces gets, held against its rules as they were written down by hand."""

import io
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from PIL import Image

from catalog import marketplaces
from catalog.models import Catalog, Photo
from processing import delivery, exports
from processing.delivery import Delivered
from processing.imaging import screens
from processing.imaging.encoding import TooFewBytes
from processing.imaging.frame import Frame
from processing.imaging.rendering import TooSmall, box_of
from processing.metadata import Facts
from tests import factories
from tests.conftest import Jobs
from tests.images import Shot, product_shot
from tests.processing.deliveries import done, opened, photo_in, rows_of

MB = 1_000_000
# Side of the square in px, most bytes, share of the side that a square product takes.
WANTED: dict[str, tuple[int, int, float]] = {
    "etsy": (2000, 10 * MB, 0.74),
    "walmart": (2200, 5 * MB, 0.88),
    "otto": (2000, 10 * MB, 0.93),
    "bol": (2000, 10 * MB, 0.90),
    "tiktok": (2000, 5 * MB, 0.88),
    "temu": (1600, 2 * MB, 0.88),
    "mercadolibre": (1600, 10 * MB, 0.90),
    "meta": (1080, 8 * MB, 0.88),
    "woocommerce": (2048, 10 * MB, 0.90),
}


def frame(width: int, height: int, grain: int = 20, around: int = 40) -> Frame:
    """A grainy box of ``width`` x ``height`` px, its levels spread by ``grain`` both ways, with nothing around it."""
    size = (height + 2 * around, width + 2 * around)
    alpha = np.zeros(size, np.uint8)
    alpha[around:-around, around:-around] = 255
    noise = np.random.default_rng(5).integers(-grain, grain + 1, (*size, 3))
    return Frame((noise + np.array((90, 120, 150))).clip(0, 255).astype(np.uint8), alpha)


def delivered(slug: str, picture: Frame) -> Delivered:
    return delivery.deliver(picture, marketplaces.preset(slug), Facts("MUG-1", title="Mug"), "front")


def pixels(made: Delivered) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(made.data)))


@pytest.mark.parametrize("slug", WANTED)
def test_a_large_product_is_a_square_jpeg_on_white_within_its_bytes(slug: str) -> None:
    side, most, share = WANTED[slug]
    made = delivered(slug, frame(2400, 2400))
    picture = Image.open(io.BytesIO(made.data))
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (side, side))
    assert len(made.data) <= most
    rgb, edge = pixels(made), side // 100
    for border in (rgb[:edge], rgb[-edge:], rgb[:, :edge], rgb[:, -edge:]):
        assert (border == 255).all()
    left, top, right, bottom = box_of((255 - rgb[..., 0]).astype(np.uint8)) or (0, 0, 0, 0)
    assert (right - left) / side == pytest.approx(share, abs=0.005)
    assert (bottom - top) / side == pytest.approx(share, abs=0.005)
    assert not made.notes


def test_temu_gets_two_megabytes_of_what_would_be_more() -> None:
    picture = frame(1700, 1700, grain=80)
    assert len(delivered("mercadolibre", picture).data) > 2 * MB, "as large, at the usual quality"
    made = delivered("temu", picture)
    assert MB < len(made.data) <= 2 * MB
    assert any("to stay within 2,000,000 bytes" in note for note in made.notes)


def test_no_thumbnail_of_etsys_cuts_a_tall_product() -> None:
    """Of a square, one of 4 to 3 shows the middle three quarters."""
    rgb = pixels(delivered("etsy", frame(900, 2400)))
    height = rgb.shape[0]
    assert (rgb[: height // 8] == 255).all() and (rgb[-height // 8 :] == 255).all()
    assert not (rgb == 255).all()


def test_a_square_product_takes_85_percent_of_ottos_area() -> None:
    rgb = pixels(delivered("otto", frame(2400, 2400)))
    assert (rgb < 250).any(axis=-1).mean() >= 0.85


@pytest.mark.parametrize(
    ("slug", "product", "told"),
    [
        ("etsy", 1200, "Etsy wants 2000 px for a good picture"),
        ("walmart", 900, "Walmart wants 1500 px for its zoom"),
        ("bol", 700, "bol.com wants 1200 px for its zoom"),
        ("tiktok", 900, "TikTok Shop wants 1340 px for a good picture"),
        ("temu", 900, "Temu wants 1600 px for a good picture"),
        ("mercadolibre", 600, "Mercado Libre wants 801 px for its zoom"),
        ("meta", 700, "Meta (Instagram) wants 1024 px for a good picture"),
    ],
)
def test_a_picture_that_is_taken_but_small_is_told(slug: str, product: int, told: str) -> None:
    made = delivered(slug, frame(product, product))
    assert sum(told in note for note in made.notes) == 1
    assert marketplaces.preset(slug).min_edge <= max(made.size) < marketplaces.preset(slug).good_edge


def test_bol_does_not_count_the_white_around_a_product() -> None:
    with pytest.raises(TooSmall, match="499 px long in the photo. Wanted: 500 px, not counting the white"):
        delivered("bol", frame(499, 400))
    left, _, right, _ = box_of((255 - pixels(delivered("bol", frame(500, 500)))[..., 0]).astype(np.uint8)) or (0,) * 4
    assert right - left == 500
    notes = delivered("bol", frame(2400, 320)).notes
    assert notes == ("the product's shorter side has 240 px: bol.com may want 500 px of both sides",)


def test_bol_gets_its_30_kilobytes_or_nothing() -> None:
    made = delivered("bol", frame(500, 500, grain=1))
    assert len(made.data) >= 30 * 1024
    assert any("instead of 92, to have at least 30,720 bytes" in note for note in made.notes)
    with pytest.raises(TooFewBytes, match="even at quality 100. Wanted: at least 30,720 bytes"):
        delivered("bol", frame(500, 500, grain=0))


@pytest.fixture
def catalog(operator: User) -> Catalog:
    return factories.make_catalog(name="Spring", slug="spring")


@pytest.mark.django_db
def test_each_marketplace_names_a_picture_in_its_way(catalog: Catalog, operator: User) -> None:
    product = factories.make_product(catalog, sku="TASSE-Größe", gtin="4006381333931")
    for view in ("front", "back"):
        photo_in(catalog, product=product, view=view, name=f"TASSE_{view}.jpg")
    export = exports.order(catalog, operator, list(WANTED))
    found: dict[str, list[str]] = {}
    for row in export.files.order_by("position"):
        found.setdefault(row.marketplace, []).append(row.name)
    named = ["tasse-grosse-front.jpg", "tasse-grosse-back.jpg"]
    assert found == {**dict.fromkeys(WANTED, named), "walmart": ["04006381333931.jpg", "04006381333931_2.jpg"]}


@pytest.mark.django_db
def test_two_products_of_one_gtin_never_share_walmarts_name(catalog: Catalog, operator: User) -> None:
    for sku, gtin in (("A", "036000291452"), ("B", "0036000291452"), ("C", "4.00638E+12"), ("D", "")):
        photo_in(catalog, product=factories.make_product(catalog, sku=sku, gtin=gtin))
    rows = exports.order(catalog, operator, ["walmart"]).files.order_by("name")
    assert [row.name for row in rows] == ["a-front.jpg", "b-front.jpg", "c-front.jpg", "d-front.jpg"]
    assert [row.notes[:-1] for row in rows] == [
        ["its GTIN 036000291452 is that of B, too"],
        ["its GTIN 0036000291452 is that of A, too"],
        ["its GTIN 4.00638E+12 is none"],
        [],
    ]
    assert all("add the product's GTIN" in row.notes[-1] for row in rows)


def shot_in(catalog: Catalog, shot: Shot, **values: Any) -> Photo:
    """A released photo of the shot, with its exact alpha."""
    photo = photo_in(catalog, **values)
    photo.source.save("shot.jpg", ContentFile(shot.encoded()))
    factories.make_output(photo, alpha=ContentFile(screens.alpha_png(shot.alpha), "a.png"), parameters={})
    return photo


@pytest.mark.django_db
def test_an_export_tells_which_products_have_too_few_pictures(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    """Walmart wants four; those that it got before count."""
    shot = product_shot((1600, 1600), fill=0.9)
    many, few = (factories.make_product(catalog, sku=sku, gtin="") for sku in ("MANY", "FEW"))
    views = [shot_in(catalog, shot, product=many, view=view) for view in ("front", "back", "side", "detail")]
    shot_in(catalog, shot, product=few)
    export = done(exports.order(catalog, operator, ["walmart", "tiktok"]), jobs)
    assert [note for note in export.notes if "fewer" in note] == [
        "Walmart wants at least 4 pictures of a product; there are fewer of FEW."
    ]
    again = done(exports.order(catalog, operator, ["walmart"], photos=[views[0].pk]), jobs)
    assert not any("fewer" in note for note in again.notes)
    with opened(again) as archive:
        (row,) = rows_of(archive, "walmart/walmart.csv")
    assert row["mainImageUrl"] == "many-front.jpg"
    assert row["productSecondaryImageURL"] == "many-side.jpg,many-back.jpg,many-detail.jpg"


@pytest.mark.django_db
def test_what_bol_does_not_take_is_left_out_with_the_reason(catalog: Catalog, operator: User, jobs: Jobs) -> None:
    """All others that are ordered here do take it."""
    photo = shot_in(catalog, product_shot((600, 600), fill=0.8))
    export = done(exports.order(catalog, operator, ["bol", "meta", "mercadolibre"]), jobs)
    with opened(export) as archive:
        (row,) = rows_of(archive, "left-out.csv")
        assert not any(name.startswith("bol/") for name in archive.namelist())
        assert {"meta/meta.csv", "mercadolibre/mercadolibre.csv"} <= set(archive.namelist())
    assert (row["marketplace"], row["source"]) == ("bol", photo.name)
    assert "480 px long in the photo. Wanted: 500 px, not counting the white around it." in row["reason"]
