"""Writing delivered pictures: what is read back is what was written, within the bytes allowed."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image, ImageCms

from processing.imaging.encoding import (
    XMP_KEYWORD,
    Encoding,
    Format,
    Metadata,
    TooFewBytes,
    TooManyBytes,
    best_quality,
    encode,
)


def noisy(side: int = 128) -> np.ndarray:
    rgb = np.random.default_rng(3).integers(0, 256, (side, side, 3)).astype(np.uint8)
    rgb[:16], rgb[-16:], rgb[:, :16], rgb[:, -16:] = 255, 255, 255, 255
    return rgb


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_the_file_is_what_it_says_in_srgb_with_its_packet(format: Format) -> None:
    xmp = "<x>Schuhgröße</x>".encode()
    picture = opened(encode(noisy(), None, Encoding(format), Metadata(xmp=xmp)).data)
    assert picture.format == format
    profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
    assert "sRGB" in (profile.profile.profile_description or "")
    stored = picture.info[XMP_KEYWORD].encode() if format == "PNG" else picture.info["xmp"]
    assert stored == xmp


def test_a_white_border_survives_jpeg_exactly() -> None:
    back = np.asarray(opened(encode(noisy(), None, Encoding("JPEG")).data))
    assert (back[0] == 255).all()
    assert (back[:, -1] == 255).all()


def test_png_keeps_every_pixel_and_the_alpha() -> None:
    rgb, alpha = noisy(), np.tile(np.arange(128, dtype=np.uint8), (128, 1))
    back = np.asarray(opened(encode(rgb, alpha, Encoding("PNG")).data))
    assert (back == np.dstack([rgb, alpha])).all()


def test_jpeg_keeps_colour_at_full_resolution() -> None:
    assert [layer[1:3] for layer in opened(encode(noisy(), None, Encoding("JPEG")).data).layer] == [(1, 1)] * 3


def test_equal_pictures_are_equal_files() -> None:
    assert encode(noisy(), None, Encoding("PNG")).data == encode(noisy(), None, Encoding("PNG")).data


@pytest.mark.parametrize("format", ["JPEG", "WEBP"])
def test_the_quality_falls_just_far_enough(format: Format) -> None:
    free = encode(noisy(), None, Encoding(format, quality=92))
    limit = len(free.data) * 8 // 10
    tight = encode(noisy(), None, Encoding(format, quality=92, least_quality=30, max_bytes=limit))
    above = encode(noisy(), None, Encoding(format, quality=tight.quality + 1))
    assert len(tight.data) <= limit < len(above.data)
    assert str(tight.quality) in tight.notes[0]


def test_a_picture_that_fits_has_no_note() -> None:
    assert encode(noisy(), None, Encoding("JPEG", max_bytes=10_000_000)).notes == ()


@pytest.mark.parametrize("format", ["JPEG", "WEBP"])
def test_the_quality_rises_just_far_enough(format: Format) -> None:
    usual = encode(noisy(), None, Encoding(format, quality=80))
    least = len(usual.data) * 11 // 10
    made = encode(noisy(), None, Encoding(format, quality=80, min_bytes=least))
    assert len(made.data) >= least and made.quality > 80
    assert made.notes == (f"quality {made.quality} instead of 80, to have at least {least:,} bytes",)
    below = encode(noisy(), None, Encoding(format, quality=made.quality - 1))
    assert len(below.data) < least
    assert encode(noisy(), None, Encoding(format, quality=80, min_bytes=len(usual.data))).notes == ()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_what_is_too_small_at_any_quality_is_refused_with_numbers(format: Format) -> None:
    with pytest.raises(TooFewBytes) as caught:
        encode(noisy(), None, Encoding(format, min_bytes=1_000_000))
    assert caught.value.code == "too_few_bytes"
    assert "at least 1,000,000 bytes" in str(caught.value)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_what_can_never_fit_is_refused_with_numbers(format: Format) -> None:
    with pytest.raises(TooManyBytes) as caught:
        encode(noisy(), None, Encoding(format, max_bytes=500))
    assert "500 bytes" in caught.value.wanted


def test_png_tries_harder_before_it_gives_up() -> None:
    rgb = (np.arange(128 * 128 * 3) % 251).astype(np.uint8).reshape(128, 128, 3)
    quick = len(encode(rgb, None, Encoding("PNG")).data)
    assert len(encode(rgb, None, Encoding("PNG", max_bytes=quick - 1)).data) < quick


def test_jpeg_refuses_alpha() -> None:
    with pytest.raises(ValueError, match="no alpha"):
        encode(noisy(), noisy()[..., 0], Encoding("JPEG"))


def test_the_search_finds_the_best_quality_in_few_trials() -> None:
    for limit in range(0, 210, 7):
        trials = itertools.count()

        def size(quality: int, trials: "itertools.count[int]" = trials) -> int:
            next(trials)
            return 2 * quality

        expected = max((q for q in range(30, 92) if 2 * q <= limit), default=None)
        assert best_quality(size, limit, 91, 30) == expected
        assert next(trials) <= 7


def test_pure_noise_is_written_too() -> None:
    rgb = np.random.default_rng(5).integers(0, 256, (600, 600, 3)).astype(np.uint8)
    assert opened(encode(rgb, None, Encoding("JPEG", quality=94)).data).size == (600, 600)
