"""Lengths as product sheets write them."""

import pytest
from django.contrib.auth.models import User

from catalog import products, sheets
from catalog.models import Product
from catalog.sizes import centimetres
from tests import factories


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("12.5", 12.5), ("12,5 cm", 12.5), ("125 mm", 12.5), ("1.2m", 120.0), ("10 in", 25.4), ('10"', 25.4),
        ("30 CM", 30.0), ("", None), ("0", None), ("tall", None), ("-3", None), ("12 kg", None), ("1500", None),
        ("1.234,5", None), ("0.0004", None), ("1.200 mm", None), ("1,250mm", None), ("95.500 mm", 9.55),
    ],
)  # fmt: skip
def test_a_length_is_in_centimetres(text: str, length: float | None) -> None:
    assert centimetres(text) == length


def test_a_sheet_brings_sizes_and_tells_of_what_is_none(operator: User) -> None:
    reading = sheets.read(b"SKU,Title,Height (cm),Breite\nA,Mug,9.5,8 cm\nB,Lamp,tall,20\n")
    assert [dict(row.values) for row in reading.products] == [
        {"title": "Mug", "height": "9.5", "width": "8 cm"},
        {"title": "Lamp", "width": "20"},
    ]
    (note,) = reading.notes
    assert "Height tall in row 3" in note.measured and "12.5 or 125 mm" in note.wanted


def test_sizes_are_kept_with_the_product(operator: User) -> None:
    catalog = factories.make_catalog()
    products.receive_sheet(catalog, "p.csv", b"SKU,Title,Height,Width\nA,Mug,9.5,8 cm\n", operator)
    found = Product.objects.get()
    assert (found.height, found.width) == ("9.5", "8 cm")
