"""What Etsy asks of a picture, and the sheet that goes with it."""

from catalog.image_sheets import plain
from catalog.marketplaces.contract import MEGABYTE, Preset

PRESET = Preset(
    slug="etsy",
    label="Etsy",
    description="2000 px square JPEG on white, with room for thumbnails of 4 to 3, named sku-view.jpg.",
    width=2000,
    height=2000,
    min_edge=635,
    good_edge=2000,
    fill=0.74,
    format="JPEG",
    naming="slug",
    max_bytes=10 * MEGABYTE,
    most_pictures=10,
    alt_limit=250,
    sheets=(plain("etsy"),),
    scenes="no",
    sources=(
        "2000 px of the shortest side in several guides, of the longest in one: a square has both. The first picture "
        "is taken from 635 px. All second hand; Etsy's own page was not found.",
        "4 to 3 is called ideal and 1 to 1 fine; thumbnails are 4 to 3, 5 to 4 or square (second hand). So the product "
        "takes 74 %, ours, and no thumbnail cuts it.",
        "10 or 20 MB, 10 or 20 pictures, alt texts of 250 or 500 characters: second hand, the safer figures.",
        "The item itself, and mock-ups only of digital items: Etsy's own policy. On shadows nothing was found, so "
        "there are none.",
        "Mock-ups never go there: they are allowed of digital items alone, and Loupe can't tell those.",
    ),
)
