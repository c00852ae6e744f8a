"""What Shopify asks of a picture, and the sheets that go with it."""

from catalog.image_sheets import ImageSheet, of, position, title
from catalog.marketplaces.contract import MEGABYTE, Preset

# A row with a SKU is a variant to Shopify: further pictures are rows with the handle and the picture alone.
SHEET = ImageSheet(
    "shopify.csv",
    (
        ("URL handle", of("handle")),
        ("Title", title),
        ("SKU", of("sku")),
        ("Product image URL", of("link")),
        ("Image position", position),
        ("Image alt text", of("alt_text")),
    ),
    once=frozenset({"Title", "SKU"}),
)
SHEET_OLD = ImageSheet(
    "shopify-old-columns.csv",
    (
        ("Handle", of("handle")),
        ("Title", title),
        ("Variant SKU", of("sku")),
        ("Image Src", of("link")),
        ("Image Position", position),
        ("Image Alt Text", of("alt_text")),
    ),
    once=frozenset({"Title", "Variant SKU"}),
)

PRESET = Preset(
    slug="shopify",
    label="Shopify",
    description="2048 px square JPEG on white, named sku-view.jpg, with import sheets for both sets of columns.",
    width=2048,
    height=2048,
    min_edge=800,
    max_edge=4472,
    fill=0.9,
    format="JPEG",
    naming="slug",
    max_bytes=20 * MEGABYTE,
    most_pictures=250,
    alt_limit=512,
    shadow="own",
    upscale=False,
    sheets=(SHEET, SHEET_OLD),
    scenes="yes",
    sources=(
        "2048 px square: second hand. Largest 4472 px and 20 MB: Shopify's older API guide, the safer of two figures.",
        "Columns: Shopify's help page (new names) and import profiles that still use Handle and Image Src (old names). "
        "Further pictures of a product are rows without its title and SKU.",
        "Alt text of at most 512 characters, file names that are final and must not end in _thumb, _small or _medium: "
        "second hand. The least edge of 800 px is ours, so that its zoom still has something to show.",
        "Background and shadows are the shop's own choice, so a photo keeps the shadow that it was given.",
        "What a picture shows is the merchant's choice, so mock-ups go along.",
    ),
)
