"""What an inspection found: a code, what was measured, what is wanted, and what a person can do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

TITLES: Mapping[str, str] = {
    "empty": "Empty file",
    "too_many_bytes": "File too large",
    "format": "Not an accepted format",
    "mislabelled": "Name says another format",
    "unreadable": "Damaged or truncated",
    "too_many_pixels": "Too many pixels",
    "too_small": "Too small",
    "animated": "Animated",
    "cmyk": "CMYK colours",
    "cmyk_without_profile": "CMYK without a profile",
    "wide_gamut": "Wide-gamut colours",
    "broken_profile": "Broken colour profile",
    "other_profile": "Other colour profile",
    "bit_depth": "More than 8 bits",
    "orientation": "Turned by its orientation tag",
    "damaged_exif": "Damaged EXIF data",
    "name": "Name gives no SKU",
    "unknown_product": "Unknown product",
    "missing_fields": "Product data missing",
    "duplicate": "Duplicate",
    "system_file": "System file",
    "no_file": "Not a file",
    "no_access": "Cannot be opened",
    "archive_unreadable": "Archive cannot be read",
    "archive_too_large": "Archive too large",
    "archive_bomb": "Archive bomb",
    "archive_nested": "Archive inside an archive",
    "archive_path": "Unsafe path in archive",
    "archive_link": "Link in archive",
    "archive_encrypted": "Encrypted archive entry",
    "archive_repeated": "Name appears twice in archive",
    "archive_damaged": "Damaged archive entry",
    "sheet_unreadable": "Sheet cannot be read",
    "sheet_too_large": "Sheet too large",
    "sheet_without_sku": "No SKU column",
    "row_without_sku": "Row without SKU",
    "row_repeated": "SKU appears twice",
    "row_formula": "Formula instead of a value",
    "row_too_long": "Value too long",
    "row_shifted": "More cells than headings",
    "identifier": "Not an identifier",
    "encoding": "Unusual text encoding",
}


@dataclass(frozen=True)
class Finding:
    """One thing found in what came in.

    `code` is a key of `TITLES`; the other three are plain sentences or values, ready for a page and a CSV.
    A finding that does not refuse is a note: the file is taken, and the page says what was done to it.
    """

    code: str
    measured: str
    wanted: str
    action: str
    refuses: bool = True

    def __post_init__(self) -> None:
        if self.code not in TITLES:
            raise ValueError(f"unknown finding code {self.code!r}: add it to catalog.findings.TITLES")

    @property
    def title(self) -> str:
        """The code in words, short enough for a table."""
        return TITLES[self.code]

    @property
    def message(self) -> str:
        """One line: what was measured, what is wanted, what to do."""
        wanted = f" (wanted: {self.wanted})" if self.wanted else ""
        return f"{self.title}: {self.measured}{wanted}. {self.action}".strip()

    def as_dict(self) -> dict[str, str | bool]:
        """The fields, for JSON."""
        return asdict(self)


def refusals(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that refuse the file, in their order."""
    return tuple(finding for finding in findings if finding.refuses)
