"""What bol.com asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import plain
from catalog.marketplaces.contract import MEGABYTE, Preset

PRESET = Preset(
    slug="bol",
    label="bol.com",
    description="2000 px square JPEG on white, the product itself at least 500 px, named sku-view.jpg.",
    width=2000,
    height=2000,
    min_edge=500,
    good_edge=1200,
    good_for="its zoom",
    least_product=500,
    max_edge=6000,
    fill=0.9,
    format="JPEG",
    naming="slug",
    max_bytes=10 * MEGABYTE,
    least_bytes=30 * 1024,
    sheets=(plain("bol"),),
    scenes="yes",
    sources=(
        "500 to 6000 px of both sides without the white around, zoom from 1200 px, 30 KB to 10 MB, a main picture on "
        "white without visible shadows, models or text: bol's own partner page.",
        "30 KB is taken as 30,720 bytes, the safer reading. The 500 px are asked of the product's longer side; where "
        "its shorter one has fewer there is a note, since a pen would never pass.",
        "The canvas of 2000 px is ours.",
        "Lifestyle is forbidden of the main picture alone: bol.com's own page. So mock-ups go behind it.",
    ),
)
