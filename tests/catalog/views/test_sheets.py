"""The pages of a product sheet over HTTP: hand in, name the columns, import, and the report of rows not taken."""

import csv
import io
from collections.abc import Callable

import pytest
import xlsxwriter
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from catalog.flow import Stage
from catalog.models import Catalog, Photo, Product, Rejection, SheetImport
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
USUAL = "SKU;Product name;Category;Colour\nMUG-01;Blue mug;kitchen;blue\nMUG-02;Red mug;kitchen;red\n"
ODD = "Nummer der Ware,Was,Wo\nMUG-01,Blue mug,kitchen\n,No number,kitchen\nMUG-01,Again,kitchen\n"


def hand_in(client: Client, catalog: Catalog, data: bytes | str, name: str = "sheet.csv") -> SheetImport:
    content = data.encode() if isinstance(data, str) else data
    response = client.post(reverse("catalog:sheet", args=[catalog.slug]), {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 302
    return SheetImport.objects.latest("pk")


def columns_of(record: SheetImport) -> str:
    return reverse("catalog:sheet-columns", args=[record.pk])


def workbook(rows: list[list[str]]) -> bytes:
    handle = io.BytesIO()
    with xlsxwriter.Workbook(handle) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return handle.getvalue()


def test_a_usual_sheet_is_shown_before_anything_is_taken(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    record = hand_in(client, catalog, USUAL)
    assert (record.state, Product.objects.count()) == (SheetImport.State.WAITING, 0)
    response = client.get(columns_of(record))
    form, page = response.context["form"], response.content.decode()
    assert {name: form[name].value() for name in form.fields if form[name].value()} == {
        "sku": "SKU",
        "title": "Product name",
        "category": "Category",
        "colour": "Colour",
    }
    assert "2 products in it" in page and "4 of 4 columns recognised" in page and "Blue mug" in page


def test_importing_takes_the_products_and_says_how_many(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    factories.make_product(catalog, sku="MUG-01", title="Old mug", category="kitchen", colour="blue")
    factories.make_product(catalog, sku="MUG-02", title="Red mug", category="kitchen", colour="red")
    record = hand_in(client, catalog, USUAL + "MUG-03;Green mug;kitchen;green\n")
    chosen = {"sku": "SKU", "title": "Product name", "category": "Category", "colour": "Colour"}
    response = client.post(columns_of(record), chosen, follow=True)
    record.refresh_from_db()
    assert (record.created, record.updated, record.unchanged, record.refusals) == (1, 1, 1, [])
    assert catalog.products.get(sku="MUG-01").title == "Blue mug"
    assert "3 products taken, no rows not taken" in response.content.decode()


def test_columns_that_nobody_knows_are_named_by_hand(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    record = hand_in(client, catalog, ODD)
    assert "Say which column holds the SKU" in client.get(columns_of(record)).content.decode()
    response = client.post(columns_of(record), {"title": "Was"})
    assert response.status_code == 422 and "Say which column" in str(response.context["form"].errors["sku"])
    assert Product.objects.count() == 0
    client.post(columns_of(record), {"sku": "Nummer der Ware", "title": "Was", "category": "Wo"})
    assert list(catalog.products.values_list("sku", "title", "category")) == [("MUG-01", "Blue mug", "kitchen")]


def test_a_mapping_by_hand_beats_the_recognised_one(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    record = hand_in(client, catalog, "SKU,Reference,Name\nA,B,Mug\n")
    client.post(columns_of(record), {"sku": "Reference"})
    assert list(catalog.products.values_list("sku", "title")) == [("B", "")]


def test_a_column_that_the_sheet_lacks_is_refused(operator: User, as_user: SignIn) -> None:
    client = as_user(operator)
    record = hand_in(client, factories.make_catalog(), USUAL)
    assert client.post(columns_of(record), {"sku": "Elsewhere"}).status_code == 422


def test_the_report_tells_every_row_not_taken_and_downloads_as_csv(
    operator: User, reviewer: User, as_user: SignIn
) -> None:
    client = as_user(operator)
    record = hand_in(client, factories.make_catalog(), ODD)
    client.post(columns_of(record), {"sku": "Nummer der Ware"})
    response = as_user(reviewer).get(reverse("catalog:sheet-report", args=[record.pk]))
    page = response.content.decode()
    assert [(row["row"], row["title"]) for row in response.context["page_obj"]] == [
        (3, "Row without SKU"),
        (4, "SKU appears twice"),
    ]
    assert "Fill in the SKU, or delete the row." in page and "1 product taken, 2 rows not taken" in page
    download = client.get(reverse("catalog:sheet-refusals", args=[record.pk]))
    assert "attachment" in download["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(download.content.decode("utf-8-sig"))))
    assert [(row["row"], row["sku"], row["code"]) for row in rows] == [
        ("3", "", "row_without_sku"),
        ("4", "MUG-01", "row_repeated"),
    ]
    assert all(row["measured"] and row["wanted"] and row["what to do"] for row in rows)


def test_the_report_as_csv_holds_no_formula(operator: User, as_user: SignIn) -> None:
    client = as_user(operator)
    record = hand_in(client, factories.make_catalog(), "SKU,Name\n=1+1,Mug\n@SUM(A1),Mug\n@SUM(A1),Mug\n")
    client.post(columns_of(record), {"sku": "SKU"})
    text = client.get(reverse("catalog:sheet-refusals", args=[record.pk])).content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert "'=1+1" in cells and "'@SUM(A1)" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []


def test_a_workbook_is_read_as_well(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    record = hand_in(client, catalog, workbook([["SKU", "Category"], ["MUG-01", "kitchen"]]), "sheet.xlsx")
    client.post(columns_of(record), {"sku": "SKU", "category": "Category"})
    assert list(catalog.products.values_list("sku", "category")) == [("MUG-01", "kitchen")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "it is not text"),
        (b"PK\x03\x04broken", "damaged"),
        (b"\n<html><table><tr><td>sku</td></tr></table>", "it is a web page or XML"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_the_reason(
    data: bytes, words: str, operator: User, as_user: SignIn
) -> None:
    client = as_user(operator)
    record = hand_in(client, factories.make_catalog(), data)
    assert record.state == SheetImport.State.REFUSED
    page = client.get(columns_of(record), follow=True).content.decode()
    assert words in page and "Export the sheet again" in page and "Nothing of it was taken." in page


def test_what_can_not_be_taken_is_told_before_the_import(operator: User, as_user: SignIn) -> None:
    client = as_user(operator)
    rows = "".join(f",Nameless {number}\n" for number in range(25))
    record = hand_in(client, factories.make_catalog(), f"sku,title\nMUG-01,Tasse f\xfcr Tee\n{rows}".encode("latin-1"))
    page = client.get(columns_of(record)).content.decode()
    assert "25 rows that can&#x27;t be taken" in page.replace("can't", "can&#x27;t")
    assert page.count("Fill in the SKU, or delete the row.") == 20 and "the first 20" in page
    assert "look at the accents" in page and "Tasse für Tee" in page
    usual = hand_in(client, factories.make_catalog(), USUAL)
    assert "that can't be taken" not in client.get(columns_of(usual)).content.decode()


@pytest.mark.parametrize(
    ("name", "words"), [("sheet.xlsx", "text named .xlsx"), ("sheet.csv", ""), ("sheet.XLS", "text named .xls")]
)
def test_a_text_file_named_as_a_workbook_is_told(name: str, words: str, operator: User, as_user: SignIn) -> None:
    client = as_user(operator)
    record = hand_in(client, factories.make_catalog(), USUAL, name)
    assert ("Read as CSV; look whether" in client.get(columns_of(record)).content.decode()) == bool(words)
    client.post(columns_of(record), {"sku": "SKU"})
    record.refresh_from_db()
    assert [note["measured"] for note in record.notes] == ([words] if words else [])


def test_a_workbook_named_as_text_is_read_as_what_it_is(operator: User, as_user: SignIn) -> None:
    client = as_user(operator)
    record = hand_in(client, factories.make_catalog(), workbook([["SKU"], ["MUG-01"]]), "sheet.csv")
    page = client.get(columns_of(record)).content.decode()
    assert "Read as a workbook." in page and "1 product in it" in page


def test_an_empty_form_asks_for_a_file(operator: User, as_user: SignIn) -> None:
    response = as_user(operator).post(reverse("catalog:sheet", args=[factories.make_catalog().slug]))
    assert response.status_code == 422 and "file" in response.context["form"].errors


def test_a_better_sheet_brings_refused_photos_back(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    photo = factories.make_photo(
        factories.make_upload(catalog), product=factories.make_product(), stage=Stage.REJECTED, source="x.jpg"
    )
    Rejection.objects.create(photo=photo, code="unknown_product", measured="m", wanted="w", action="a")
    record = hand_in(client, catalog, USUAL)
    assert Photo.objects.get(pk=photo.pk).stage == Stage.REJECTED
    response = client.post(columns_of(record), {"sku": "SKU"}, follow=True)
    assert Photo.objects.get(pk=photo.pk).stage == Stage.RECEIVED
    assert "1 refused photo inspected again" in response.content.decode()


def test_what_was_taken_can_be_taken_again_with_other_columns(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    record = hand_in(client, catalog, USUAL)
    client.post(columns_of(record), {"sku": "SKU", "title": "Category"})
    form = client.get(columns_of(record)).context["form"]
    assert (form["title"].value(), form["category"].value()) == ("Category", "")
    client.post(columns_of(record), {"sku": "SKU", "title": "Product name"})
    assert catalog.products.get(sku="MUG-01").title == "Blue mug"


def test_a_sheet_can_be_put_aside_until_something_was_taken(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    first, second = hand_in(client, catalog, USUAL), hand_in(client, catalog, USUAL)
    client.post(columns_of(second), {"sku": "SKU"})
    for record in (first, second):
        client.post(reverse("catalog:sheet-discard", args=[record.pk]))
    assert list(SheetImport.objects.all()) == [second]
    assert not first.file.storage.exists(first.file.name or "")


def test_earlier_sheets_are_listed_with_their_state(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    waiting = hand_in(client, catalog, USUAL, "waiting.csv")
    refused = hand_in(client, catalog, b"", "refused.csv")
    page = client.get(reverse("catalog:sheet", args=[catalog.slug])).content.decode()
    assert columns_of(waiting) in page and "not taken yet" in page
    assert reverse("catalog:sheet-report", args=[refused.pk]) in page
