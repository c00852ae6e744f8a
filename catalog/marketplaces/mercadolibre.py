"""What Mercado Libre asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import plain
from catalog.marketplaces.contract import MEGABYTE, Preset

PRESET = Preset(
    slug="mercadolibre",
    label="Mercado Libre",
    description="1600 px square JPEG on white, named sku-view.jpg.",
    width=1600,
    height=1600,
    min_edge=500,
    good_edge=801,
    good_for="its zoom",
    fill=0.9,
    format="JPEG",
    naming="slug",
    max_bytes=10 * MEGABYTE,
    sheets=(plain("mercadolibre"),),
    sources=(
        "JPG or PNG in RGB, at most 10 MB, zoom when wider than 800 px: Mercado Libre's own developer pages.",
        "A least size was not found on a page of theirs: 500 px is ours, and so is the canvas of 1600 px, twice what "
        "zooms.",
        "Covers of footwear are to show one shoe from the side, facing right, on 95 % of the picture: its own page. "
        "That holds for one category alone and is not applied.",
        "On pictures in a scene nothing was found beside the cover, so there are none.",
    ),
)
