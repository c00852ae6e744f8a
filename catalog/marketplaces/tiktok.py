"""What TikTok Shop asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import plain
from catalog.marketplaces.contract import MEGABYTE, Preset

PRESET = Preset(
    slug="tiktok",
    label="TikTok Shop",
    description="2000 px square JPEG on pure white, named sku-view.jpg.",
    width=2000,
    height=2000,
    min_edge=600,
    good_edge=1340,
    max_edge=6000,
    format="JPEG",
    naming="slug",
    max_bytes=5 * MEGABYTE,
    most_pictures=9,
    sheets=(plain("tiktok"),),
    sources=(
        "600 to 6000 px, JPG or PNG, at most 5 MB, at most 9 pictures, a square and pure white main picture without "
        "text or watermark: three pages that agree, all second hand.",
        "Others say 800 to 2000 px, at least 1340 px, or 10 MB: 2000 px keeps to all of them, a picture below 1340 px "
        "gets a note, and 5 MB is the safer figure.",
        "On pictures in a scene behind the main one nothing was found, so there are none.",
    ),
)
