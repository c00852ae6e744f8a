"""What a file really is: its format by content, size, depth, colour profile, and whether it decodes completely.

Nothing is judged here; `processing.intake_rules` compares these facts with a catalog's standard.
"""

import hashlib
import io
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin
from PIL.ImageFile import ImageFile

from processing.imaging import screens
from processing.imaging.frame import Frame, reduced

PIECE = 1 << 20
HEAD = 1024
ORIENTATION = 0x0112
ORIENTATIONS = frozenset(range(1, 9))
# The area that the six pure colours of a profile span in CIE a*b*, against that of sRGB; Display P3 has 1.5.
WIDE = 1.1
_SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "JPEG"),
    (b"\x89PNG\r\n\x1a\n", 0, "PNG"),
    (b"GIF87a", 0, "GIF"),
    (b"GIF89a", 0, "GIF"),
    (b"II*\0", 0, "TIFF"),
    (b"MM\0*", 0, "TIFF"),
    (b"II+\0", 0, "TIFF"),
    (b"MM\0+", 0, "TIFF"),
    (b"WEBP", 8, "WebP"),
    (b"ftypavif", 4, "AVIF"),
    (b"ftypavis", 4, "AVIF"),
    (b"ftypheic", 4, "HEIC"),
    (b"ftypheix", 4, "HEIC"),
    (b"ftypmif1", 4, "HEIC"),
    (b"ftypcrx", 4, "camera raw"),
    (b"FUJIFILMCCD-RAW", 0, "camera raw"),
    (b"ftypqt", 4, "video"),
    (b"ftyp", 4, "video"),
    (b"BM", 0, "BMP"),
    (b"8BPS", 0, "Photoshop"),
    (b"\0\0\0\x0cjP  ", 0, "JPEG 2000"),
    (b"\xff\x0a", 0, "JPEG XL"),
    (b"\0\0\0\x0cJXL ", 0, "JPEG XL"),
    (b"acsp", 36, "colour profile"),
    (b"%PDF", 0, "PDF"),
    (b"PK\x03\x04", 0, "ZIP"),
    (b"Rar!", 0, "RAR"),
    (b"7z\xbc\xaf", 0, "7-Zip"),
    (b"\x1f\x8b", 0, "gzip"),
)
_OPENERS: Mapping[str, type[ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
}
_CHANNELS = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "YCbCr": "RGB"}
_PNG_CHANNELS = {0: "GRAY", 2: "RGB", 3: "RGB", 4: "GRAY", 6: "RGB"}
_PROFILE_MODES = {"RGB": "RGB", "CMYK": "CMYK", "GRAY": "L"}
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_LAB = ImageCms.createProfile("LAB")


@dataclass(frozen=True, slots=True)
class Profile:
    """An embedded colour profile; `gamut` is its area against sRGB's, None where that is not known (CMYK, grey)."""

    name: str
    fault: str = ""
    gamut: float | None = None

    @property
    def wide(self) -> bool:
        """Whether it holds clearly more colours than sRGB."""
        return self.gamut is not None and self.gamut > WIDE


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What was measured on one file. Sizes are those of the upright picture, in pixels; 0 where there is none.

    `fault` says why it could not be decoded; a picture beyond the limits has `decoded` False and no fault.
    `exif_fault` says why nobody can know its orientation.
    """

    bytes: int
    sha256: str
    format: str
    width: int = 0
    height: int = 0
    mode: str = ""
    channels: str = ""
    depth: int = 8
    frames: int = 1
    orientation: int = 1
    exif_fault: str = ""
    profile: Profile | None = None
    decoded: bool = False
    fault: str = ""


def examine(
    source: Path | BinaryIO, *, max_pixels: int, max_bytes: int, long_edge: int = screens.PREVIEW_EDGE
) -> tuple[SourceFacts, Frame | None]:
    """Measure a file and make a copy to look at, at most `long_edge` px long; None of a file that is not decoded.

    It is decoded completely, and once, unless it has more pixels or bytes than the limits. Never raises for what is in
    the file. `source` is a path or a seekable binary stream.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            return examine(stream, max_pixels=max_pixels, max_bytes=max_bytes, long_edge=long_edge)
    facts = _fingerprint(source)
    if facts.format not in _OPENERS or not 0 < facts.bytes <= max_bytes:
        return facts, None
    # Third-party decoders fail on hostile bytes in every way there is; to the sender all of them mean "damaged".
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _measure(source, facts, max_pixels, long_edge)
    except Exception as error:
        return replace(facts, fault=_first_line(error)), None


def sniff(head: bytes) -> str:
    """The format that the first bytes of a file tell, whatever its name says; "" when they tell nothing."""
    for mark, offset, name in _SIGNATURES:
        if head[offset : offset + len(mark)] == mark:
            return name
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<svg") or (text.startswith((b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in text):
        return "SVG"
    return "HTML" if text.startswith((b"<!doctype html", b"<html")) else ""


def _fingerprint(stream: BinaryIO) -> SourceFacts:
    digest, size, head = hashlib.sha256(), 0, b""
    stream.seek(0)
    while piece := stream.read(PIECE):
        head = head or piece[:HEAD]
        digest.update(piece)
        size += len(piece)
    return SourceFacts(size, digest.hexdigest(), sniff(head))


def _measure(stream: BinaryIO, facts: SourceFacts, max_pixels: int, long_edge: int) -> tuple[SourceFacts, Frame | None]:
    facts = _header(stream, facts)
    if facts.width * facts.height > max_pixels:
        return facts, None
    if facts.format == "PNG" and (fault := damaged_chunk(stream)):
        return replace(facts, fault=fault), None
    stream.seek(0)
    with _OPENERS[facts.format](stream) as picture:
        # A JPEG gives half, a quarter or an eighth of its size for less work, never less than asked for; all of its
        # data are read even so, and a fault in them found.
        picture.draft(None, (long_edge, long_edge))
        try:
            picture.load()
            # Before the copy is made, which lies upright and has no orientation any more.
            measured = _upright(replace(facts, decoded=True), picture)
            return measured, reduced(picture, long_edge)
        except Exception as error:
            return replace(facts, fault=_first_line(error)), None


def _header(stream: BinaryIO, facts: SourceFacts) -> SourceFacts:
    """The facts that stand in the header. Nothing is decoded, so that a bomb stays unexploded.

    The plugin is called directly, not by Image.open(), which would refuse a giant without telling its size.
    """
    stream.seek(0)
    with _OPENERS[facts.format](stream) as picture:
        depth, channels = 8, _CHANNELS.get(picture.mode, picture.mode)
        if facts.format == "PNG":
            depth, channels = _png_kind(stream)
        icc = picture.info.get("icc_profile")
        return replace(
            facts,
            width=picture.width,
            height=picture.height,
            mode=picture.mode,
            channels=channels,
            depth=depth,
            frames=getattr(picture, "n_frames", 1),
            profile=read_profile(icc, channels) if icc else None,
        )


def _png_kind(stream: BinaryIO) -> tuple[int, str]:
    """Bits a channel and the kind of channels, from the IHDR chunk (Pillow shows 16-bit colour as 8 bit)."""
    stream.seek(24)
    depth, colour_type = stream.read(2)
    return depth, _PNG_CHANNELS.get(colour_type, "")


def _upright(facts: SourceFacts, picture: ImageFile) -> SourceFacts:
    orientation, damage = _orientation(picture)
    if orientation in (5, 6, 7, 8):
        facts = replace(facts, width=facts.height, height=facts.width)
    return replace(facts, orientation=orientation, exif_fault=damage)


def _orientation(picture: ImageFile) -> tuple[int, str]:
    """The orientation tag, and what is wrong with the EXIF data if that is why it is taken for 1, upright."""
    # EXIF is a guest's own grammar; a picture with damaged EXIF is still a picture.
    try:
        value = picture.getexif().get(ORIENTATION)
        # As a set tells: 6.0 turns a picture as 6 does, and the text "6" does not.
        if value is not None and value not in ORIENTATIONS:
            return 1, f"its orientation tag is {value!r}, which means nothing"[:80]
    except Exception as error:
        return 1, _first_line(error)
    return int(value or 1), "" if value else _exif_damage(picture.info.get("exif", b""))


def _exif_damage(data: bytes) -> str:
    """Why EXIF data cannot be read, "" when it can: asked anew, since opening a JPEG swallows the answer."""
    try:
        with warnings.catch_warnings(record=True) as complaints:
            warnings.simplefilter("always")
            Image.Exif().load(data)
    except Exception as error:
        return _first_line(error)
    return str(complaints[0].message).strip().splitlines()[0] if complaints else ""


def damaged_chunk(stream: BinaryIO) -> str:
    """Which chunk of a PNG does not match its checksum or is cut off; "" when all are whole.

    Pillow does not look at the checksums of pixel data, so flipped bits would pass for a picture.
    """
    stream.seek(8)
    while True:
        start = stream.read(8)
        if len(start) < 8:
            return "the file ends before its last chunk"
        length, kind = int.from_bytes(start[:4], "big"), start[4:]
        checksum = zlib.crc32(kind)
        while length and (piece := stream.read(min(length, PIECE))):
            checksum, length = zlib.crc32(piece, checksum), length - len(piece)
        stored = stream.read(4)
        if length or len(stored) < 4:
            return "the file is cut off"
        if int.from_bytes(stored, "big") != checksum:
            return f"chunk {kind.decode('ascii', 'replace')} does not match its checksum"
        if kind == b"IEND":
            return ""


def read_profile(icc: bytes, channels: str) -> Profile:
    """Name, fault and gamut of an embedded profile for a picture whose channels are RGB, GRAY or CMYK."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        name = " ".join((profile.profile.profile_description or "unnamed").split())[:120]
        space = profile.profile.xcolor_space.strip()
        if space not in _PROFILE_MODES:
            return Profile(name, f"it is made for {space or 'no known'} colours")
        if space != channels:
            return Profile(name, f"it is made for {space} and the picture is {channels}")
        # Building the transform reads every table, so a profile that is damaged inside shows here.
        ImageCms.buildTransform(profile, _SRGB, _PROFILE_MODES[space], "RGB")
        return Profile(name, gamut=gamut_area(profile) / SRGB_AREA if space == "RGB" else None)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        return Profile("", f"it can't be read ({_first_line(error)})")


def gamut_area(profile: ImageCms.ImageCmsProfile) -> float:
    """Area of the hexagon of the six pure colours in CIE a*b* (8-bit Lab, so very wide spaces are clipped)."""
    pure = np.array([[255, 0, 0], [255, 255, 0], [0, 255, 0], [0, 255, 255], [0, 0, 255], [255, 0, 255]], np.uint8)
    transform = ImageCms.buildTransform(profile, _LAB, "RGB", "LAB", ImageCms.Intent.RELATIVE_COLORIMETRIC)
    lab = ImageCms.applyTransform(Image.fromarray(pure[None]), transform)
    if lab is None:
        raise ValueError("the profile gave no colours")
    # LAB pictures keep a* and b* as signed bytes.
    a, b = np.asarray(lab)[0, :, 1:].view(np.int8).astype(np.float64).T
    return float(abs(np.dot(a, np.roll(b, -1)) - np.dot(b, np.roll(a, -1))) / 2)


SRGB_AREA = gamut_area(_SRGB)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]
