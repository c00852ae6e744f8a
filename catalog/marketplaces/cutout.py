"""The cut-out itself, for whatever comes next: no marketplace asks for it."""

from catalog.image_sheets import ImageSheet, of
from catalog.marketplaces.contract import MEGABYTE, Preset

SHEET = ImageSheet(
    "cutout.csv",
    (
        ("file", of("file")),
        ("sku", of("sku")),
        ("view", of("view")),
        ("source", of("source")),
        ("width", of("width")),
        ("height", of("height")),
        ("alt_text", of("alt_text")),
    ),
)

PRESET = Preset(
    slug="cutout",
    label="Cut-out",
    description="PNG at the photo's full resolution with its transparency, named like the photo.",
    width=0,
    height=0,
    min_edge=1,
    max_edge=65_500,
    format="PNG",
    naming="stem",
    background=None,
    max_bytes=2_000 * MEGABYTE,
    sheets=(SHEET,),
    scenes="no",
    sources=(
        "Loupe's own: the picture as it was cut out, for whatever comes next.",
        "No mock-ups: it is the cut-out.",
    ),
)
