"""What Google Merchant Center asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import ImageSheet, lifestyle, nth, of, others_plain
from catalog.marketplaces.contract import MEGABYTE, Preset

SHEET = ImageSheet(
    "google.csv",
    (
        ("id", of("sku")),
        ("title", of("title")),
        ("description", of("description")),
        ("image_link", nth(0)),
        ("additional_image_link", others_plain),
        ("lifestyle_image_link", lifestyle),
        ("brand", of("brand")),
        ("gtin", of("gtin")),
        ("color", of("colour")),
        ("material", of("material")),
    ),
    "product",
)

PRESET = Preset(
    slug="google",
    label="Google Merchant Center",
    description="1500 px square JPEG on white, the product on 75 to 90 % of it, with a feed of image links.",
    width=1500,
    height=1500,
    min_edge=500,
    max_edge=8000,
    fill=0.85,
    least_fill=0.75,
    format="JPEG",
    naming="slug",
    max_bytes=16 * MEGABYTE,
    most_pictures=11,
    alt_limit=250,
    upscale=False,
    sheets=(SHEET,),
    scenes="yes",
    sources=(
        "500 px at least from 31 January 2027, 1500 px advised, at most 64 megapixels and 16 MB: Google, 6324350.",
        "75 to 90 % of the frame and no enlarged thumbnails: second hand. One image_link and ten additional ones.",
        "The feed has no alt text; its 250 characters are ours.",
        "Pictures in use have an attribute of their own, lifestyle_image_link: the feed's own list of attributes.",
    ),
)
