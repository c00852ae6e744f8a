"""Each intake rule, and what the rules say about real photos and hostile files."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.findings import TITLES
from catalog.naming import NameParts
from catalog.standards import Standard
from processing import intake_rules
from processing.imaging.inspection import Profile, SourceFacts
from processing.intake_rules import INTAKE_RULES, Arrival, Inspection, Rule, inspect
from tests.images import product_shot

GOOD = SourceFacts(2_000_000, "0" * 64, "JPEG", 3000, 2000, "RGB", "RGB", decoded=True)
STANDARD = Standard()


def arrival(name: str = "MUG-01_front.jpg", **facts: object) -> Arrival:
    return Arrival(name, STANDARD.parse(name), replace(GOOD, **facts))  # type: ignore[arg-type]


def codes(inspection: Inspection, *, refused: bool = True) -> set[str]:
    return {finding.code for finding in inspection.findings if finding.refuses == refused}


CASES: list[tuple[Rule, Arrival, Standard, bool | None]] = [
    # rule, what came, standard, refuses (None: finds nothing)
    (intake_rules.empty, arrival(bytes=0, format=""), STANDARD, True),
    (intake_rules.too_many_bytes, arrival(bytes=100_000_001), STANDARD, True),
    (intake_rules.too_many_bytes, arrival(bytes=100_000_000), STANDARD, None),
    (intake_rules.accepted_format, arrival(format="GIF"), STANDARD, True),
    (intake_rules.accepted_format, arrival(format=""), STANDARD, True),
    (intake_rules.accepted_format, arrival(format="PNG"), replace(STANDARD, formats=("JPEG",)), True),
    (intake_rules.mislabelled, arrival("MUG-01_front.png"), STANDARD, True),
    (intake_rules.mislabelled, arrival("MUG-01_front.png"), replace(STANDARD, mislabelled="convert"), False),
    (intake_rules.mislabelled, arrival("MUG-01_front.JPEG"), STANDARD, None),
    (intake_rules.mislabelled, arrival("MUG-01_front"), STANDARD, None),
    (intake_rules.unreadable, arrival(fault="cut off", decoded=False), STANDARD, True),
    (intake_rules.too_many_pixels, arrival(width=15_000, height=15_000), STANDARD, True),
    (intake_rules.too_many_pixels, arrival(width=20_001, height=100), STANDARD, True),
    (intake_rules.too_small, arrival(width=1999, height=1500), STANDARD, True),
    (intake_rules.too_small, arrival(width=1500, height=2000), STANDARD, None),
    (intake_rules.too_small, arrival(width=1600, height=1500), replace(STANDARD, min_edge=1500), None),
    (intake_rules.animated, arrival(frames=2), STANDARD, True),
    (intake_rules.cmyk, arrival(channels="CMYK", profile=Profile("Fogra39")), STANDARD, False),
    (intake_rules.cmyk, arrival(channels="CMYK", profile=Profile("Fogra39")), replace(STANDARD, cmyk="refuse"), True),
    (intake_rules.cmyk, arrival(channels="CMYK"), STANDARD, True),
    (intake_rules.cmyk, arrival(channels="CMYK", profile=Profile("", "cut")), STANDARD, True),
    (intake_rules.wide_gamut, arrival(profile=Profile("Display P3", gamut=1.5)), STANDARD, False),
    (intake_rules.wide_gamut, arrival(profile=Profile("P3", gamut=1.5)), replace(STANDARD, wide_gamut="refuse"), True),
    (intake_rules.wide_gamut, arrival(profile=Profile("sRGB", gamut=1.0)), STANDARD, None),
    (intake_rules.other_profile, arrival(profile=Profile("Generic RGB", gamut=0.95)), STANDARD, False),
    (intake_rules.other_profile, arrival(profile=Profile("sRGB IEC61966-2.1", gamut=1.0)), STANDARD, None),
    (intake_rules.broken_profile, arrival(profile=Profile("x", "broken")), STANDARD, False),
    (
        intake_rules.broken_profile,
        arrival(profile=Profile("", "cut")),
        replace(STANDARD, broken_profile="refuse"),
        True,
    ),
    (intake_rules.bit_depth, arrival(depth=16), STANDARD, False),
    (intake_rules.bit_depth, arrival(depth=16), replace(STANDARD, deep="refuse"), True),
    (intake_rules.orientation, arrival(orientation=6), STANDARD, False),
    (intake_rules.damaged_exif, arrival(exif_fault="not a TIFF file"), STANDARD, False),
    (intake_rules.name, arrival("IMG 2231 (copy).jpg"), STANDARD, True),
]


@pytest.mark.parametrize(("rule", "what", "standard", "refuses"), CASES)
def test_each_rule(rule: Rule, what: Arrival, standard: Standard, refuses: bool | None) -> None:
    finding = rule(what, standard)
    assert (finding and finding.refuses) == refuses
    if finding:
        assert finding.code in TITLES and finding.measured and finding.action
        assert finding.wanted or not finding.refuses, "who is refused must be told what is wanted"


def test_every_registered_rule_has_a_case_and_a_good_photo_breaks_none() -> None:
    assert {case[0] for case in CASES} == set(INTAKE_RULES)
    assert not [rule for rule in INTAKE_RULES if rule(arrival(), STANDARD)]


def test_name_in_the_sheet_wins_over_the_pattern() -> None:
    data = io.BytesIO(product_shot((2100, 900)).encoded())
    inspection = inspect(data, "IMG 2231.jpg", STANDARD, known_as=NameParts("MUG-01", "back"))
    assert not inspection.refused and inspection.arrival.parts == NameParts("MUG-01", "back")


def test_every_reason_is_told_at_once() -> None:
    data = product_shot((120, 90)).encoded("PNG")
    inspection = inspect(io.BytesIO(data[:-500]), "holiday.jpg", STANDARD)
    assert codes(inspection) == {"mislabelled", "unreadable", "too_small", "name"}


def test_real_photos_are_refused_exactly_as_expected(shared: Path) -> None:
    """All but the duplicate, which is a matter of the catalog and not of one file."""
    folder = shared / "data" / "products"
    wrong = {}
    for row in csv.DictReader((folder / "expected.csv").open(encoding="utf-8")):
        if row["why"].startswith("same bytes"):
            continue
        inspection = inspect(folder / "photos" / row["file"], row["file"], STANDARD)
        expected = {"name"} if "SKU" in row["why"] else {"too_small"} if row["verdict"] == "reject" else set()
        if codes(inspection) != expected:
            wrong[row["file"]] = inspection.findings
    assert not wrong


HOSTILE = {
    "lovell_16-bit-grey-alpha.png": (set(), {"bit_depth", "other_profile"}),
    "lovell_4.webp": ({"format"}, set()),
    "lovell_G31D.TIF": ({"format"}, set()),
    "lovell_Landscape_1.jpg": (set(), set()),
    "lovell_Landscape_3.jpg": (set(), {"orientation", "other_profile"}),
    "lovell_Landscape_7.jpg": (set(), {"orientation", "other_profile"}),
    "lovell_animated-loop-3.gif": ({"format"}, set()),
    "lovell_bandbool.png": (set(), set()),
    "lovell_blackbug.png": (set(), set()),
    "lovell_cielab-dagams.tiff": ({"format"}, set()),
    "lovell_corrupt-header.jpg": ({"unreadable"}, set()),
    "lovell_gain-map.jpg": (set(), set()),
    "lovell_invalid-illuminant.icc": ({"format"}, set()),
    "lovell_low-contrast.jpg": (set(), set()),
    "lovell_p3.png": (set(), {"wide_gamut"}),
    "lovell_truncated.jpg": ({"unreadable"}, set()),
    "thumbor_20x20.jpg": (set(), set()),
    "thumbor_Giunchedi_Filippo_January_2015_01-cmyk-orientation-exif.jpg": (
        {"cmyk_without_profile"},
        {"orientation"},
    ),
    "thumbor_animated-one-frame.gif": ({"format"}, set()),
    "thumbor_animated.gif": ({"format"}, set()),
    "thumbor_cmyk.jpg": ({"cmyk_without_profile"}, set()),
    "thumbor_invalid_quantization.jpg": (set(), set()),
}


def test_hostile_files_are_refused_for_what_they_are(shared: Path) -> None:
    folder = shared / "data" / "hostile"
    lenient = replace(STANDARD, min_edge=1, name_pattern="{sku}")
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name != "manifest.csv":
            known = NameParts("X", "front")
            inspection = inspect(path, path.name, lenient, known_as=known)
            found[path.name] = (codes(inspection), codes(inspection, refused=False))
    assert found == HOSTILE
