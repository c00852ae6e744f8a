"""What Amazon asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import ImageSheet, nth, of
from catalog.marketplaces.contract import Preset

SHEET = ImageSheet(
    "amazon.csv",
    (
        ("item_sku", of("sku")),
        ("asin", of("asin")),
        ("external_product_id", of("gtin")),
        ("item_name", of("title")),
        ("main_image_url", nth(0)),
        *((f"other_image_url{number}", nth(number)) for number in range(1, 9)),
    ),
    "product",
)

PRESET = Preset(
    slug="amazon",
    label="Amazon",
    description="2000 px square JPEG on pure white, the product on at least 85 % of it, named ASIN.MAIN.jpg.",
    width=2000,
    height=2000,
    min_edge=500,
    good_edge=1000,
    good_for="its zoom",
    max_edge=10_000,
    fill=0.88,
    least_fill=0.85,
    format="JPEG",
    naming="amazon",
    most_pictures=9,
    alt_limit=100,
    upscale=True,
    sheets=(SHEET,),
    scenes="yes",
    sources=(
        "Sides, white and 85 %: Amazon's site standards as quoted by help.e-tailize.com (second hand); zoom from "
        "1000 px, best from 1600 px, 2000 px advised (second hand).",
        "Name ASIN.VARIANT.ext with MAIN and PT01 onwards; ASIN, ISBN, EAN, JAN or UPC, never a SKU: Seller Central's "
        "own pages.",
        "10 MB and 9 pictures: second hand. Pages disagree about shadows, so there are none.",
        "Amazon reads its alt texts elsewhere (A+ content, 100 characters: general knowledge); here it is metadata.",
        "White and 85 % are asked of the main picture; further ones may show the product in use (general knowledge): "
        "mock-ups go behind it.",
    ),
)
