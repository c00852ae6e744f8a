"""What is written into a delivered picture beside its pixels: alt text, an XMP packet, an EXIF block without places."""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO
from xml.etree import ElementTree

from PIL import ExifTags, Image, IptcImagePlugin, UnidentifiedImageError

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
# IPTC's word for a photo whose background a model took away while the product's pixels stayed, for one that is put
# together of photos, for one into which something is painted, such as a shadow, for what a model made in part, and for
# what it made: the more is made up, the later.
ENHANCED, JOINED, PAINTED = "algorithmicallyEnhanced", "compositeCapture", "compositeSynthetic"
PARTLY_MADE, MADE = "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"
SYNTHETIC = (ENHANCED, JOINED, PAINTED, PARTLY_MADE, MADE)
LONGEST_TEXT = 2000

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_TAIL = '\n<?xpacket end="r"?>'
for _prefix, _uri in NAMESPACES.items():
    ElementTree.register_namespace(_prefix, _uri)

# What of the camera's own EXIF may travel on: who, with what and when, never where.
ARTIST, COPYRIGHT = int(ExifTags.Base.Artist), int(ExifTags.Base.Copyright)
KEPT_EXIF = (ExifTags.Base.Make, ExifTags.Base.Model, ARTIST, COPYRIGHT)
KEPT_EXIF_DETAIL = (ExifTags.Base.DateTimeOriginal,)
# The same two in XMP and in IPTC's older form (record 2, dataset 80 and 116).
DC_CREATOR, DC_RIGHTS = "dc:creator", "dc:rights"
IIM_BYLINE, IIM_COPYRIGHT = (2, 80), (2, 116)

# How a view is said in a sentence; others are said as they are, with "view" behind them.
VIEW_WORDS = {
    "main": "", "hero": "", "front": "front view", "back": "back view", "detail": "detail", "closeup": "close-up",
    "macro": "close-up", "inside": "inside", "outside": "outside", "open": "open", "closed": "closed",
    "label": "label", "packaging": "packaging", "box": "packaging", "swatch": "swatch", "texture": "texture",
    "material": "material", "model": "worn by a model", "worn": "worn", "lifestyle": "in use", "scene": "in use",
    "scale": "size comparison", "group": "group", "set": "set", "angle": "view at an angle", "alt": "other view",
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is known of a product, as its sheet says it; everything may be empty but the SKU."""

    sku: str
    title: str = ""
    description: str = ""
    brand: str = ""
    colour: str = ""
    material: str = ""
    category: str = ""


@dataclass(frozen=True)
class Inherited:
    """What of a photo's own metadata travels on: EXIF texts by tag, who made it, whose it is, and how it was made.

    ``made`` is a word of IPTC's digital source types where the photo says that a model made it or part of it.
    """

    main: dict[int, str] = field(default_factory=dict)
    detail: dict[int, str] = field(default_factory=dict)
    creator: str = ""
    rights: str = ""
    made: str = ""


NOTHING = Inherited()


def alt_text(facts: Facts, view: str, limit: int) -> str:
    """What the picture shows, in at most ``limit`` characters: title, colour, material, brand and view.

    A word that the title has already is not said twice; too long a text ends after a whole word.
    """
    title = _clean(facts.title) or _clean(facts.category) or facts.sku
    known = title.casefold()
    made = [_clean(word) for word in (facts.colour, facts.material) if word and word.casefold() not in known]
    text = f"{title} in {' '.join(made)}" if made else title
    if facts.brand and facts.brand.casefold() not in known:
        text += f" by {_clean(facts.brand)}"
    if said := view_words(view):
        text += f", {said}"
    return shortened(text, limit)


def view_words(view: str) -> str:
    """The view as said in a sentence: "front view", "detail 2"; empty for a product's main picture."""
    word = view.rstrip("0123456789").rstrip("-")
    number = view[len(word) :].lstrip("-").lstrip("0")
    said = VIEW_WORDS.get(word, f"{word} view" if word else "view")
    return f"{said} {number}".strip() if number and said else said


def shortened(text: str, limit: int) -> str:
    """The text, cut after its last whole word if it has more than ``limit`` characters."""
    if len(text) <= limit:
        return text
    cut = text[: limit + 1].rpartition(" ")[0] or text[:limit]
    return cut.rstrip(" ,.;:-")


def xmp_packet(
    facts: Facts, alt: str, source: Inherited = NOTHING, *, painted: bool = False, joined: bool = False
) -> bytes:
    """The XMP packet (UTF-8) of a picture; properties without a value are left out.

    A photo that says it was made by a model is said to be that still. Names and types follow the IPTC Photo Metadata
    Standard 2023.1; AltTextAccessibility is in the Core namespace.
    """
    meta = ElementTree.Element(_name("x", "xmpmeta"))
    about = ElementTree.SubElement(
        ElementTree.SubElement(meta, _name("rdf", "RDF")), _name("rdf", "Description"), {_name("rdf", "about"): ""}
    )
    title = _clean(facts.title) or facts.sku
    _languages(about, "dc", "title", title)
    _languages(about, "dc", "description", facts.description[:LONGEST_TEXT].strip() or alt)
    _listed(about, "dc", "subject", "Bag", _subjects(facts))
    _listed(about, "dc", "creator", "Seq", [source.creator])
    _languages(about, "dc", "rights", source.rights)
    _plain(about, "photoshop", "Headline", title)
    _plain(about, "photoshop", "Credit", facts.brand)
    _plain(about, "xmpRights", "Marked", "True" if source.rights else "")
    _plain(about, "xmp", "CreatorTool", "Loupe")
    _languages(about, "Iptc4xmpCore", "AltTextAccessibility", alt)
    ours = PAINTED if painted else JOINED if joined else ENHANCED
    made = max(ours, source.made or ENHANCED, key=SYNTHETIC.index)
    _plain(about, "Iptc4xmpExt", "DigitalSourceType", f"{SOURCE_TYPES}{made}")
    return (_HEAD + ElementTree.tostring(meta, encoding="unicode") + _TAIL).encode()


def exif_block(description: str, source: Inherited = NOTHING) -> bytes:
    """An EXIF block with the picture's description and what ``source`` may keep; never a place or a rotation."""
    exif = Image.Exif()
    texts = {**source.main, ARTIST: source.creator, COPYRIGHT: source.rights}
    # EXIF calls them ASCII, yet UTF-8 is what readers expect there; bytes pass through Pillow unchanged.
    for tag, value in texts.items():
        if value:
            exif[tag] = value.encode()
    if source.detail:
        exif.get_ifd(ExifTags.IFD.Exif).update(source.detail)
    exif[ExifTags.Base.ImageDescription] = _clean(description)[:LONGEST_TEXT].encode()
    return exif.tobytes()


def inherited(stream: IO[bytes]) -> Inherited:
    """What may travel on from an encoded photo's EXIF, IPTC and XMP; nothing of what is not there or damaged.

    Who made the photo and whose it is are asked of XMP first, then IPTC, then EXIF, as IPTC's guidelines have it.
    """
    try:
        with Image.open(stream) as picture:
            exif = picture.getexif()
            main = _texts(dict(exif), KEPT_EXIF)
            detail = _texts(exif.get_ifd(ExifTags.IFD.Exif), KEPT_EXIF_DETAIL)
            packet, iim = _packet(picture), IptcImagePlugin.getiptcinfo(picture) or {}
    # A camera's EXIF is often slightly broken; without it the picture loses nothing that a marketplace asks for.
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError, TypeError, struct.error):
        return NOTHING
    names = {"creator": (DC_CREATOR, IIM_BYLINE, ARTIST), "rights": (DC_RIGHTS, IIM_COPYRIGHT, COPYRIGHT)}
    said = {
        name: _said(packet, in_xmp) or _decoded(iim.get(in_iim)) or main.pop(in_exif, "")
        for name, (in_xmp, in_iim, in_exif) in names.items()
    }
    kept = {tag: text for tag, text in main.items() if tag not in (ARTIST, COPYRIGHT)}
    return Inherited(kept, detail, **said, made=_made(packet))


def _packet(picture: Image.Image) -> bytes:
    """The XMP packet as it stands in a JPEG or a PNG; one that declares entities is not read."""
    found = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    packet = found.encode() if isinstance(found, str) else bytes(found)
    return b"" if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet else packet


def _said(packet: bytes, path: str) -> str:
    """The first text of a property that is a list, or in several languages."""
    try:
        about = ElementTree.fromstring(packet.strip(b"\0 \r\n\t"))  # noqa: S314 (entities are refused above)
    except ElementTree.ParseError:
        return ""
    found = next((item for item in about.iterfind(f".//{path}//rdf:li", NAMESPACES) if item.text), None)
    return _clean(found.text or "") if found is not None else ""


def _made(packet: bytes) -> str:
    """How a photo says that a model made it: the strongest of IPTC's words for that in its XMP."""
    words = {word.decode() for word in re.findall(SOURCE_TYPES.encode() + rb"(\w+)", packet)}
    return max(words.intersection((PARTLY_MADE, MADE)), key=SYNTHETIC.index, default="")


def _texts(values: dict[int, object], tags: Sequence[int]) -> dict[int, str]:
    return {tag: text for tag in tags if (text := _decoded(values.get(tag)))}


def _decoded(value: object) -> str:
    """A text of EXIF or IPTC: UTF-8, or Latin-1 where it is none; Pillow reads EXIF as Latin-1 in any case."""
    if isinstance(value, list):
        value = value[0] if value else b""
    if not isinstance(value, str | bytes):
        return ""
    try:
        data = value if isinstance(value, bytes) else value.encode("latin-1")
        return _clean(data.decode())
    except UnicodeDecodeError:
        return _clean(data.decode("latin-1"))
    except UnicodeEncodeError:
        return _clean(str(value))


def _subjects(facts: Facts) -> list[str]:
    words = (facts.category, facts.colour, facts.material, facts.brand, facts.sku)
    return list(dict.fromkeys(words))


def _clean(text: str) -> str:
    """One line without what XML 1.0 has no place for (its 2.2: controls, lone surrogates, U+FFFE, U+FFFF)."""
    kept = (char for char in text if char >= " " or char in "\t\n\r")
    legal = "".join(char for char in kept if not ("\ud800" <= char <= "\udfff" or char in "\ufffe\uffff"))
    return " ".join(legal.split())


def _name(prefix: str, local: str) -> str:
    return f"{{{NAMESPACES[prefix]}}}{local}"


def _plain(about: ElementTree.Element, prefix: str, local: str, value: str) -> None:
    if text := _clean(value):
        ElementTree.SubElement(about, _name(prefix, local)).text = text


def _listed(about: ElementTree.Element, prefix: str, local: str, kind: str, values: Sequence[str]) -> None:
    if texts := [text for value in values if (text := _clean(value))]:
        container = ElementTree.SubElement(ElementTree.SubElement(about, _name(prefix, local)), _name("rdf", kind))
        for text in texts:
            ElementTree.SubElement(container, _name("rdf", "li")).text = text


def _languages(about: ElementTree.Element, prefix: str, local: str, value: str) -> None:
    if text := _clean(value):
        container = ElementTree.SubElement(ElementTree.SubElement(about, _name(prefix, local)), _name("rdf", "Alt"))
        ElementTree.SubElement(container, _name("rdf", "li"), {_LANGUAGE: "x-default"}).text = text
