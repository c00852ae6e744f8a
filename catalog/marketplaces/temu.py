"""What Temu asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import plain
from catalog.marketplaces.contract import MEGABYTE, Preset

PRESET = Preset(
    slug="temu",
    label="Temu",
    description="1600 px square JPEG on white of at most 2 MB, named sku-view.jpg.",
    width=1600,
    height=1600,
    min_edge=800,
    good_edge=1600,
    format="JPEG",
    naming="slug",
    max_bytes=2 * MEGABYTE,
    sheets=(plain("temu"),),
    sources=(
        "Square, at least 800 px, 1600 px advised, JPG or PNG, at most 2 MB: second hand. A figure of 3 MB could not "
        "be confirmed.",
        "Whether the background must be white, pages disagree: white is safe.",
        "Menswear is said to be 1340 x 1785 px with 60 % product (second hand); a preset has one shape for all "
        "categories, so that is not applied.",
        "On pictures in a scene pages disagree, so there are none.",
    ),
)
