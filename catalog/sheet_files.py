"""CSV and XLSX files as plain rows of text, whatever their dialect and encoding; anything else is refused."""

import csv
import datetime
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import PurePosixPath
from typing import Any

import python_calamine

from catalog.findings import Finding

MAX_BYTES = 50_000_000
MAX_UNPACKED = 400_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 500
MAX_CELL = 50_000
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = ",;\t|"
TEXT_SUFFIXES, WORKBOOK_SUFFIXES = (".csv", ".tsv", ".txt"), (".xlsx", ".xlsm", ".xls", ".ods")
SUFFIXES = (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES)
# How a ZIP, as modern workbooks are one, and an older workbook begin.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class SheetRefused(Exception):
    """The file as a whole is no sheet that can be taken."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True)
class Table:
    """The headings, the rows under them with their numbers as a spreadsheet program shows them, and notes."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[Finding, ...] = ()


def load(data: bytes) -> Table:
    """Read a sheet by its content, not its name. The first row that is not blank holds the headings.

    Raises SheetRefused.
    """
    if not data.strip():
        raise _refused("it is empty", "a sheet with a row of headings")
    if len(data) > MAX_BYTES:
        raise _too_large(f"{len(data) / 1e6:.0f} MB", f"at most {MAX_BYTES / 1e6:.0f} MB")
    if data.startswith(_WORKBOOKS):
        return _table(_workbook_rows(data), ())
    text, notes = _decode(data)
    if text.lstrip().startswith("<"):
        raise _refused("it is a web page or XML", "CSV or XLSX")
    return _table(_text_rows(text), notes)


def name_notes(name: str, data: bytes) -> tuple[Finding, ...]:
    """A note where the name of a sheet says another kind of file than it is; `load` goes by the content."""
    suffix = PurePosixPath(name.lower()).suffix
    if suffix in WORKBOOK_SUFFIXES and not data.startswith(_WORKBOOKS):
        action = "Read as CSV; look whether its columns are right."
        return (Finding("mislabelled", f"text named {suffix}", "", action, refuses=False),)
    if suffix in TEXT_SUFFIXES and data.startswith(_WORKBOOKS):
        return (Finding("mislabelled", f"a workbook named {suffix}", "", "Read as a workbook.", refuses=False),)
    return ()


def looks_like_sheet(name: str) -> bool:
    """Whether a file name is that of a sheet."""
    return name.lower().endswith(SUFFIXES)


def _decode(data: bytes) -> tuple[str, tuple[Finding, ...]]:
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if data.count(b"\0"):
            raise _refused("it is not text", "CSV or XLSX") from None
        text = data.decode("cp1252", "replace")
        note = Finding("encoding", "not UTF-8", "", "Read as Windows-1252; look at the accents.", refuses=False)
        return text, (note,)
    if "\0" in text:
        raise _refused("it is not text", "CSV or XLSX")
    return text, ()


def _text_rows(text: str) -> Iterator[Sequence[Any]]:
    first, _, rest = text.lstrip("\r\n").partition("\n")
    delimiter = max(_DELIMITERS, key=first.count)
    if first.lower().startswith("sep=") and len(first.rstrip("\r")) == 5:
        # Spreadsheet programs take this line for themselves: the headings are row 1 in them.
        delimiter, text = first[4], rest
    previous = csv.field_size_limit(MAX_CELL)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise _refused(f"it can't be read as CSV ({error})", "CSV or XLSX") from error
    finally:
        csv.field_size_limit(previous)


def _workbook_rows(data: bytes) -> Iterator[Sequence[Any]]:
    _refuse_bomb(data)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        rows = workbook.get_sheet_by_index(0).iter_rows()
    # The reader is written in Rust and raises its own kinds of error, a panic among them.
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        reason = str(error).splitlines()[0][:120] if str(error) else "damaged"
        raise _refused(f"it can't be read as a workbook ({reason})", "CSV or XLSX") from error
    yield from rows


def _refuse_bomb(data: bytes) -> None:
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _refused(f"it is damaged ({error})", "CSV or XLSX") from error
    if unpacked > MAX_UNPACKED:
        raise _too_large(f"{unpacked / 1e6:.0f} MB when unpacked", f"at most {MAX_UNPACKED / 1e6:.0f} MB")


def _table(source: Iterator[Sequence[Any]], notes: tuple[Finding, ...]) -> Table:
    headings: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = []
    for number, cells in enumerate(source, start=1):
        if len(rows) >= MAX_ROWS:
            raise _too_large(f"more than {MAX_ROWS} rows", f"at most {MAX_ROWS} rows")
        texts = tuple(cell_text(cell) for cell in cells)
        if not any(texts):
            continue
        if headings:
            rows.append((number, texts))
        else:
            headings = _unique(texts)
    if len(headings) > MAX_COLUMNS or len(headings) < 1:
        raise _refused(f"it has {len(headings)} columns", f"1 to {MAX_COLUMNS} columns with headings")
    if any(len(heading) > 200 or "\n" in heading for heading in headings):
        raise _refused("its first row holds no headings", "a row of headings, then one row a product")
    return Table(headings, tuple(rows), notes)


def cell_text(cell: Any) -> str:
    """A cell as text: whole numbers without ".0", dates by ISO 8601, blanks around it removed."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime | datetime.date):
        return cell.isoformat()
    return "" if cell is None else str(cell).strip()


def _unique(headings: Sequence[str]) -> tuple[str, ...]:
    """Headings made different from each other: a second "Name" becomes "Name (2)", a blank one "Column 3"."""
    result: list[str] = []
    for index, heading in enumerate(headings, start=1):
        name = heading.removeprefix("\ufeff").strip() or f"Column {index}"
        numbered = (f"{name} ({number})" for number in count(2))
        result.append(next(one for one in chain((name,), numbered) if one not in result))
    return tuple(result)


def _refused(measured: str, wanted: str) -> SheetRefused:
    return SheetRefused(Finding("sheet_unreadable", measured, wanted, "Export the sheet again as CSV (UTF-8) or XLSX."))


def _too_large(measured: str, wanted: str) -> SheetRefused:
    return SheetRefused(Finding("sheet_too_large", measured, wanted, "Split it into several sheets."))
