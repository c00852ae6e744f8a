"""One delivered picture: a cut-out placed, encoded and described as a preset asks. Touches no database."""

from dataclasses import dataclass

from catalog.marketplaces import Preset
from processing import metadata
from processing.imaging import encoding, rendering, shadows
from processing.imaging.encoding import Encoding, Metadata
from processing.imaging.frame import Frame
from processing.imaging.rendering import Canvas, Spec
from processing.metadata import NOTHING, Facts, Inherited


@dataclass(frozen=True, slots=True)
class Delivered:
    """A finished file, its size in pixels, what its metadata says, and every way in which it fell short."""

    data: bytes
    size: tuple[int, int]
    alt_text: str
    notes: tuple[str, ...]


def deliver(frame: Frame, preset: Preset, facts: Facts, view: str, source: Inherited = NOTHING) -> Delivered:
    """Make the picture of a cut-out for a marketplace. Raises StepFailed, TooSmall, TooManyBytes, TooFewBytes."""
    canvas, painted = _rendered(frame, preset)
    alt = metadata.alt_text(facts, view, preset.alt_limit)
    alpha = canvas.alpha if preset.background is None else None
    xmp = metadata.xmp_packet(facts, alt, source, painted=painted, joined=frame.joint is not None)
    about = Metadata(xmp, metadata.exif_block(facts.description or alt, source))
    encoded = encoding.encode(canvas.rgb, alpha, encoding_of(preset), about)
    made = (f"the photo says that a model made it ({source.made}), and so does this one",) if source.made else ()
    notes = (*canvas.notes, *_shortfalls(canvas, preset), *_left_out(frame, preset), *encoded.notes, *made)
    return Delivered(encoded.data, canvas.size, alt, notes)


def _rendered(frame: Frame, preset: Preset) -> tuple[Canvas, bool]:
    """The canvas, and whether a shadow was painted on it: only where the preset takes the photo's own."""
    if preset.keeps_source_size:
        return rendering.whole(frame), False
    canvas = rendering.place(frame, spec_of(preset))
    painted = preset.shadow == "own" and frame.shadow is not None
    return (shadows.under(canvas, frame.shadow) if painted else canvas), painted


def _left_out(frame: Frame, preset: Preset) -> tuple[str, ...]:
    if frame.shadow and preset.shadow == "none":
        return (f"its shadow is left out: {preset.label} gets none",)
    return ()


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
        least_product=preset.least_product,
    )


def encoding_of(preset: Preset) -> Encoding:
    """The file that a preset asks for."""
    return Encoding(preset.format, preset.quality, preset.least_quality, preset.max_bytes, preset.least_bytes)


def suffix_of(preset: Preset) -> str:
    """The suffix of a preset's files, without its dot."""
    return encoding.SUFFIXES[preset.format]


def _shortfalls(canvas: Canvas, preset: Preset) -> tuple[str, ...]:
    """Where the picture is taken, but is less than the marketplace wants."""
    longest, (left, top, right, bottom) = max(canvas.size), canvas.box
    shorter, told = min(right - left, bottom - top), []
    if longest < preset.good_edge:
        told.append(f"{longest} px long: {preset.label} wants {preset.good_edge} px for {preset.good_for}")
    if shorter < preset.least_product:
        wanted = f"{preset.label} may want {preset.least_product} px of both sides"
        told.append(f"the product's shorter side has {shorter} px: {wanted}")
    return tuple(told)
