"""What products are called where a name must be theirs alone: identifiers, words for file names, handles. Pure."""

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from catalog.picture_names import slug

GTIN_DIGITS = frozenset({8, 12, 13, 14})
WANTED_GTIN, WANTED_ASIN = "8, 12, 13 or 14 digits, the last of them the check digit", "10 capital letters and digits"


class Known(NamedTuple):
    """What tells a product from others."""

    sku: str
    title: str = ""
    asin: str = ""
    gtin: str = ""
    handle: str = ""


class Own(NamedTuple):
    """The identifiers that are a product's alone; ``doubts`` tell of those that are not."""

    asin: str
    gtin: str
    doubts: tuple[str, ...]


def is_gtin(text: str) -> bool:
    """Whether it is a GTIN-8, -12, -13 or -14 (GS1 General Specifications, 7.9: weights 3 and 1 from the right)."""
    if len(text) not in GTIN_DIGITS or not (text.isascii() and text.isdecimal()):
        return False
    body, check = text[:-1], int(text[-1])
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(body)))
    return (10 - total % 10) % 10 == check


def is_asin(text: str) -> bool:
    """Whether it looks like one of Amazon's item numbers."""
    return re.fullmatch(r"[A-Z0-9]{10}", text) is not None


def plain(text: str) -> str:
    """The ASCII letters and digits alone."""
    return "".join(char for char in text if char.isascii() and char.isalnum())


class ProductNames:
    """The products of one catalog, asked for the names of one: the same ones whichever others go along."""

    def __init__(self, products: Iterable[Known]) -> None:
        known = list(products)
        self._words = _holders(known, lambda product: slug(product.sku))
        self._plain = _holders(known, lambda product: plain(product.sku).casefold())
        self._asins = _holders(known, lambda product: product.asin)
        self._gtins = _holders(known, lambda product: product.gtin)
        self._handles = _holders(known, lambda product: product.handle or slug(product.title))

    def word(self, sku: str) -> str:
        """The SKU for file names and addresses: a slug, with a mark behind it where another SKU makes the same."""
        return self._marked(slug(sku), sku, self._words, "-")

    def letters(self, sku: str) -> str:
        """The SKU's letters and digits, marked likewise."""
        letters = plain(sku)
        return self._marked(letters, sku, self._plain, "", letters.casefold())

    def own(self, product: Known) -> Own:
        """The product's ASIN and GTIN, as far as they are one and nobody else's, and why one of them is not."""
        asin, asin_doubt = _own("ASIN", product.asin, is_asin, self._asins, product.sku)
        gtin, gtin_doubt = _own("GTIN", product.gtin, is_gtin, self._gtins, product.sku)
        return Own(asin, gtin, (*asin_doubt, *gtin_doubt))

    def handle(self, product: Known) -> str:
        """The product's handle in a shop: as given, or made of its title, and of its SKU where others have that too."""
        if product.handle:
            return product.handle
        made = slug(product.title)
        if made and not self._handles.get(made, set()) - {product.sku}:
            return made
        return f"{made}-{self.word(product.sku)}".lstrip("-")

    @staticmethod
    def _marked(made: str, sku: str, holders: dict[str, set[str]], join: str, key: str = "") -> str:
        if made and not holders.get(key or made, set()) - {sku}:
            return made
        return f"{made or 'sku'}{join}{hashlib.sha256(sku.encode()).hexdigest()[:6]}"


def _own(
    word: str, value: str, is_one: Callable[[str], bool], holders: dict[str, set[str]], sku: str
) -> tuple[str, tuple[str, ...]]:
    """The identifier if it is one and nobody else's, or "" and why not."""
    if value and not is_one(value):
        return "", (f"its {word} {value} is none",)
    if others := sorted(holders.get(value, set()) - {sku}):
        return "", (f"its {word} {value} is that of {others[0]}, too",)
    return value, ()


def _holders(products: Iterable[Known], of: Callable[[Known], str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for product in products:
        if value := of(product):
            found.setdefault(value, set()).add(product.sku)
    return found
