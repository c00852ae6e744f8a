"""What eBay asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import plain
from catalog.marketplaces.contract import MEGABYTE, Preset

PRESET = Preset(
    slug="ebay",
    label="eBay",
    description="1600 px square JPEG on white, named sku-view.jpg.",
    width=1600,
    height=1600,
    min_edge=500,
    good_edge=1000,
    max_edge=6000,
    fill=0.88,
    format="JPEG",
    naming="slug",
    least_quality=90,
    max_bytes=12 * MEGABYTE,
    most_pictures=24,
    upscale=False,
    sheets=(plain("ebay"),),
    sources=(
        "500 px at least, no borders or added text: eBay's picture policy. 1600 px is the most it stores; 1000 px and "
        "JPEG quality 90 are what its interface warns below: eBay's developer pages.",
        "12 MB, width and height together 12000 px: eBay's text on mirrors. No drop shadow: eBay's older guidelines.",
        "On pictures in a scene nothing certain was found, so there are none.",
    ),
)
