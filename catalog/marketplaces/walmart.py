"""What Walmart asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import ImageSheet, nth, of, others
from catalog.marketplaces.contract import MEGABYTE, Preset

SHEET = ImageSheet(
    "walmart.csv",
    (
        ("sku", of("sku")),
        ("gtin", of("gtin")),
        ("mainImageUrl", nth(0)),
        ("productSecondaryImageURL", others),
    ),
    "product",
)

PRESET = Preset(
    slug="walmart",
    label="Walmart",
    description="2200 px square JPEG on pure white, named by the GTIN in 14 digits, with a sheet of image links.",
    width=2200,
    height=2200,
    min_edge=500,
    good_edge=1500,
    good_for="its zoom",
    format="JPEG",
    naming="gtin",
    max_bytes=5 * MEGABYTE,
    least_pictures=4,
    sheets=(SHEET,),
    sources=(
        "2200 px square, zoom from 1500 px, pure white, RGB, at most 5 MB, at least 4 pictures, a file name of the "
        "GTIN in 14 digits: Marketplace Learn, Walmart's own page of July 2025. JPEG alone: its page for suppliers.",
        "No least size was found: 500 px is ours, with a note below 1500 px. The number behind the GTIN of further "
        "pictures is ours, too.",
        "mainImageUrl and productSecondaryImageURL are fields of its item feed (second hand); the other columns are "
        "ours, and its templates differ by category. Links must be public and end in .jpg: its own page.",
        "On pictures in a scene nothing was found beside the white that it asks for, so there are none.",
    ),
)
