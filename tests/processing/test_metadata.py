"""Alt text, XMP and EXIF: what a reader finds in the packet, and what it must not find."""

import dataclasses
import io
import struct
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from processing import metadata
from processing.metadata import NOTHING, Facts, Inherited, alt_text, exif_block, inherited, view_words, xmp_packet

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
    data = xmp_packet(SHOE, "A red shoe", Inherited(creator="Ada", rights="© Ada"))
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
    kept = inherited(io.BytesIO(photo_with_place()))
    back = Image.Exif()
    back.load(exif_block("Größe 42", kept))
    assert back[ExifTags.Base.Artist] == "Ada"
    assert back[ExifTags.Base.Make] == "Cam"
    assert back.get_ifd(ExifTags.IFD.Exif) == {ExifTags.Base.DateTimeOriginal: "2026:01:02 03:04:05"}
    assert ExifTags.Base.Orientation not in back
    assert not back.get_ifd(ExifTags.IFD.GPSInfo)
    assert (kept.creator, kept.rights, kept.made) == ("Ada", "Ada 2026", "")


def encoded(format: str = "JPEG", **saved: object) -> io.BytesIO:
    handle = io.BytesIO()
    Image.new("RGB", (8, 8)).save(handle, format, **saved)  # type: ignore[arg-type]
    return io.BytesIO(handle.getvalue())


def xmp(inside: str) -> bytes:
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
    about = f"<rdf:RDF><rdf:Description rdf:about=''>{inside}</rdf:Description></rdf:RDF>"
    return f'<?xpacket begin="\ufeff" id="x"?>\n<x:xmpmeta {spaces}>{about}</x:xmpmeta>\n  <?xpacket end="w"?>'.encode()


def iim(*fields: tuple[int, bytes]) -> bytes:
    """A JPEG whose APP13 segment holds these datasets of IPTC's record 2."""
    records = b"".join(struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text for number, text in fields)
    block = b"8BIM" + struct.pack(">HBBI", 0x0404, 0, 0, len(records)) + records + b"\0" * (len(records) % 2)
    body = b"Photoshop 3.0\0" + block
    data = encoded().getvalue()
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + data[2:]


@pytest.mark.parametrize("coding", ["utf-8", "latin-1"])
def test_names_keep_their_accents_whatever_they_were_written_in(coding: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Jöns Müller".encode(coding)
    exif[ExifTags.Base.Copyright] = "© 2026 Müller".encode(coding)
    for kept in (
        inherited(encoded(exif=exif)),
        inherited(io.BytesIO(iim((80, "Jöns Müller".encode(coding)), (116, "© 2026 Müller".encode(coding))))),
    ):
        assert (kept.creator, kept.rights) == ("Jöns Müller", "© 2026 Müller")
        assert "Jöns Müller".encode() in exif_block("x", kept) and "© 2026 Müller".encode() in exif_block("x", kept)
        assert value(xmp_packet(SHOE, "x", kept), "dc:creator") == "Jöns Müller"


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_xmp_is_asked_first(format: str) -> None:
    said = "<dc:creator><rdf:Seq><rdf:li>Ada Ö</rdf:li></rdf:Seq></dc:creator><dc:rights><rdf:Alt><rdf:li "
    packet = xmp(f"{said} xml:lang='x-default'>Ada &amp; Co</rdf:li></rdf:Alt></dc:rights>")
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Somebody else"
    if format == "JPEG":
        kept = inherited(encoded(exif=exif, xmp=packet))
    else:
        chunks = PngImagePlugin.PngInfo()
        chunks.add_itxt("XML:com.adobe.xmp", packet.decode())
        kept = inherited(encoded("PNG", exif=exif, pnginfo=chunks))
    assert (kept.creator, kept.rights) == ("Ada Ö", "Ada & Co")


@pytest.mark.parametrize(
    ("said", "painted", "written"),
    [
        ("trainedAlgorithmicMedia", False, "trainedAlgorithmicMedia"),
        ("compositeWithTrainedAlgorithmicMedia", True, "compositeWithTrainedAlgorithmicMedia"),
        ("digitalCapture", False, "algorithmicallyEnhanced"),
        ("digitalCapture", True, "compositeSynthetic"),
    ],
)
def test_what_a_model_made_is_never_said_to_be_less(said: str, painted: bool, written: str) -> None:
    inside = f"<Iptc4xmpExt:DigitalSourceType>{metadata.SOURCE_TYPES}{said}</Iptc4xmpExt:DigitalSourceType>"
    kept = inherited(encoded(xmp=xmp(inside)))
    data = xmp_packet(SHOE, "x", kept, painted=painted)
    assert value(data, "Iptc4xmpExt:DigitalSourceType") == f"{metadata.SOURCE_TYPES}{written}"


def test_xmp_that_declares_entities_is_not_read() -> None:
    bomb = xmp("<dc:creator><rdf:Seq><rdf:li>&a;</rdf:li></rdf:Seq></dc:creator>")
    assert inherited(encoded(xmp=b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" + bomb)) == NOTHING
    assert inherited(encoded(xmp=b"<broken")) == NOTHING


def test_the_description_is_utf_8() -> None:
    assert "Größe 42".encode() in exif_block("Größe 42")


@pytest.mark.parametrize("data", [b"", b"no picture", photo_with_place()[:40]])
def test_a_photo_without_readable_exif_gives_none(data: bytes) -> None:
    assert inherited(io.BytesIO(data)) == NOTHING


@pytest.mark.parametrize(
    ("painted", "said", "written"),
    [
        (False, "", "compositeCapture"),
        (True, "", "compositeSynthetic"),
        (False, "trainedAlgorithmicMedia", "trainedAlgorithmicMedia"),
    ],
)
def test_what_is_joined_of_two_photos_says_so(painted: bool, said: str, written: str) -> None:
    data = xmp_packet(SHOE, "x", dataclasses.replace(NOTHING, made=said), painted=painted, joined=True)
    assert value(data, "Iptc4xmpExt:DigitalSourceType") == f"{metadata.SOURCE_TYPES}{written}"
