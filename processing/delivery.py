"""One delivered picture: a cut-out placed, encoded and described as a preset asks. Touches no database."""

from dataclasses import dataclass

from catalog.marketplaces import Preset
from processing import metadata
from processing.imaging import encoding, rendering
from processing.imaging.encoding import Encoding, Metadata
from processing.imaging.frame import Frame
from processing.imaging.rendering import Canvas, Spec
from processing.metadata import NO_EXIF, Facts, SourceExif


@dataclass(frozen=True, slots=True)
class Delivered:
    """A finished file, its size in pixels, what its metadata says, and every way in which it fell short."""

    data: bytes
    size: tuple[int, int]
    alt_text: str
    notes: tuple[str, ...]


def deliver(frame: Frame, preset: Preset, facts: Facts, view: str, exif: SourceExif = NO_EXIF) -> Delivered:
    """Make the picture of a cut-out for a marketplace. Raises StepFailed, TooSmall and TooManyBytes."""
    canvas = rendering.whole(frame) if preset.keeps_source_size else rendering.place(frame, spec_of(preset))
    alt = metadata.alt_text(facts, view, preset.alt_limit)
    alpha = canvas.alpha if preset.background is None else None
    encoded = encoding.encode(canvas.rgb, alpha, encoding_of(preset), _metadata(facts, alt, exif))
    notes = (*canvas.notes, *_shortfalls(canvas, preset), *encoded.notes)
    return Delivered(encoded.data, canvas.size, alt, notes)


def spec_of(preset: Preset) -> Spec:
    """The canvas that a preset asks for."""
    return Spec(
        width=preset.width,
        height=preset.height,
        fill=preset.fill,
        margin=preset.margin,
        background=preset.background,
        least=preset.min_edge,
        upscale=preset.upscale,
    )


def encoding_of(preset: Preset) -> Encoding:
    """The file that a preset asks for."""
    return Encoding(preset.format, preset.quality, preset.least_quality, preset.max_bytes)


def suffix_of(preset: Preset) -> str:
    """The suffix of a preset's files, without its dot."""
    return encoding.SUFFIXES[preset.format]


def _metadata(facts: Facts, alt: str, exif: SourceExif) -> Metadata:
    creator, rights = exif.text(metadata.ARTIST), exif.text(metadata.COPYRIGHT)
    xmp = metadata.xmp_packet(facts, alt, creator=creator, rights=rights)
    return Metadata(xmp, metadata.exif_block(facts.description or alt, exif))


def _shortfalls(canvas: Canvas, preset: Preset) -> tuple[str, ...]:
    longest = max(canvas.size)
    if longest < preset.good_edge:
        return (f"{longest} px long: {preset.label} zooms only from {preset.good_edge} px",)
    return ()
