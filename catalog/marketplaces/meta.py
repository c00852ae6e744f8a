"""What Meta asks of a picture for shops on Facebook and Instagram, and the sheet that goes with it."""

from catalog.image_sheets import ImageSheet, nth, of, others
from catalog.marketplaces.contract import MEGABYTE, Preset

SHEET = ImageSheet(
    "meta.csv",
    (
        ("id", of("sku")),
        ("title", of("title")),
        ("description", of("description")),
        ("image_link", nth(0)),
        ("additional_image_link", others),
        ("brand", of("brand")),
    ),
    "product",
)

PRESET = Preset(
    slug="meta",
    label="Meta (Instagram)",
    description="1080 px square JPEG on white for shops on Facebook and Instagram, with a feed of image links.",
    width=1080,
    height=1080,
    min_edge=500,
    good_edge=1024,
    format="JPEG",
    naming="slug",
    max_bytes=8 * MEGABYTE,
    most_pictures=20,
    sheets=(SHEET,),
    scenes="yes",
    sources=(
        "Square; at least 500 px, at least 1024 px, or tiles of 1080 px, as Meta's help pages differ: 1080 px keeps to "
        "all, and below 1024 px there is a note. 8 MB and 20 pictures. All second hand.",
        "White or a real scene, without watermark, border or text: second hand. On shadows nothing was found, so there "
        "are none.",
        "A picture is fetched anew when its address changes, and addresses must bear no time: its own developer page.",
        "White or real life, by a copy of Meta's own page, so mock-ups go along.",
    ),
)
