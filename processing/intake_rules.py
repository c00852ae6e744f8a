"""The intake rules: each compares one fact about a file with the catalog's standard and says what to do.

To add a rule, write a function of Arrival and Standard, add it to INTAKE_RULES and its code to
`catalog.findings.TITLES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from catalog.findings import Finding, refusals
from catalog.naming import NameParts
from catalog.standards import FORMATS, MEGABYTE, Standard
from processing.imaging.frame import Frame
from processing.imaging.inspection import SourceFacts, examine

SUFFIXES = {
    "jpg": "JPEG", "jpeg": "JPEG", "jpe": "JPEG", "jfif": "JPEG", "png": "PNG", "gif": "GIF", "tif": "TIFF",
    "tiff": "TIFF", "webp": "WebP", "avif": "AVIF", "heic": "HEIC", "heif": "HEIC", "bmp": "BMP", "psd": "Photoshop",
    "svg": "SVG", "pdf": "PDF", "jp2": "JPEG 2000", "jxl": "JPEG XL", "cr2": "camera raw", "cr3": "camera raw",
    "nef": "camera raw", "arw": "camera raw", "dng": "camera raw", "icc": "colour profile", "zip": "ZIP",
    "csv": "a sheet", "xlsx": "a sheet", "txt": "text", "mp4": "video", "mov": "video",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file as it came: its name, the product it stands for (None if unknown), and what was measured."""

    name: str
    parts: NameParts | None
    facts: SourceFacts

    @property
    def suffix(self) -> str:
        """The name's suffix in lower case, without the dot."""
        return PurePosixPath(self.name).suffix[1:].lower()

    @property
    def readable(self) -> bool:
        """Whether the header could be read, so that the measures are there."""
        return self.facts.width > 0


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything known about a file at the door. It is taken when no finding refuses it; the others are notes.

    ``copy`` is what people look at, None of a file that was not decoded; one that is taken has one.
    """

    arrival: Arrival
    findings: tuple[Finding, ...]
    copy: Frame | None = None

    @property
    def facts(self) -> SourceFacts:
        """What was measured."""
        return self.arrival.facts

    @property
    def refused(self) -> bool:
        """Whether any finding refuses the file."""
        return bool(refusals(self.findings))


Rule = Callable[[Arrival, Standard], Finding | None]


def empty(arrival: Arrival, standard: Standard) -> Finding | None:
    """The file holds no bytes."""
    if arrival.facts.bytes:
        return None
    return Finding("empty", "0 bytes", _formats(standard), "The copy failed. Export or copy the photo again.")


def too_many_bytes(arrival: Arrival, standard: Standard) -> Finding | None:
    """The file is larger than the standard allows."""
    size = arrival.facts.bytes
    if size <= standard.max_bytes:
        return None
    most = f"at most {standard.max_bytes / MEGABYTE:.0f} MB"
    return Finding("too_many_bytes", f"{size / MEGABYTE:.1f} MB", most, "Export it with stronger compression.")


def accepted_format(arrival: Arrival, standard: Standard) -> Finding | None:
    """The content is of another format than the standard takes, whatever the name says."""
    found = arrival.facts.format
    if found in standard.formats or not arrival.facts.bytes:
        return None
    claimed = SUFFIXES.get(arrival.suffix)
    measured = f"{found} by its content" if found else "not a picture by its content"
    if claimed and claimed != found:
        # What is no picture may well be what its name says.
        measured += f", though the name says {claimed}" if found or claimed in standard.formats else f": {claimed}"
    return Finding("format", measured, _formats(standard), _how_to_convert(found, standard))


def mislabelled(arrival: Arrival, standard: Standard) -> Finding | None:
    """The content is fine, but the name's suffix says another format."""
    found, claimed = arrival.facts.format, SUFFIXES.get(arrival.suffix)
    if found not in standard.formats or claimed in (None, found):
        return None
    name = PurePosixPath(arrival.name).stem + (".jpg" if found == "JPEG" else ".png")
    if standard.mislabelled == "refuse":
        return Finding("mislabelled", f"{found} named .{arrival.suffix}", f"a suffix for {found}", f"Rename to {name}.")
    return Finding("mislabelled", f"{found} named .{arrival.suffix}", "", "Taken by its content.", refuses=False)


def unreadable(arrival: Arrival, standard: Standard) -> Finding | None:
    """The picture could not be decoded completely."""
    if not arrival.facts.fault:
        return None
    measured = f"it can't be decoded completely ({arrival.facts.fault})"
    return Finding("unreadable", measured, "a complete picture", "Export or copy the photo again from the original.")


def too_many_pixels(arrival: Arrival, standard: Standard) -> Finding | None:
    """More pixels, or a longer edge, than the standard allows; such a file is never decoded."""
    width, height = arrival.facts.width, arrival.facts.height
    if width * height <= standard.max_pixels and max(width, height) <= standard.max_edge:
        return None
    wanted = f"at most {standard.max_pixels / 1e6:.0f} megapixels and {standard.max_edge} px on the longest edge"
    measured = f"{width} × {height} px ({width * height / 1e6:.0f} megapixels)"
    return Finding("too_many_pixels", measured, wanted, "Export it smaller.")


def too_small(arrival: Arrival, standard: Standard) -> Finding | None:
    """The longest edge of the upright picture is too short."""
    longest = max(arrival.facts.width, arrival.facts.height)
    if not arrival.readable or longest >= standard.min_edge:
        return None
    measured = f"longest edge {longest} px ({arrival.facts.width} × {arrival.facts.height})"
    action = "Send the camera's original, or shoot it again; enlarging adds no detail."
    return Finding("too_small", measured, f"at least {standard.min_edge} px", action)


def animated(arrival: Arrival, standard: Standard) -> Finding | None:
    """More than one frame plays."""
    frames = arrival.facts.frames
    if frames <= 1:
        return None
    return Finding("animated", f"{frames} frames", "one still picture", "Export a single frame.")


def cmyk(arrival: Arrival, standard: Standard) -> Finding | None:
    """CMYK: converted with its embedded profile, or refused; without one, nobody knows its colours."""
    if arrival.facts.channels != "CMYK":
        return None
    profile = arrival.facts.profile
    if standard.cmyk == "refuse":
        return Finding("cmyk", "CMYK", "RGB", "Export it as sRGB.")
    if profile is None or profile.fault:
        measured = f"CMYK whose profile is broken: {profile.fault}" if profile else "CMYK without an embedded profile"
        return Finding("cmyk_without_profile", measured, "sRGB, or CMYK with its profile", "Export it as sRGB.")
    return Finding("cmyk", f"CMYK ({profile.name})", "", "Converted to sRGB with its profile.", refuses=False)


def wide_gamut(arrival: Arrival, standard: Standard) -> Finding | None:
    """The profile holds clearly more colours than sRGB."""
    profile = arrival.facts.profile
    if profile is None or not profile.wide:
        return None
    measured = f"{profile.name} ({profile.gamut:.1f} times the colours of sRGB)"
    if standard.wide_gamut == "refuse":
        return Finding("wide_gamut", measured, "sRGB", "Export it as sRGB.")
    return Finding("wide_gamut", measured, "", "Converted to sRGB with its profile.", refuses=False)


def other_profile(arrival: Arrival, standard: Standard) -> Finding | None:
    """Another profile than sRGB, of about its size or for grey: always converted."""
    profile = arrival.facts.profile
    known = profile is not None and ("srgb" in profile.name.lower() or profile.name == "c2")
    if profile is None or profile.fault or profile.wide or known or arrival.facts.channels == "CMYK":
        return None
    return Finding("other_profile", profile.name, "", "Converted to sRGB with its profile.", refuses=False)


def broken_profile(arrival: Arrival, standard: Standard) -> Finding | None:
    """The embedded profile cannot be used."""
    profile = arrival.facts.profile
    if profile is None or not profile.fault or arrival.facts.channels == "CMYK":
        return None
    measured = f"{profile.name or 'a profile'}: {profile.fault}"
    if standard.broken_profile == "refuse":
        return Finding("broken_profile", measured, "a sound profile", "Export it as sRGB.")
    return Finding("broken_profile", measured, "", "Its profile was left out and the colours taken as sRGB.", False)


def bit_depth(arrival: Arrival, standard: Standard) -> Finding | None:
    """More than 8 bits a channel."""
    if arrival.facts.depth <= 8:
        return None
    measured = f"{arrival.facts.depth} bits a channel"
    if standard.deep == "refuse":
        return Finding("bit_depth", measured, "8 bits a channel", "Export it with 8 bits.")
    return Finding("bit_depth", measured, "", "Reduced to 8 bits.", refuses=False)


def orientation(arrival: Arrival, standard: Standard) -> Finding | None:
    """An EXIF orientation other than upright: applied, and noted."""
    value = arrival.facts.orientation
    if value == 1:
        return None
    return Finding("orientation", f"orientation tag {value}", "", "Turned upright.", refuses=False)


def damaged_exif(arrival: Arrival, standard: Standard) -> Finding | None:
    """EXIF data that cannot be read: a camera's turn, if there was one, is lost."""
    fault = arrival.facts.exif_fault
    if not fault:
        return None
    return Finding("damaged_exif", fault[:120], "", "Taken as upright: look whether it stands right.", refuses=False)


def name(arrival: Arrival, standard: Standard) -> Finding | None:
    """The name tells neither by the pattern nor by the product sheet which product this is."""
    if arrival.parts is not None:
        return None
    found = PurePosixPath(arrival.name).name[:120]
    wanted = f"{standard.name_pattern} with a known view, such as {standard.example}"
    return Finding("name", f"{found} gives no SKU and view", wanted, "Rename the file, or name it in the sheet.")


INTAKE_RULES: tuple[Rule, ...] = (
    empty, too_many_bytes, accepted_format, mislabelled, unreadable, too_many_pixels, too_small, animated, cmyk,
    wide_gamut, other_profile, broken_profile, bit_depth, orientation,
    damaged_exif, name,
)  # fmt: skip


def inspect(source: Path | BinaryIO, name: str, standard: Standard, *, known_as: NameParts | None = None) -> Inspection:
    """Inspect one file completely against `standard`, decoding it once; never raises for what the file is.

    `known_as` is the product and view that a product sheet gives this file; without it the name pattern decides.
    """
    facts, copy = examine(source, max_pixels=_decodable(standard), max_bytes=standard.max_bytes)
    arrival = Arrival(name, known_as or standard.parse(name), facts)
    found = (rule(arrival, standard) for rule in INTAKE_RULES)
    return Inspection(arrival, tuple(finding for finding in found if finding), copy)


def _decodable(standard: Standard) -> int:
    return min(standard.max_pixels, standard.max_edge**2)


def _formats(standard: Standard) -> str:
    return " or ".join(standard.formats)


def _how_to_convert(found: str, standard: Standard) -> str:
    if found == "SVG":
        return f"A drawing has no pixels. Export it as {standard.formats[-1]} at {standard.min_edge} px or more."
    if found in ("GIF", "WebP", "AVIF", "TIFF", "HEIC", "BMP", "camera raw", "Photoshop", *FORMATS):
        return f"Export it from the original as {_formats(standard)}; converting a small web file adds no quality."
    return "Leave it out, or send the photo that it stands for."
