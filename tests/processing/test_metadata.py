"""Alt text, XMP and EXIF: what a reader finds in the packet, and what it must not find."""

import io
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from processing import metadata
from processing.metadata import Facts, alt_text, exif_block, source_exif, view_words, xmp_packet

SHOE = Facts("S-1", title="Canvas sneaker", brand="Acme", colour="red", material="cotton", category="shoes")
NS = metadata.NAMESPACES


def packet(data: bytes) -> ElementTree.Element:
    text = data.decode().split("?>", 1)[1].rsplit("<?", 1)[0]
    about = ElementTree.fromstring(text).find(".//rdf:Description", NS)  # noqa: S314 (we wrote it)
    assert about is not None
    return about


def value(data: bytes, name: str) -> str:
    found = packet(data).find(name, NS)
    assert found is not None, name
    item = found.find(".//rdf:li", NS)
    return (found if item is None else item).text or ""


def test_alt_text_says_what_the_picture_shows() -> None:
    assert alt_text(SHOE, "front", 512) == "Canvas sneaker in red cotton by Acme, front view"


def test_alt_text_says_nothing_twice() -> None:
    facts = Facts("S-1", title="ACME red sneaker", brand="Acme", colour="Red")
    assert alt_text(facts, "detail2", 512) == "ACME red sneaker, detail 2"


def test_alt_text_without_a_title_names_category_or_sku() -> None:
    assert alt_text(Facts("S-1", category="shoes"), "main", 512) == "shoes"
    assert alt_text(Facts("S-1"), "", 512) == "S-1, view"


@given(st.text(max_size=80), st.text(max_size=40), st.integers(1, 60))
def test_alt_text_never_exceeds_its_limit(title: str, brand: str, limit: int) -> None:
    assert len(alt_text(Facts("S", title=title, brand=brand), "front", limit)) <= limit


def test_a_long_alt_text_ends_after_a_word() -> None:
    assert alt_text(SHOE, "front", 30) == "Canvas sneaker in red cotton"


@pytest.mark.parametrize(("view", "said"), [("back", "back view"), ("3", "view 3"), ("top", "top view"), ("main", "")])
def test_views_in_words(view: str, said: str) -> None:
    assert view_words(view) == said


def test_the_packet_holds_every_property() -> None:
    data = xmp_packet(SHOE, "A red shoe", creator="Ada", rights="© Ada")
    assert value(data, "dc:title") == "Canvas sneaker"
    assert value(data, "dc:description") == "A red shoe"
    assert value(data, "Iptc4xmpCore:AltTextAccessibility") == "A red shoe"
    assert value(data, "Iptc4xmpExt:DigitalSourceType").endswith("/digitalsourcetype/algorithmicallyEnhanced")
    assert value(data, "photoshop:Credit") == "Acme"
    assert value(data, "photoshop:Headline") == "Canvas sneaker"
    assert value(data, "dc:creator") == "Ada"
    assert value(data, "dc:rights") == "© Ada"
    assert value(data, "xmpRights:Marked") == "True"
    subjects = packet(data).findall("dc:subject/rdf:Bag/rdf:li", NS)
    assert [item.text for item in subjects] == ["shoes", "red", "cotton", "Acme", "S-1"]


def test_nothing_is_claimed_that_is_not_known() -> None:
    about = packet(xmp_packet(Facts("S-1"), "alt"))
    for name in ("dc:rights", "xmpRights:Marked", "photoshop:Credit", "dc:creator"):
        assert about.find(name, NS) is None


@given(st.text())
def test_any_text_makes_a_well_formed_packet(text: str) -> None:
    data = xmp_packet(Facts("S", title=text, description=text, brand=text), text or "x")
    assert value(data, "dc:title") == (metadata._clean(text) or "S")


def test_markup_is_data() -> None:
    text = '</rdf:li> & <b>"bold"</b>'
    assert value(xmp_packet(Facts("S", title=text), "alt"), "dc:title") == text


def photo_with_place() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ada"
    exif[ExifTags.Base.Copyright] = "Ada 2026"
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Cam"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (52.0, 30.0, 0.0)})
    exif.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.DateTimeOriginal: "2026:01:02 03:04:05", 0xA431: "serial"})
    handle = io.BytesIO()
    Image.new("RGB", (8, 8)).save(handle, "JPEG", exif=exif)
    return handle.getvalue()


def test_who_and_when_travel_on_but_never_where() -> None:
    kept = source_exif(io.BytesIO(photo_with_place()))
    back = Image.Exif()
    back.load(exif_block("Größe 42", kept))
    assert back[ExifTags.Base.Artist] == "Ada"
    assert back[ExifTags.Base.Make] == "Cam"
    assert back.get_ifd(ExifTags.IFD.Exif) == {ExifTags.Base.DateTimeOriginal: "2026:01:02 03:04:05"}
    assert ExifTags.Base.Orientation not in back
    assert not back.get_ifd(ExifTags.IFD.GPSInfo)
    assert kept.text(metadata.COPYRIGHT) == "Ada 2026"


def test_the_description_is_utf_8() -> None:
    assert "Größe 42".encode() in exif_block("Größe 42")


@pytest.mark.parametrize("data", [b"", b"no picture", photo_with_place()[:40]])
def test_a_photo_without_readable_exif_gives_none(data: bytes) -> None:
    assert source_exif(io.BytesIO(data)) == metadata.NO_EXIF
