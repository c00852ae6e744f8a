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
    """The identifiers that are a product's alone; the doubts tell why one of them is not."""

    asin: str
    gtin: str
    asin_doubts: tuple[str, ...] = ()
    gtin_doubts: tuple[str, ...] = ()


def is_gtin(text: str) -> bool:
    """Whether it is a GTIN-8, -12, -13 or -14 (GS1 General Specifications, 7.9: weights 3 and 1 from the right)."""
    if len(text) not in GTIN_DIGITS or not (text.isascii() and text.isdecimal()):
        return False
    body, check = text[:-1], int(text[-1])
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(body)))
    return (10 - total % 10) % 10 == check


def gtin14(text: str) -> str:
    """A GTIN as 14 digits, filled up with zeros from the left, which keeps its meaning; other texts as they are."""
    return text.zfill(14) if is_gtin(text) else text


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
        self._gtins = _holders(known, lambda product: gtin14(product.gtin))
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
        asin_others = _others(self._asins, product.asin, product.sku)
        gtin_others = _others(self._gtins, gtin14(product.gtin), product.sku)
        asin, asin_doubts = _own("ASIN", product.asin, is_asin, asin_others)
        gtin, gtin_doubts = _own("GTIN", product.gtin, is_gtin, gtin_others)
        return Own(asin, gtin, asin_doubts, gtin_doubts)

    def handle(self, product: Known) -> str:
        """The product's handle in a shop: as given, or made of its title, and of its SKU where others have that too."""
        if product.handle:
            return product.handle
        made = slug(product.title)
        if made and not _others(self._handles, made, product.sku):
            return made
        return f"{made}-{self.word(product.sku)}".lstrip("-")

    @staticmethod
    def _marked(made: str, sku: str, holders: dict[str, set[str]], join: str, key: str = "") -> str:
        if made and not _others(holders, key or made, sku):
            return made
        return f"{made or 'sku'}{join}{hashlib.sha256(sku.encode()).hexdigest()[:6]}"


def _others(holders: dict[str, set[str]], value: str, sku: str) -> set[str]:
    """The SKUs of other products with that value."""
    return holders.get(value, set()) - {sku}


def _own(word: str, value: str, is_one: Callable[[str], bool], others: set[str]) -> tuple[str, tuple[str, ...]]:
    """The identifier if it is one and nobody else's, or "" and why not."""
    if value and not is_one(value):
        return "", (f"its {word} {value} is none",)
    if others:
        return "", (f"its {word} {value} is that of {min(others)}, too",)
    return value, ()


def _holders(products: Iterable[Known], of: Callable[[Known], str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for product in products:
        if value := of(product):
            found.setdefault(value, set()).add(product.sku)
    return found
