"""How a sheet maps an export's files to products: its columns and rows; each marketplace brings its own. Pure.

Links are file names, behind the address where the pictures will be published if that is known.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Picture:
    """One delivered picture with its product, as sheets need it. ``position`` counts from 0 within the product.

    ``handle`` is the product's in a shop, given or made.
    """

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
    in_scene: bool = False  # a mock-up
    folder: str = ""  # the public address of the marketplace's pictures, with a slash at its end

    @property
    def link(self) -> str:
        """Where the picture will be found: its address, or its name alone where nobody knows that."""
        return f"{self.folder}{quote(self.file)}" if self.folder else self.file


# What a spreadsheet program would run as a formula when it opens a CSV.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


# A column's value from the pictures of one product in order, or from a single picture in a list of its own.
Value = Callable[[Sequence[Picture]], str]


@dataclass(frozen=True)
class ImageSheet:
    """One CSV file: its name, its columns in order, and whether a row is a picture or a product with all of them.

    Columns named in ``once`` are filled in the first row that the sheet has of a product, whichever picture that is.
    """

    name: str
    columns: tuple[tuple[str, Value], ...]
    a_row_is: str = "picture"
    once: frozenset[str] = frozenset()

    def write(self, pictures: Sequence[Picture]) -> str:
        """The CSV text (RFC 4180) for pictures that are sorted by product and position.

        A row of a product wants all its pictures: a marketplace that reads it forgets those that are missing.
        """
        handle = io.StringIO(newline="")
        writer = csv.writer(handle)
        writer.writerow([name for name, _ in self.columns])
        begun: set[str] = set()
        for group in self._rows(pictures):
            writer.writerow(self._cells(group, again=group[0].sku in begun))
            begun.add(group[0].sku)
        return handle.getvalue()

    def _cells(self, group: Sequence[Picture], again: bool) -> list[str]:
        return ["" if again and name in self.once else value(group) for name, value in self.columns]

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


def title(pictures: Sequence[Picture]) -> str:
    """The product's title, or its SKU: no shop takes a product without one."""
    return pictures[0].title or pictures[0].sku


def others(pictures: Sequence[Picture]) -> str:
    """The links of all but the main picture, separated by commas."""
    return ",".join(picture.link for picture in pictures if picture.position)


def others_plain(pictures: Sequence[Picture]) -> str:
    """The links of all but the main picture that show the product alone, separated by commas."""
    return ",".join(picture.link for picture in pictures if picture.position and not picture.in_scene)


def lifestyle(pictures: Sequence[Picture]) -> str:
    """The link of the first picture that shows the product in a scene, or nothing."""
    return next((picture.link for picture in pictures if picture.in_scene), "")


def all_links(pictures: Sequence[Picture]) -> str:
    """The links of all pictures in order, separated by commas; none without the main one, whose place another takes."""
    main = any(picture.position == 0 for picture in pictures)
    return ",".join(picture.link for picture in pictures) if main else ""


def nth(number: int) -> Value:
    """The link of the product's picture in place ``number`` (0 is the main one), or nothing."""
    return lambda pictures: next((picture.link for picture in pictures if picture.position == number), "")


PLAIN = (("sku", of("sku")), ("gtin", of("gtin")), ("view", of("view")), ("position", position), ("file", of("file")))


def plain(slug: str) -> ImageSheet:
    """What is known of each picture, for a marketplace whose own template is not."""
    return ImageSheet(f"{slug}.csv", (*PLAIN, ("alt_text", of("alt_text"))))
