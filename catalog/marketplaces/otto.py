"""What OTTO asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import plain
from catalog.marketplaces.contract import Preset

PRESET = Preset(
    slug="otto",
    label="OTTO",
    description="2000 px square JPEG on white, the product on 85 % of it, named sku-view.jpg without umlauts.",
    width=2000,
    height=2000,
    min_edge=1000,
    max_edge=4500,
    fill=0.93,
    least_fill=0.85,
    format="JPEG",
    naming="slug",
    most_pictures=10,
    sheets=(plain("otto"),),
    sources=(
        "JPG or PNG in RGB, at most 4500 px, a light neutral background, 85 % product, at most 10 pictures, file names "
        "without umlauts or special characters: OTTO as quoted by others (second hand).",
        "The least is 500 x 1000, 480 x 960 or 900 px, as pages disagree: 1000 px square keeps to all of them.",
        "85 % is of the area in one reading: 93 % of the longer side is that for a product as wide as high.",
        "2000 px and 10 MB are ours. On shadows nothing was found, so there are none.",
        "On pictures in a scene nothing was found, so there are none.",
    ),
)
