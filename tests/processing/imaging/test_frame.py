"""Files become upright 8-bit sRGB, or are refused with words."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from processing.imaging.faults import UnreadablePicture
from processing.imaging.frame import Frame, Glass, Joint, decode, reduced
from tests.images import product_shot


def encoded(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def test_reads_bytes_paths_and_handles_alike(tmp_path: Path) -> None:
    data = product_shot().encoded("PNG")
    (tmp_path / "a.png").write_bytes(data)
    frames = [decode(data), decode(tmp_path / "a.png"), decode(io.BytesIO(data))]
    assert all((frame.rgb == product_shot().rgb).all() for frame in frames)
    assert frames[0].alpha is None and frames[0].notes == ()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_applies_the_exif_orientation(orientation: int) -> None:
    stored = Image.new("RGB", (64, 48), "white")
    exif = Image.Exif()
    exif[0x0112] = orientation
    frame = decode(encoded(stored, "JPEG", exif=exif.tobytes()))
    assert frame.size == ((64, 48) if orientation < 5 else (48, 64))


def test_turns_the_pixels_and_not_only_the_size() -> None:
    stored = np.zeros((40, 60, 3), np.uint8)
    stored[:, :20] = (255, 0, 0)  # red on the left; orientation 6 shows it at the top
    exif = Image.Exif()
    exif[0x0112] = 6
    frame = decode(encoded(Image.fromarray(stored), "PNG", exif=exif.tobytes()))
    assert frame.rgb[5, 20].tolist() == [255, 0, 0] and frame.rgb[50, 20].tolist() == [0, 0, 0]


def test_converts_lab() -> None:
    greyish = Image.new("LAB", (8, 8), (128, 128, 128))
    frame = decode(encoded(greyish, "TIFF"))
    assert "converted from Lab" in frame.notes
    red, green, blue = frame.rgb[0, 0].tolist()
    assert abs(red - green) <= 2 and abs(green - blue) <= 2 and 110 < red < 128


def test_a_profile_for_other_data_is_noted_and_not_used() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    frame = decode(encoded(Image.new("RGB", (8, 8), (10, 20, 30)), icc_profile=profile))
    assert frame.rgb[0, 0].tolist() == [10, 20, 30]
    assert "was not used" in frame.notes[0]


def test_a_damaged_profile_is_noted_and_the_picture_kept() -> None:
    frame = decode(encoded(Image.new("RGB", (8, 8), (10, 20, 30)), icc_profile=b"no profile at all" * 20))
    assert frame.rgb[0, 0].tolist() == [10, 20, 30]
    assert "damaged" in frame.notes[0]


def test_an_srgb_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    frame = decode(encoded(Image.new("RGB", (8, 8), (10, 20, 30)), icc_profile=profile))
    assert frame.rgb[0, 0].tolist() == [10, 20, 30] and frame.notes == ()


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_srgb_by_another_name_is_left_as_it_is() -> None:
    profile = SRGB.replace("sRGB".encode("utf-16-be"), "c2xx".encode("utf-16-be"))
    assert profile != SRGB
    frame = decode(encoded(Image.new("RGB", (8, 8), (10, 200, 30)), icc_profile=profile))
    assert frame.rgb[0, 0].tolist() == [10, 200, 30]
    assert frame.notes == ()


def test_what_only_bears_the_name_of_srgb_is_converted() -> None:
    """Red and blue change places in its table of tags."""
    profile = SRGB.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    frame = decode(encoded(Image.new("RGB", (8, 8), (10, 200, 30)), icc_profile=profile))
    assert frame.rgb[0, 0].tolist() == pytest.approx([30, 200, 10], abs=1)
    assert "converted from sRGB" in frame.notes[0]


def test_cmyk_without_a_profile_is_converted_with_a_note() -> None:
    frame = decode(encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG"))
    assert frame.rgb[0, 0, 0] > 200 and frame.rgb[0, 0, 1] < 60
    assert "CMYK without a profile" in frame.notes[0]


def test_sixteen_bit_grey_keeps_its_tone() -> None:
    grey = Image.fromarray(np.full((8, 8), 40_000, np.uint16))
    frame = decode(encoded(grey))
    assert frame.rgb[0, 0].tolist() == [156, 156, 156]
    assert "8 bits" in frame.notes[0]


def test_own_transparency_is_laid_on_white() -> None:
    half = Image.new("RGBA", (8, 8), (0, 0, 0, 128))
    frame = decode(encoded(half))
    assert abs(int(frame.rgb[0, 0, 0]) - 127) <= 1
    assert frame.notes == ("own transparency laid on white",)


def test_a_palette_with_transparency_is_laid_on_white() -> None:
    picture = Image.new("P", (8, 8), 0)
    picture.putpalette([200, 0, 0] * 256)
    frame = decode(encoded(picture, transparency=0))
    assert frame.rgb[0, 0].tolist() == [255, 255, 255]


def test_transparency_that_a_photo_came_with_is_kept_beside_it_the_right_way_up() -> None:
    alpha = np.zeros((6, 8), np.uint8)
    alpha[0, :3], alpha[1, 0] = 255, 90
    picture = Image.new("RGB", (8, 6), (200, 40, 40))
    picture.putalpha(Image.fromarray(alpha))
    exif = Image.Exif()
    exif[0x0112] = 6
    for mode in ("RGBA", "LA"):
        frame = decode(encoded(picture.convert(mode), exif=exif.tobytes()))
        assert np.array_equal(frame.own, np.rot90(alpha, -1)) and frame.alpha is None and not frame.given
    assert reduced(Image.open(io.BytesIO(encoded(picture))), 4).own is None


def test_a_palettes_transparency_is_the_photos_own_and_an_opaque_photo_has_none() -> None:
    picture = Image.new("P", (8, 8), 0)
    picture.putpixel((1, 2), 1)
    picture.putpalette([200, 0, 0] * 256)
    own = decode(encoded(picture, transparency=0)).own
    assert own is not None and own[2, 1] == 255 and np.count_nonzero(own) == 1
    assert decode(encoded(Image.new("RGBA", (8, 8), (9, 9, 9, 255)))).own is None
    assert decode(encoded(Image.new("RGB", (8, 8)))).own is None


def test_grey_with_transparency_keeps_the_profile_of_its_grey() -> None:
    grey = Image.new("L", (8, 8), 100)
    profile = gamma_one_grey()
    straight = decode(encoded(grey, icc_profile=profile)).rgb[0, 0].tolist()
    assert straight[0] > 150
    for opacity in (255, 254):
        picture = Image.merge("LA", (grey, Image.new("L", (8, 8), opacity)))
        assert decode(encoded(picture, icc_profile=profile)).rgb[0, 0].tolist() == pytest.approx(straight, abs=1)


def test_one_level_of_sixteen_bits_is_no_transparency_of_its_own() -> None:
    deep = np.full((8, 8), 30_000, np.uint16)
    deep[:3] = 0
    assert decode(encoded(Image.fromarray(deep), transparency=0)).own is None


def test_of_several_frames_the_first_is_taken_with_a_note() -> None:
    frames = [Image.new("L", (8, 8), value) for value in (10, 200)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert "first of 2 frames taken" in decode(data).notes


def gamma_one_grey() -> bytes:
    """A grey profile whose curve is a straight line: the header of ICC.1:2010 and the three tags that it needs."""

    def tag(kind: bytes, data: bytes) -> bytes:
        return kind + bytes(4) + data + bytes(-len(data) % 4)

    white = tag(b"XYZ ", struct.pack(">3i", 63190, 65536, 54061))
    curve = tag(b"curv", struct.pack(">IH", 1, 256))
    about = tag(b"desc", struct.pack(">I", 5) + b"Line\0" + bytes(4 + 4 + 2 + 1 + 67))
    tags, offset = b"", 128 + 4 + 3 * 12
    for name, data in ((b"wtpt", white), (b"kTRC", curve), (b"desc", about)):
        tags += name + struct.pack(">II", offset, len(data))
        offset += len(data)
    header = struct.pack(">I4sI4s4s4s", offset, b"lcms", 0x02400000, b"mntr", b"GRAY", b"XYZ ") + bytes(12) + b"acsp"
    header += bytes(128 - len(header) - 60) + struct.pack(">3i", 63190, 65536, 54061) + bytes(48)
    return header + struct.pack(">I", 3) + tags + white + curve + about


@pytest.mark.parametrize(("size", "given"), [((1200, 900), (400, 300)), ((300, 200), (300, 200))])
def test_a_copy_to_look_at_keeps_the_shape_and_is_never_larger(size: tuple[int, int], given: tuple[int, int]) -> None:
    assert reduced(Image.open(io.BytesIO(product_shot(size).encoded())), 400).size == given


def test_too_many_pixels_are_refused_before_decoding() -> None:
    with pytest.raises(UnreadablePicture) as caught:
        decode(product_shot((600, 480)).encoded(), max_pixels=100_000)
    assert caught.value.code == "too_many_pixels"
    assert "600 x 480" in caught.value.measured


@pytest.mark.parametrize("damage", ["truncated", "empty", "text"])
def test_damaged_files_are_refused_with_what_to_do(damage: str) -> None:
    whole = product_shot((600, 480)).encoded()
    data = {"truncated": whole[: len(whole) // 2], "empty": b"", "text": b"hello, I am no picture"}[damage]
    with pytest.raises(UnreadablePicture) as caught:
        decode(data)
    assert caught.value.code == "unreadable"
    assert caught.value.wanted and caught.value.action


def test_every_hostile_file_is_read_or_refused_never_anything_else(shared: Path) -> None:
    for path in sorted((shared / "data" / "hostile").iterdir()):
        if path.suffix == ".csv":
            continue
        try:
            frame = decode(path, max_pixels=50_000_000)
        except UnreadablePicture as refusal:
            assert refusal.measured and refusal.action
        else:
            assert frame.rgb.dtype == np.uint8 and frame.rgb.ndim == 3


def test_a_frame_is_never_changed() -> None:
    frame = Frame(np.zeros((4, 4, 3), np.uint8))
    other = frame.with_alpha(np.full((4, 4), 7, np.uint8)).noting("seen")
    assert frame.alpha is None and frame.notes == () and other.notes == ("seen",)


def test_a_picture_whose_exif_cant_be_read_lies_as_it_is() -> None:
    whole = encoded(Image.new("RGB", (120, 90), (200, 40, 40)))
    junk = b"\xff" * 40
    chunk = struct.pack(">I", len(junk)) + b"eXIf" + junk + struct.pack(">I", zlib.crc32(b"eXIf" + junk))
    data = whole[:-12] + chunk + whole[-12:]
    frame = decode(data)
    assert frame.size == (120, 90) and len(frame.notes) == 1 and "EXIF can't be read" in frame.notes[0]
    assert reduced(Image.open(io.BytesIO(data)), 60).size == (60, 45)


def test_what_lies_under_a_product_is_seen_where_that_is_not_solid() -> None:
    rgb, alpha = np.full((6, 8, 3), 200, np.uint8), np.full((6, 8), 255, np.uint8)
    alpha[2, 2:6] = (0, 128, 255, 0)
    below = Joint(np.full((2, 3, 3), 40, np.uint8), np.full((2, 3), 255, np.uint8), 2, 2)
    frame = Frame(rgb, alpha)
    drawn, opacity = frame.with_joint(below).drawn
    assert frame.drawn[0] is rgb and frame.drawn[1] is alpha
    assert opacity is not None and opacity[2].tolist() == [255, 255, 255, 255, 255, 0, 255, 255]
    assert drawn[2, 2:6, 0].tolist() == [40, 120, 200, 200]
    assert (drawn[3:] == rgb[3:]).all() and (alpha[2, 2:6] == (0, 128, 255, 0)).all(), "alpha itself is the product's"
    assert (frame.with_joint(below).covered == opacity).all() and frame.covered is alpha


def test_a_faint_joint_under_nothing_keeps_its_colour_and_opacity() -> None:
    below = Joint(np.full((1, 1, 3), 90, np.uint8), np.full((1, 1), 60, np.uint8), 0, 0)
    drawn, opacity = Frame(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8)).with_joint(below).drawn
    assert drawn.ravel().tolist() == [90, 90, 90] and opacity is not None and opacity[0, 0] == 60


def test_under_clear_glass_a_joint_is_seen_through_it() -> None:
    rgb, alpha = np.full((1, 1, 3), 200, np.uint8), np.full((1, 1), 255, np.uint8)
    glass = Glass(np.full((1, 1), 51, np.uint8), np.full((1, 1, 3), 250, np.uint8))
    below = Joint(np.full((1, 1, 3), 50, np.uint8), np.full((1, 1), 255, np.uint8), 0, 0)
    drawn, opacity = Frame(rgb, alpha).with_glass(glass).with_joint(below).drawn
    assert opacity is not None and opacity[0, 0] == 255 and drawn[0, 0, 0] == 90


def test_a_file_that_is_no_picture_is_refused_without_a_word_of_the_programs_own() -> None:
    with pytest.raises(UnreadablePicture, match=r"does not begin like any picture") as refused:
        decode(b"no picture")
    assert "object at" not in str(refused.value)
