"""How delivered pictures are named for each marketplace, and in which order a product's views go. Pure."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

# What a shopper should see first; views that are not named here keep their order after these.
VIEW_ORDER = (
    "main", "hero", "front", "angle", "side", "left", "right", "back", "top", "bottom", "open", "inside", "outside",
    "closed", "detail", "closeup", "macro", "texture", "material", "label", "packaging", "box", "scale", "set",
    "group", "swatch", "model", "worn", "lifestyle", "scene", "alt",
)  # fmt: skip
_RANKS = {view: rank for rank, view in enumerate(VIEW_ORDER)}
# Endings that Shopify keeps for its own sizes.
RESERVED_ENDINGS = ("-thumb", "-small", "-medium", "-large", "-grande", "-compact", "-icon", "-pico", "-master")
LONGEST = 120


@dataclass(frozen=True)
class Subject:
    """What a picture's name may be made of; ``position`` counts the product's pictures from 0.

    ``word`` and ``letters`` are the SKU as file names bear it, ``asin`` and ``gtin`` the product's where it has one
    of its own, and the doubts why it has none.
    """

    word: str
    letters: str
    view: str
    position: int
    stem: str
    asin: str = ""
    gtin: str = ""
    asin_doubts: tuple[str, ...] = ()
    gtin_doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class PictureName:
    """A name without its suffix, and what the marketplace may object to in it."""

    stem: str
    notes: tuple[str, ...] = ()


def view_rank(view: str) -> tuple[int, str]:
    """A key that sorts a product's views into the order in which shoppers should see them; detail2 follows detail."""
    word = view.rstrip("0123456789").rstrip("-")
    return _RANKS.get(word, len(_RANKS)), f"{view[len(word) :].lstrip('-'):0>4}"


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and single hyphens; letters lose their accents, ß becomes ss."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    words = "".join(char if char.isalnum() else " " for char in plain).split()
    return "-".join(words)


def by_amazon(subject: Subject) -> PictureName:
    """Identifier and variant, as Amazon's bulk tool reads them: MAIN, then PT01 onwards."""
    variant = "MAIN" if subject.position == 0 else f"PT{subject.position:02d}"
    identifier, doubts = subject.asin or subject.gtin, (*subject.asin_doubts, *subject.gtin_doubts)
    if identifier:
        return PictureName(f"{identifier}.{variant}", doubts)
    note = "named by SKU, which Amazon's bulk upload does not take: add the product's ASIN or GTIN and export again"
    return PictureName(f"{subject.letters}.{variant}", (*doubts, note))


def by_gtin(subject: Subject) -> PictureName:
    """The GTIN in 14 digits, as Walmart advises; pictures after the main one have their number behind it, from 2."""
    number = f"_{subject.position + 1}" if subject.position else ""
    if subject.gtin:
        return PictureName(f"{subject.gtin:0>14}{number}")
    note = "named by SKU, where a GTIN is advised: add the product's GTIN and export again"
    return PictureName(by_slug(subject).stem, (*subject.gtin_doubts, note))


def by_slug(subject: Subject) -> PictureName:
    """SKU and view as a slug; an ending that Shopify keeps for itself gets a word behind it."""
    name = "-".join(filter(None, (subject.word[:LONGEST], slug(subject.view))))
    if name.endswith(RESERVED_ENDINGS):
        name += "-view"
    return PictureName(name)


def by_stem(subject: Subject) -> PictureName:
    """The photo's own name."""
    return PictureName(subject.stem)


NAMINGS: dict[str, Callable[[Subject], PictureName]] = {
    "amazon": by_amazon,
    "gtin": by_gtin,
    "slug": by_slug,
    "stem": by_stem,
}


def distinct(name: PictureName, taken: set[str]) -> PictureName:
    """The name, or the first free one with a number behind it; compared without case, as many systems do."""
    if name.stem.casefold() not in taken:
        return name
    number = 2
    while f"{name.stem}-{number}".casefold() in taken:
        number += 1
    note = f"{name.stem} was taken by another photo of this export, so a number was added"
    return PictureName(f"{name.stem}-{number}", (*name.notes, note))
