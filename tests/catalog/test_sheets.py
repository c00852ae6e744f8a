"""Product sheets in every dialect, and what is refused of them."""

import io
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from catalog import sheet_files
from catalog.columns import HEADINGS, LONGEST, suggest
from catalog.sheets import SheetRefused, plain_text, read


def workbook(*rows: tuple[Any, ...]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def refused(data: bytes) -> dict[int, str]:
    return {refusal.row: refusal.finding.code for refusal in read(data).refusals}


PLAIN = "sku,title,category\nMUG-1,Mug,homeware\nMUG-2,Becher für Öl,homeware\n"


@pytest.mark.parametrize(
    ("data", "notes"),
    [
        (PLAIN.encode(), []),
        (PLAIN.encode("utf-8-sig"), []),
        (PLAIN.encode("utf-16"), []),
        (PLAIN.encode("latin-1"), ["encoding"]),
        (PLAIN.replace(",", ";").encode(), []),
        (PLAIN.replace(",", "\t").encode(), []),
        (PLAIN.replace(",", "|").encode(), []),
        (("sep=;\n" + PLAIN.replace(",", ";")).encode(), []),
        (PLAIN.replace("\n", "\r\n").encode(), []),
        (PLAIN.replace("sku,title,category", '"Artikelnummer","Bezeichnung","Warengruppe"').encode(), []),
        (("\n\n" + PLAIN).encode(), []),
        (workbook(("SKU", "Name", "Type"), ("MUG-1", "Mug", "homeware"), ("MUG-2", "Becher für Öl", "homeware")), []),
    ],
)
def test_every_dialect_gives_the_same_products(data: bytes, notes: list[str]) -> None:
    reading = read(data)
    assert [(p.sku, p.values["title"], p.values["category"]) for p in reading.products] == [
        ("MUG-1", "Mug", "homeware"),
        ("MUG-2", "Becher für Öl", "homeware"),
    ]
    assert [note.code for note in reading.notes] == notes and not reading.refusals


def test_numbers_of_a_workbook_are_numbers_as_people_write_them() -> None:
    reading = read(workbook(("sku", "EAN", "title"), (1001, 4006381333931, "Pen"), ("0042", "4006-381 333931", "Pen")))
    assert [(p.sku, p.values["gtin"]) for p in reading.products] == [
        ("1001", "4006381333931"),
        ("0042", "4006381333931"),
    ]


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        ("Handle,Title,Body (HTML),Vendor,Type,Variant SKU,Variant Barcode,Image Src",
         {"sku": "Variant SKU", "title": "Title", "brand": "Vendor", "category": "Type", "gtin": "Variant Barcode",
          "handle": "Handle", "description": "Body (HTML)", "images": "Image Src"}),
        ("ID,Type,SKU,Name,Short description,Description,Categories,Images,Brands",
         {"sku": "SKU", "title": "Name", "category": "Categories", "images": "Images", "brand": "Brands",
          "description": "Description"}),
        ("Item number;Item name;Color;Fabric", {"sku": "Item number", "title": "Item name", "colour": "Color",
                                                "material": "Fabric"}),
        ("Preis,Lager", {}),
    ],
)  # fmt: skip
def test_usual_headings_are_recognised(headings: str, expected: dict[str, str]) -> None:
    assert suggest(headings.replace(";", ",").split(",")) == expected


def test_headings_serve_one_field_each_and_every_field_has_a_limit() -> None:
    words = [word for usual in HEADINGS.values() for word in usual]
    assert len(words) == len(set(words)) and HEADINGS.keys() == LONGEST.keys()


def test_mapping_by_hand_wins_and_without_a_sku_column_somebody_must_map() -> None:
    data = b"Code,Was\nA1,Tasse\n"
    assert read(data).needs_mapping and not read(data).products
    assert read(data).sample == (("A1", "Tasse"),)
    reading = read(data, {"sku": "Code", "title": "Was", "brand": "not there"})
    assert reading.products[0].sku == "A1" and reading.products[0].values == {"title": "Tasse"}


def test_rows_that_are_not_taken_say_why() -> None:
    data = (
        "sku,title,gtin\n,No number,\nA1,Good,\nA1,Again,\nA2,=HYPERLINK(1),\n=A2,x,\n\nA3,a,b,c\n"
        f"{'x' * 81},long,\nA4,t,{'1' * 15}\nA5,-20 % off,\n"
    )
    assert refused(data.encode()) == {
        2: "row_without_sku", 4: "row_repeated", 5: "row_formula", 6: "row_formula", 8: "row_shifted",
        9: "row_too_long",
    }  # fmt: skip
    assert [product.sku for product in read(data.encode()).products] == ["A1", "A4", "A5"], "A4 without its GTIN"


def test_rows_carry_the_numbers_that_a_spreadsheet_shows() -> None:
    """Blank rows above the headings count; Excel's line with the separator is not shown, so it does not."""
    assert refused(b"\n\nsku,title\nA,1\n,\n\nA,2\n") == {7: "row_repeated"}
    assert refused(b"sep=;\nsku;title\nA;1\nA;2\n") == {3: "row_repeated"}
    assert refused(b"sep=\t\r\nsku\ttitle\r\nA\t1\r\nA\t2\r\n") == {3: "row_repeated"}


def test_variants_of_shopify_inherit_and_picture_rows_are_not_lost() -> None:
    data = (
        "Handle,Title,Vendor,Type,Variant SKU,Image Src\n"
        "mug,Mug,Acme,homeware,MUG-R,https://cdn.example.com/mug%20red.jpg?v=1\n"
        "mug,,,,MUG-B,\n"
        "mug,,,,,https://cdn.example.com/mug-blue.jpg\n"
        "cap,Cap,Acme,hats,CAP,cap.jpg\n"
    )
    reading = read(data.encode())
    assert not reading.refusals
    red, blue, cap = reading.products
    assert blue.values == red.values | {"handle": "mug"} and cap.values["title"] == "Cap"
    assert red.images == ("mug red.jpg",) and blue.images == ("mug-blue.jpg",)


def test_blank_cells_inherit_nothing_in_an_ordinary_sheet() -> None:
    reading = read(b"sku,title,brand\nA,Mug,Acme\nB,,\n")
    assert reading.products[1].values == {}


def test_vendures_facets_give_the_category() -> None:
    facets = b"category:Electronics|category:Computers|brand:Acme"
    data = b"name ,assets,facets,optionValues,sku\nLaptop,a.jpg|b.jpg," + facets + b",x,L1\n,,,y,L2\n"
    first, second = read(data).products
    assert first.values["category"] == second.values["category"] == "Computers"
    assert first.images == ("a.jpg", "b.jpg")


@pytest.mark.parametrize(
    "data",
    [b"", b"   \n", b"\x89PNG\r\n\x1a\n\0\0\0", b"PK\x03\x04garbage", b"\xd0\xcf\x11\xe0garbage", b"\xff\xfe\0\0\0\0",
     b'sku,title\n"' + b"x" * 60_000],
)  # fmt: skip
def test_what_is_no_sheet_is_refused(data: bytes) -> None:
    with pytest.raises(SheetRefused) as caught:
        read(data)
    assert caught.value.finding.code == "sheet_unreadable"


def test_a_million_rows_are_refused_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SheetRefused, match="more than 100000 rows"):
        read(b"sku\n" + b"1\n" * 1_000_000)
    monkeypatch.setattr(sheet_files, "MAX_UNPACKED", 100)
    with pytest.raises(SheetRefused, match="when unpacked"):
        read(workbook(("sku",), ("A",)))


def test_real_sheets_are_taken_whole(shared: Path) -> None:
    for folder, count in (("products", 77), ("truth", 100)):
        reading = read((shared / "data" / folder / "products.csv").read_bytes())
        assert len(reading.products) == count and not reading.refusals


@pytest.mark.parametrize(
    ("column", "given", "kept"),
    [
        ("gtin", "4 006381-333931", "4006381333931"),
        ("gtin", "4.00638E+12", None),
        ("gtin", "4006381333932", None),
        ("gtin", "4006381333931000000", None),
        ("asin", "b00test123", "B00TEST123"),
        ("asin", "B00", None),
    ],
)
def test_what_is_no_identifier_is_left_out_with_a_note(column: str, given: str, kept: str | None) -> None:
    reading = read(f"sku,title,{column}\nA,Mug,{given}\nB,Cup,\n".encode())
    assert [product.values.get(column) for product in reading.products] == [kept, None]
    assert not reading.refusals
    notes = [(note.code, note.measured) for note in reading.notes]
    assert notes == ([] if kept else [("identifier", f"{column.upper()} {given.upper()} in row 2")])
    assert all(not note.refuses and "as text" in note.action for note in reading.notes)


def test_several_of_them_are_one_note() -> None:
    reading = read(b"sku,gtin,asin\nA,1,x\nB,2,\nC,3,\n")
    assert [note.measured for note in reading.notes] == ["GTIN 1 in row 2 and 2 more", "ASIN X in row 2"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>Ein <b>T-Shirt</b></p>  <p>Zweite&nbsp;Zeile &amp; mehr</p>", "Ein T-Shirt\nZweite Zeile & mehr"),
        ("one<br/>two<BR>three", "one\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul><!-- x < y -->", "a\nb"),
        ("5 < 6 and 7 > 3, R & D", "5 < 6 and 7 > 3, R & D"),
        ("a\n  b", "a\n  b"),
    ],
)
def test_a_description_is_kept_without_its_markup(given: str, kept: str) -> None:
    assert plain_text(given) == kept


def test_headings_differ_even_where_somebody_numbered_them() -> None:
    assert read(b"sku,sku,sku (2),\nA,B,C,D\n").columns == ("sku", "sku (2)", "sku (2) (2)", "Column 4")
