"""Product sheets: rows become products by their columns, and every row that is not taken says why."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from catalog.columns import LABELS, LONGEST, plain, suggest
from catalog.findings import Finding
from catalog.product_names import WANTED_ASIN, WANTED_GTIN, is_asin, is_gtin
from catalog.sheet_files import SheetRefused, Table, load
from catalog.sizes import WANTED_SIZE, is_size

__all__ = ["ProductRow", "RowRefusal", "SheetReading", "SheetRefused", "interpret", "read"]

_SEPARATORS = re.compile(r"[|;,\n]")
# What tells an identifier from what a spreadsheet program made of it, or a length from a word, and what is wanted.
IDENTIFIERS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "gtin": (is_gtin, WANTED_GTIN),
    "asin": (is_asin, WANTED_ASIN),
    "height": (is_size, WANTED_SIZE),
    "width": (is_size, WANTED_SIZE),
}
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(#\d+|\w+);")
# A variant's row in Shopify's and Vendure's sheets leaves these to the product's first row.
_INHERITED = ("title", "description", "category", "brand", "handle", "material")


@dataclass(frozen=True)
class ProductRow:
    """One product: its row in the sheet, SKU, other fields (only those with a value), and its file names."""

    row: int
    sku: str
    values: Mapping[str, str]
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowRefusal:
    """A row that was not taken: its number as the sheet's program shows it, and why."""

    row: int
    sku: str
    finding: Finding


@dataclass(frozen=True)
class SheetReading:
    """What a sheet says. Without a column for the SKU, `mapping` lacks "sku" and there are no products."""

    columns: tuple[str, ...]
    mapping: Mapping[str, str]
    products: tuple[ProductRow, ...]
    refusals: tuple[RowRefusal, ...]
    notes: tuple[Finding, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()

    @property
    def needs_mapping(self) -> bool:
        """Whether somebody must say which column holds the SKU."""
        return "sku" not in self.mapping


def read(data: bytes, mapping: Mapping[str, str] | None = None) -> SheetReading:
    """Read a CSV or XLSX file. `mapping` is field to heading; without it the headings' usual meanings count.

    Raises SheetRefused when the file as a whole is no sheet that can be taken.
    """
    return interpret(load(data), mapping)


def interpret(table: Table, mapping: Mapping[str, str] | None = None) -> SheetReading:
    """Products and refusals of a table. Headings in `mapping` that the table lacks are left out."""
    chosen = suggest(table.headings) if mapping is None else mapping
    known = {field: heading for field, heading in chosen.items() if heading in table.headings and field in LONGEST}
    sample = tuple(cells for _, cells in table.rows[:5])
    if "sku" not in known:
        return SheetReading(table.headings, known, (), (), table.notes, sample)
    rows = _Rows(table, known)
    for number, cells in table.rows:
        rows.take(number, cells)
    products = tuple(rows.products[sku].as_row() for sku in rows.products)
    notes = (*table.notes, *(_no_identifiers(field, found) for field, found in rows.no_identifiers.items()))
    return SheetReading(table.headings, known, products, tuple(rows.refusals), notes, sample)


@dataclass
class _Draft:
    row: int
    sku: str
    values: dict[str, str]
    images: list[str] = field(default_factory=list)

    def as_row(self) -> ProductRow:
        return ProductRow(self.row, self.sku, self.values, tuple(dict.fromkeys(self.images)))


class _Rows:
    """Takes a table's rows one by one; variants lean on the row above them."""

    def __init__(self, table: Table, mapping: Mapping[str, str]) -> None:
        self.places = {field: table.headings.index(heading) for field, heading in mapping.items()}
        self.width = len(table.headings)
        words = {plain(heading) for heading in table.headings}
        # Both systems write one row a variant, and later rows leave the product's own columns blank.
        self.variants = "optionvalues" in words or {"handle", "variantsku"} <= words
        self.products: dict[str, _Draft] = {}
        self.refusals: list[RowRefusal] = []
        self.no_identifiers: dict[str, list[tuple[int, str]]] = {}
        self.above: _Draft | None = None

    def take(self, number: int, cells: tuple[str, ...]) -> None:
        values = {field: cells[place] for field, place in self.places.items() if place < len(cells) and cells[place]}
        sku = values.pop("sku", "")
        images = file_names(values.pop("images", ""))
        if self._continues(sku, values) and self.above:
            self.above.images.extend(images)
            return
        if finding := self._fault(sku, values, cells):
            self.refusals.append(RowRefusal(number, sku[:80], finding))
            return
        draft = _Draft(number, sku, self._completed(values), images)
        draft.values = {field: cleaned(field, value) for field, value in draft.values.items()}
        for name, (is_one, _) in IDENTIFIERS.items():
            if (value := draft.values.get(name)) and not is_one(value):
                self.no_identifiers.setdefault(name, []).append((number, draft.values.pop(name)))
        self.products[sku] = self.above = draft

    def _continues(self, sku: str, values: Mapping[str, str]) -> bool:
        """A row that only adds a picture or an option to the product above it."""
        return self.variants and not sku and self._same_product(values)

    def _same_product(self, values: Mapping[str, str]) -> bool:
        if self.above is None or values.get("title"):
            return False
        return values.get("handle", "") in ("", self.above.values.get("handle", ""))

    def _completed(self, values: dict[str, str]) -> dict[str, str]:
        if not (self.variants and self.above and self._same_product(values)):
            return values
        return {field: self.above.values[field] for field in _INHERITED if field in self.above.values} | values

    def _fault(self, sku: str, values: Mapping[str, str], cells: tuple[str, ...]) -> Finding | None:
        if not sku:
            return Finding("row_without_sku", "no SKU", "a SKU in every row", "Fill in the SKU, or delete the row.")
        if len(cells) > self.width and any(cells[self.width :]):
            measured = f"{len(cells)} cells under {self.width} headings"
            return Finding("row_shifted", measured, "one cell a heading", "Put texts with separators in quotes.")
        if formula := next((value for value in (sku, *values.values()) if value.startswith("=")), ""):
            return Finding("row_formula", formula[:80], "a plain value", "Paste the cell's value instead.")
        if sku in self.products:
            measured = f"{sku} stands in row {self.products[sku].row} already"
            return Finding("row_repeated", measured[:200], "one row a SKU", "Merge or delete one of the rows.")
        return _length_fault({"sku": sku, **values})


def _no_identifiers(field: str, found: Sequence[tuple[int, str]]) -> Finding:
    """One note for all values of a column that are no identifiers: what a spreadsheet made of them, mostly."""
    label, (row, value) = LABELS[field], found[0]
    others = f" and {len(found) - 1} more" if len(found) > 1 else ""
    measured = f"{label} {value[:40]} in row {row}{others}"
    action = f"Taken without {label}. Format its column as text, and import the sheet again."
    return Finding("identifier", measured, IDENTIFIERS[field][1], action, refuses=False)


def _length_fault(values: Mapping[str, str]) -> Finding | None:
    for name, value in values.items():
        value = cleaned(name, value)
        if len(value) > LONGEST[name] and name not in IDENTIFIERS:
            label = LABELS.get(name, name.capitalize())
            wanted = f"at most {LONGEST[name]} characters"
            return Finding("row_too_long", f"{label} of {len(value)} characters", wanted, "Shorten it.")
    return None


def cleaned(name: str, value: str) -> str:
    """A value as we keep it: the category out of a path or of Vendure's facets, a GTIN or ASIN without
    blanks and hyphens, a description without its markup."""
    if name == "category":
        facets = [part.partition(":")[2] for part in value.split("|") if part.startswith("category:")]
        return (facets[-1] if facets else re.split(r"[|,]", value)[0]).strip()
    if name in IDENTIFIERS and IDENTIFIERS[name][0] is is_size:
        return " ".join(value.split())
    if name in IDENTIFIERS:
        return re.sub(r"[\s'-]", "", value).upper()
    if name == "description":
        return plain_text(value)
    return value


def plain_text(value: str) -> str:
    """A description without its markup, as shop systems export it: blocks and line breaks end a line."""
    if not _MARKUP.search(value):
        return value
    broken = re.sub(r"(?i)<br\s*/?>|</(p|div|li|h[1-6]|tr)>", "\n", value)
    lines = (" ".join(line.split()) for line in unescape(re.sub(r"(?s)<!--.*?-->|<[^<>]*>", " ", broken)).splitlines())
    return "\n".join(line for line in lines if line)


def file_names(value: str) -> list[str]:
    """The file names in a cell of names, paths or addresses, separated by | ; , or line breaks."""
    names = (PurePosixPath(unquote(urlsplit(part.strip()).path)).name for part in _SEPARATORS.split(value))
    return [name for name in names if name]
