"""What a file really is: synthetic files that carry their own truth."""

import hashlib
import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from processing.imaging.frame import decode
from processing.imaging.inspection import SourceFacts, damaged_chunk, examine, read_profile, sniff
from tests.images import product_shot

SHOT = product_shot((120, 90))


def measured(data: bytes, *, max_pixels: int = 1_000_000, max_bytes: int = 10_000_000) -> SourceFacts:
    return examine(io.BytesIO(data), max_pixels=max_pixels, max_bytes=max_bytes)[0]


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims any size, with next to no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_sound_picture_is_measured_and_decoded(format: str) -> None:
    data = SHOT.encoded(format)
    facts = measured(data)
    assert (facts.format, facts.width, facts.height, facts.channels, facts.depth) == (format, 120, 90, "RGB", 8)
    assert facts.decoded and not facts.fault and facts.frames == 1 and facts.profile is None
    assert facts.bytes == len(data)
    assert facts.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_sizes_are_those_of_the_upright_picture(orientation: int, format: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    facts = measured(SHOT.encoded(format, exif=exif))
    assert facts.orientation == orientation
    assert (facts.width, facts.height) == ((120, 90) if orientation < 5 else (90, 120))


@pytest.mark.parametrize(
    ("exif", "fault"),
    [
        (b"Exif\0\0garbage", "not a TIFF file"),
        (b"Exif\0\0II*\0\x08\0\0\0\x09\0\x12\x01\x03", "Corrupt EXIF data"),
        (b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x2a\0\0\0\0\0\0\0", "orientation tag is 42"),
        (b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x02\0\0\0\x36\0\0\0\0\0\0\0", "orientation tag is '6'"),
    ],
)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_is_told_and_the_picture_stays_as_it_lies(exif: bytes, fault: str) -> None:
    facts = measured(SHOT.encoded("JPEG", exif=exif))
    assert fault in facts.exif_fault
    assert (facts.orientation, facts.width, facts.height, facts.decoded, facts.fault) == (1, 120, 90, True, "")
    frame = decode(io.BytesIO(SHOT.encoded("JPEG", exif=exif)))
    assert frame.size == (120, 90)


def test_an_orientation_as_a_float_is_told_as_it_turns_the_picture() -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x0b\0\x01\0\0\0" + struct.pack("<f", 6.0) + b"\0\0\0\0"
    facts = measured(SHOT.encoded("JPEG", exif=exif))
    assert (facts.orientation, facts.width, facts.height) == (6, 90, 120)
    assert decode(io.BytesIO(SHOT.encoded("JPEG", exif=exif))).size == (90, 120)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_cut_off_file_has_a_fault(format: str, share: float) -> None:
    data = SHOT.encoded(format)
    facts = measured(data[: int(len(data) * share)])
    assert facts.fault and not facts.decoded


def test_flipped_bit_in_png_pixels_is_found() -> None:
    data = bytearray(SHOT.encoded("PNG"))
    data[len(data) // 2] ^= 1
    assert "checksum" in measured(bytes(data)).fault
    assert not damaged_chunk(io.BytesIO(SHOT.encoded("PNG")))


def test_giant_is_measured_but_never_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(self: object) -> None:
        raise AssertionError("a bomb was decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", explode)
    facts = measured(png_claiming(60_000, 60_000), max_pixels=100_000_000)
    assert (facts.width, facts.height, facts.decoded, facts.fault) == (60_000, 60_000, False, "")


def test_giant_text_in_a_small_png_is_a_fault() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "x" * 70_000_000, zip=True)
    facts = measured(SHOT.encoded("PNG", pnginfo=info))
    assert facts.bytes < 200_000
    assert facts.fault


def test_too_many_bytes_are_hashed_but_not_opened() -> None:
    facts = measured(SHOT.encoded("PNG"), max_bytes=100)
    assert facts.width == 0 and facts.format == "PNG" and len(facts.sha256) == 64


def test_sixteen_bits_are_seen_though_pillow_shows_eight() -> None:
    picture = Image.new("I;16", (20, 10), 40_000)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    facts = measured(buffer.getvalue())
    assert (facts.depth, facts.channels) == (16, "GRAY")


def test_animated_png_has_frames() -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue", "white")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    assert measured(buffer.getvalue()).frames == 3


def test_srgb_profile_is_not_wide_and_a_broken_one_has_a_fault() -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = read_profile(icc, "RGB")
    assert not profile.wide and not profile.fault and profile.gamut == pytest.approx(1)
    assert read_profile(icc[:200], "RGB").fault
    assert read_profile(b"nonsense", "RGB").fault
    assert "made for RGB" in read_profile(icc, "GRAY").fault


def encoded(format: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, format)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("make", "format"),
    [
        (lambda: encoded("JPEG"), "JPEG"),
        (lambda: encoded("PNG"), "PNG"),
        (lambda: encoded("GIF"), "GIF"),
        (lambda: encoded("TIFF"), "TIFF"),
        (lambda: encoded("WEBP"), "WebP"),
        (lambda: encoded("AVIF"), "AVIF"),
        (lambda: encoded("BMP"), "BMP"),
        (lambda: b'<svg xmlns="http://www.w3.org/2000/svg">', "SVG"),
        (lambda: b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<svg viewBox="0 0 9 9"/>', "SVG"),
        (lambda: b"<!DOCTYPE html><html>not found</html>", "HTML"),
        (lambda: b"%PDF-1.7", "PDF"),
        (lambda: b"PK\x03\x04rest", "ZIP"),
        (lambda: b"sku,title\n1,mug\n", ""),
        (lambda: b"", ""),
    ],
)
def test_format_is_told_by_the_first_bytes(make: Callable[[], bytes], format: str) -> None:
    assert sniff(make()) == format


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_the_one_decoding_gives_a_copy_that_lies_upright_and_the_measures_of_the_whole(format: str) -> None:
    shot = product_shot((1600, 1200))
    exif = Image.Exif()
    exif[0x0112] = 6
    data = io.BytesIO()
    Image.fromarray(shot.rgb).save(data, format, exif=exif.tobytes())
    facts, copy = examine(data, max_pixels=10_000_000, max_bytes=10_000_000, long_edge=400)
    assert (facts.width, facts.height, facts.orientation) == (1200, 1600, 6)
    assert copy is not None and copy.size == (300, 400)
    turned = Image.fromarray(np.rot90(shot.rgb, -1)).resize((300, 400), Image.Resampling.BOX)
    assert np.abs(copy.rgb.astype(int) - np.asarray(turned)).mean() < 3


def test_there_is_no_copy_of_what_is_damaged_or_too_large() -> None:
    for data, most in ((SHOT.encoded("JPEG")[:-400], 1_000_000), (SHOT.encoded("PNG"), 100)):
        facts, copy = examine(io.BytesIO(data), max_pixels=most, max_bytes=10_000_000)
        assert copy is None and not facts.decoded
    large = product_shot((1600, 1200)).encoded("JPEG")
    facts, copy = examine(
        io.BytesIO(large[: len(large) - 3000]), max_pixels=10_000_000, max_bytes=9_999_999, long_edge=200
    )
    assert copy is None and "truncated" in facts.fault
