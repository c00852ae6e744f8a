"""File names and their patterns."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.naming import InvalidPattern, NameParts, parse_name, split_pattern


@pytest.mark.parametrize(
    ("filename", "pattern", "parts"),
    [
        ("PRD-0001_front.jpg", "{sku}_{view}", ("PRD-0001", "front")),
        ("shoes/red/PRD-0001_FRONT.JPG", "{sku}_{view}", ("PRD-0001", "front")),
        ("shoes\\PRD-0001_back.png", "{sku}_{view}", ("PRD-0001", "back")),
        ("A_B_1_detail-2.jpeg", "{sku}_{view}", ("A_B_1", "detail-2")),
        ("A1_02.jpg", "{sku}_{view}", ("A1", "02")),
        ("A1.5_inside.jpg", "{sku}_{view}", ("A1.5", "inside")),
        ("A1.jpg", "{sku}", ("A1", "front")),
        ("2026-spring--A1--side.png", "{any}--{sku}--{view}", ("A1", "side")),
        ("shop_A1_side_final.png", "shop_{sku}_{view}_final", ("A1", "side")),
        ("front-A1.png", "{view}-{sku}", ("A1", "front")),
        ("IMG 2231 (copy).jpg", "{sku}_{view}", None),
        ("IMG 2231.jpg", "{sku}", None),
        ("PRD_0001.jpg", "{sku}_{view}", None),
        ("PRD-0001_weird.jpg", "{sku}_{view}", None),
        ("_front.jpg", "{sku}_{view}", None),
        ("PRD-0001_.jpg", "{sku}_{view}", None),
        ("", "{sku}_{view}", None),
        (".jpg", "{sku}_{view}", None),
        ("A" * 300 + "_front.jpg", "{sku}_{view}", None),
    ],
)
def test_names(filename: str, pattern: str, parts: tuple[str, str] | None) -> None:
    assert parse_name(filename, pattern) == (NameParts(*parts) if parts else None)


def test_decomposed_letters_of_a_mac_are_the_same_name() -> None:
    name = "MÜTZE-1_front.jpg"
    assert parse_name(unicodedata.normalize("NFD", name)) == parse_name(name) == NameParts("MÜTZE-1", "front")


@pytest.mark.parametrize(
    "pattern", ["", "{view}", "{sku", "sku}", "}{", "{sku}{view}", "{sku}_{sku}", "{x}_{sku}", "a/{sku}"]
)
def test_patterns_that_make_no_sense(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        split_pattern(pattern)


@given(st.text(max_size=60), st.text(alphabet="{}skuviewany_-. ", max_size=25))
def test_any_pattern_is_refused_or_reads_any_name(filename: str, pattern: str) -> None:
    try:
        split_pattern(pattern)
    except InvalidPattern:
        return
    parts = parse_name(filename, pattern)
    assert parts is None or parts.sku
