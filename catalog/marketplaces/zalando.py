"""What Zalando asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import PLAIN, ImageSheet
from catalog.marketplaces.contract import MEGABYTE, Preset

PRESET = Preset(
    slug="zalando",
    label="Zalando",
    description="1801 x 2600 px JPEG on white, upright, named sku-view.jpg.",
    width=1801,
    height=2600,
    min_edge=1100,
    max_edge=10_000,
    fill=0.9,
    format="JPEG",
    naming="slug",
    max_bytes=20 * MEGABYTE,
    upscale=False,
    sheets=(ImageSheet("zalando.csv", PLAIN),),
    sources=(
        "Ratio 1 to 1.44, at least 762 x 1100 px, best 1801 x 2600 px, JPEG of at most 20 MB, white packshot: "
        "Zalando's partner university. Its longest edge is not published; 10000 px is ours.",
        "On pictures in a scene nothing was found beside the packshot, so there are none.",
    ),
)
