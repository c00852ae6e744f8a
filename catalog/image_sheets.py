"""The sheets that go with an export: which columns map files to products on each marketplace. Pure.

Links are file names, behind the address where the pictures will be published if that is known.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from catalog.picture_names import slug


@dataclass(frozen=True)
class Picture:
    """One delivered picture with its product, as sheets need it. ``position`` counts from 0 within the product."""

    file: str
    source: str
    sku: str
    view: str
    position: int
    alt_text: str
    width: int
    height: int
    title: str = ""
    description: str = ""
    brand: str = ""
    colour: str = ""
    material: str = ""
    category: str = ""
    gtin: str = ""
    asin: str = ""
    handle: str = ""
    folder: str = ""  # the public address of the marketplace's pictures, with a slash at its end

    @property
    def link(self) -> str:
        """Where the picture will be found: its address, or its name alone where nobody knows that."""
        return f"{self.folder}{quote(self.file)}" if self.folder else self.file

    @property
    def url_handle(self) -> str:
        """The product's handle in a shop: as given, or made from its title or SKU."""
        return self.handle or slug(self.title) or slug(self.sku)


# A column's value from the pictures of one product in order, or from a single picture in a list of its own.
Value = Callable[[Sequence[Picture]], str]


@dataclass(frozen=True)
class ImageSheet:
    """One CSV file: its name, its columns in order, and whether a row is a picture or a product with all of them."""

    name: str
    columns: tuple[tuple[str, Value], ...]
    a_row_is: str = "picture"

    def write(self, pictures: Sequence[Picture]) -> str:
        """The CSV text (RFC 4180) for pictures that are sorted by product and position."""
        handle = io.StringIO(newline="")
        writer = csv.writer(handle)
        writer.writerow([name for name, _ in self.columns])
        for group in self._rows(pictures):
            writer.writerow([value(group) for _, value in self.columns])
        return handle.getvalue()

    def _rows(self, pictures: Sequence[Picture]) -> list[list[Picture]]:
        if self.a_row_is == "picture":
            return [[picture] for picture in pictures]
        products: dict[str, list[Picture]] = {}
        for picture in pictures:
            products.setdefault(picture.sku, []).append(picture)
        return list(products.values())


def of(field: str) -> Value:
    """The field of the row's first picture."""
    return lambda pictures: str(getattr(pictures[0], field))


def position(pictures: Sequence[Picture]) -> str:
    """The picture's place within its product, counted from 1."""
    return str(pictures[0].position + 1)


def others(pictures: Sequence[Picture]) -> str:
    """The links after the first, separated by commas."""
    return ",".join(picture.link for picture in pictures[1:])


def nth(number: int) -> Value:
    """The link of the product's picture number ``number`` (0 is the main one), or nothing."""
    return lambda pictures: pictures[number].link if number < len(pictures) else ""


AMAZON = ImageSheet(
    "amazon.csv",
    (
        ("item_sku", of("sku")),
        ("asin", of("asin")),
        ("external_product_id", of("gtin")),
        ("item_name", of("title")),
        ("main_image_url", nth(0)),
        *((f"other_image_url{number}", nth(number)) for number in range(1, 9)),
    ),
    "product",
)
SHOPIFY = ImageSheet(
    "shopify.csv",
    (
        ("URL handle", of("url_handle")),
        ("Title", of("title")),
        ("SKU", of("sku")),
        ("Product image URL", of("link")),
        ("Image position", position),
        ("Image alt text", of("alt_text")),
    ),
)
SHOPIFY_OLD = ImageSheet(
    "shopify-old-columns.csv",
    (
        ("Handle", of("url_handle")),
        ("Title", of("title")),
        ("Variant SKU", of("sku")),
        ("Image Src", of("link")),
        ("Image Position", position),
        ("Image Alt Text", of("alt_text")),
    ),
)
GOOGLE = ImageSheet(
    "google.csv",
    (
        ("id", of("sku")),
        ("title", of("title")),
        ("description", of("description")),
        ("image_link", of("link")),
        ("additional_image_link", others),
        ("brand", of("brand")),
        ("gtin", of("gtin")),
        ("color", of("colour")),
        ("material", of("material")),
    ),
    "product",
)
CUTOUT = ImageSheet(
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
_PLAIN = (("sku", of("sku")), ("gtin", of("gtin")), ("view", of("view")), ("position", position), ("file", of("file")))
EBAY = ImageSheet("ebay.csv", (*_PLAIN, ("alt_text", of("alt_text"))))
ZALANDO = ImageSheet("zalando.csv", _PLAIN)
