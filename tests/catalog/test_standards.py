"""The intake standard checks itself."""

import json

import pytest

from catalog.findings import Finding
from catalog.standards import InvalidStandard, Standard


def test_default_is_what_the_issue_asks_for() -> None:
    standard = Standard()
    assert standard.min_edge == 2000 and standard.formats == ("JPEG", "PNG")


def test_json_and_back() -> None:
    standard = Standard(min_edge=1500, formats=("PNG",), name_pattern="{sku}-{view}")
    assert Standard.from_dict(json.loads(json.dumps(standard.as_dict()))) == standard
    assert Standard.from_dict({}) == Standard()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("min_edge", 0), ("min_edge", -1), ("min_edge", 1.5), ("min_edge", True), ("min_edge", "2000"),
        ("max_edge", 1999), ("max_edge", 70_000), ("max_pixels", 100), ("max_bytes", 0),
        ("formats", ()), ("formats", ("GIF",)), ("cmyk", "maybe"), ("wide_gamut", ""), ("name_pattern", "{view}"),
        ("required_fields", ("price",)), ("views", ("Front",)), ("unknown_products", "ask"), ("colour", "red"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_names_its_field(field: str, value: object) -> None:
    with pytest.raises(InvalidStandard) as caught:
        Standard.from_dict({field: value})
    assert caught.value.field == field and caught.value.reason


def test_finding_says_what_was_measured_wanted_and_to_do() -> None:
    finding = Finding("too_small", "1600 px", "at least 2000 px", "Send the original.")
    assert finding.message == "Too small: 1600 px (wanted: at least 2000 px). Send the original."
    with pytest.raises(ValueError):
        Finding("no_such_code", "", "", "")
