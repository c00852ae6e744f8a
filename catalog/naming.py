"""File names: which product and which view a name stands for, read with a plain template and never a regex."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

FIELDS = ("sku", "view", "any")
DEFAULT_PATTERN = "{sku}_{view}"
DEFAULT_VIEWS = (
    "front", "back", "left", "right", "side", "top", "bottom", "inside", "outside", "open", "closed", "angle",
    "detail", "closeup", "macro", "label", "packaging", "box", "scale", "swatch", "texture", "material",
    "model", "worn", "lifestyle", "scene", "group", "set", "main", "hero", "alt",
)  # fmt: skip
LONGEST_NAME = 255
LONGEST_SUFFIX = 5
_SKU_MARKS = frozenset("-._+#~&")


@dataclass(frozen=True)
class NameParts:
    """The product and the view that a file name stands for; `view` is lower case, "front" if the pattern has none."""

    sku: str
    view: str


class InvalidPattern(ValueError):
    """A name pattern that cannot be read; the message says what to change."""


def split_pattern(pattern: str) -> list[str]:
    """Cut a pattern into literal, field, literal, field, ..., literal (odd length, literals may be empty at the ends).

    Raises InvalidPattern when a brace is unpaired, a field unknown or repeated, {sku} missing, or when two fields
    touch each other, since then nothing would say where the first one ends.
    """
    pieces = [part for chunk in pattern.split("{") for part in chunk.split("}")]
    if pattern.count("{") != pattern.count("}") or len(pieces) != 2 * pattern.count("{") + 1:
        raise InvalidPattern("every { needs its }, as in {sku}_{view}")
    fields, gaps = pieces[1::2], pieces[2:-1:2]
    unknown = [field for field in fields if field not in FIELDS]
    if unknown:
        raise InvalidPattern(f"{{{unknown[0]}}} is not a field; use {{sku}}, {{view}} or {{any}}")
    if fields.count("sku") != 1 or fields.count("view") > 1:
        raise InvalidPattern("use {sku} once, and {view} at most once")
    if "" in gaps:
        raise InvalidPattern("put at least one character, such as _, between two fields")
    if "/" in pattern or "\\" in pattern:
        raise InvalidPattern("the pattern describes the file's name alone, without folders")
    return pieces


def stem_of(filename: str) -> str:
    """The name without folders and suffix, in Unicode's composed form ("é" is one character)."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    suffix = PurePosixPath(name).suffix
    if suffix[1:].isalnum() and len(suffix) <= LONGEST_SUFFIX + 1:
        name = name[: -len(suffix)]
    return unicodedata.normalize("NFC", name)


def match_fields(stem: str, pieces: Sequence[str]) -> dict[str, str] | None:
    """The fields' values, found from the right: the first field takes what is left, so a SKU may hold the separator.

    Linear in the length of the name. `pieces` come from `split_pattern`. None where the name does not fit.
    """
    prefix, suffix = pieces[0], pieces[-1]
    if not (stem.startswith(prefix) and stem.endswith(suffix) and len(stem) > len(prefix) + len(suffix)):
        return None
    rest = stem[len(prefix) : len(stem) - len(suffix)]
    values: dict[str, str] = {}
    for index in range(len(pieces) - 2, 1, -2):
        rest, gap, values[pieces[index]] = rest.rpartition(pieces[index - 1])
        if not gap:
            return None
    return values | {pieces[1]: rest}


def is_sku(text: str) -> bool:
    """Letters, digits and - . _ + # ~ & only: no blanks, brackets or slashes."""
    return bool(text) and all(char.isalnum() or char in _SKU_MARKS for char in text)


def is_view(text: str, views: Sequence[str]) -> bool:
    """A known view, with or without a number after it (detail, detail2, detail-02), or one or two digits."""
    if text.isdecimal():
        return len(text) <= 2
    return text.rstrip("0123456789").rstrip("-") in views


def parse_name(filename: str, pattern: str = DEFAULT_PATTERN, views: Sequence[str] = DEFAULT_VIEWS) -> NameParts | None:
    """Read the SKU and the view out of a file name; None if it does not follow the pattern.

    Example: "PRD-0001_front.jpg" with "{sku}_{view}" gives PRD-0001 and front. Raises InvalidPattern.
    """
    stem = stem_of(filename)
    values = match_fields(stem, split_pattern(pattern)) if len(stem) <= LONGEST_NAME else None
    if values is None or not is_sku(values["sku"]):
        return None
    view = values.get("view", "front").lower()
    return NameParts(values["sku"], view) if is_view(view, views) else None
