"""What a WooCommerce shop takes, and the sheet for its product importer."""

from catalog.image_sheets import ImageSheet, all_links, of, title
from catalog.marketplaces.contract import Preset

# Without Type and Published the importer leaves both as they are in the shop; a new product is a simple one.
# An empty cell in Images leaves the shop's pictures alone.
SHEET = ImageSheet(
    "woocommerce.csv",
    (("SKU", of("sku")), ("Name", title), ("Images", all_links)),
    "product",
)

PRESET = Preset(
    slug="woocommerce",
    label="WooCommerce",
    description="2048 px square JPEG on white, named sku-view.jpg, with a sheet for the product importer.",
    width=2048,
    height=2048,
    min_edge=800,
    fill=0.9,
    format="JPEG",
    naming="slug",
    shadow="own",
    sheets=(SHEET,),
    scenes="yes",
    sources=(
        "It asks nothing of pictures: 2048 px, 800 px at least and 10 MB are ours, the sizes as for Shopify.",
        "SKU, Name, and all of a product's pictures in Images, separated by commas: its wiki on the product importer. "
        "That leaves out what a sheet does not name: the importer's own code. There is no column for alt texts.",
        "Background and shadows are the shop's own choice, so a photo keeps the shadow that it was given.",
        "What a picture shows is the shop's own choice, so mock-ups go along.",
    ),
)
