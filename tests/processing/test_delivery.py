"""Each preset's picture, read back from its bytes: size, canvas, format, bytes, alt text, metadata, white border."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import ExifTags, Image

from catalog import marketplaces
from catalog.marketplaces import PRESETS, Preset
from processing import delivery
from processing.imaging.encoding import XMP_KEYWORD
from processing.imaging.faults import Fault
from processing.imaging.frame import Frame, Shadow
from processing.imaging.rendering import TooSmall, box_of
from processing.metadata import Facts

FACTS = Facts("MUG-1", title="Blue mug", brand="Acme", colour="blue", category="kitchen")
PLACED = [preset for preset in PRESETS if not preset.keeps_source_size]
by_slug = {"ids": lambda preset: preset.slug}


def frame(width: int = 2400, height: int = 2400, share: float = 0.9) -> Frame:
    """A box in one colour with a soft edge of one pixel."""
    alpha = np.zeros((height, width), np.uint8)
    down, across = int(height * (1 - share) / 2), int(width * (1 - share) / 2)
    alpha[down : height - down, across : width - across] = 128
    alpha[down + 1 : height - down - 1, across + 1 : width - across - 1] = 255
    return Frame(np.full((height, width, 3), (30, 60, 150), np.uint8), alpha)


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@pytest.mark.parametrize("preset", PRESETS, **by_slug)
def test_format_bytes_and_metadata(preset: Preset) -> None:
    made = delivery.deliver(frame(), preset, FACTS, "front")
    picture = opened(made.data)
    assert picture.format == preset.format
    assert picture.size == made.size
    assert len(made.data) <= preset.max_bytes
    assert picture.info["icc_profile"]
    assert made.alt_text == "Blue mug by Acme, front view"
    packet = picture.info[XMP_KEYWORD].encode() if preset.format == "PNG" else picture.info["xmp"]
    assert made.alt_text.encode() in packet
    assert b"algorithmicallyEnhanced" in packet
    assert picture.getexif()[ExifTags.Base.ImageDescription] == made.alt_text


@pytest.mark.parametrize("preset", PLACED, **by_slug)
def test_canvas_fill_and_a_border_of_exactly_white(preset: Preset) -> None:
    made = delivery.deliver(frame(), preset, FACTS, "front")
    pixels = np.asarray(opened(made.data))
    assert made.size == (preset.width, preset.height)
    width = max(1, round(preset.margin * min(made.size)))
    for side in (pixels[:width], pixels[-width:], pixels[:, :width], pixels[:, -width:]):
        assert (side == 255).all()
    product = box_of((255 - pixels[..., 0]).astype(np.uint8))
    assert product
    share = max((product[2] - product[0]) / made.size[0], (product[3] - product[1]) / made.size[1])
    assert share == pytest.approx(preset.fill, abs=0.005)
    assert share >= preset.least_fill
    assert not made.notes


@pytest.mark.parametrize("preset", PLACED, **by_slug)
def test_a_product_with_too_few_pixels_is_never_enlarged_in_silence(preset: Preset) -> None:
    small = frame(300, 300)
    if not preset.upscale:
        with pytest.raises(TooSmall):
            delivery.deliver(small, preset, FACTS, "front")
    else:
        made = delivery.deliver(small, preset, FACTS, "front")
        assert max(made.size) == preset.min_edge
        assert any("enlarged" in note for note in made.notes)


@pytest.mark.parametrize("preset", PLACED, **by_slug)
def test_in_between_the_canvas_shrinks_instead(preset: Preset) -> None:
    longest, shortest = max(preset.width, preset.height), min(preset.width, preset.height)
    edge = round((preset.min_edge / longest + 1) / 2 * shortest * preset.fill)
    made = delivery.deliver(frame(edge, edge, 1.0), preset, FACTS, "front")
    assert preset.min_edge <= max(made.size) < max(preset.width, preset.height)
    assert any("not enlarged" in note for note in made.notes)


def test_the_cutout_keeps_resolution_alpha_and_colour() -> None:
    source = frame(640, 480)
    picture = opened(delivery.deliver(source, marketplaces.preset("cutout"), FACTS, "front").data)
    back = np.asarray(picture)
    assert picture.mode == "RGBA"
    assert picture.size == (640, 480)
    assert (back[..., 3] == source.alpha).all()
    assert (back[..., :3][back[..., 3] > 0] == (30, 60, 150)).all()


def test_amazon_says_when_there_is_no_zoom() -> None:
    made = delivery.deliver(frame(700, 700, 1.0), marketplaces.preset("amazon"), FACTS, "front")
    assert any("Amazon wants 1000 px for its zoom" in note for note in made.notes)


def test_alt_text_keeps_to_the_preset_limit() -> None:
    long = dataclasses.replace(FACTS, title="word " * 200)
    for preset in PRESETS:
        assert len(delivery.deliver(frame(), preset, long, "front").alt_text) <= preset.alt_limit


def test_too_many_bytes_is_refused_and_quality_falls_first() -> None:
    grain = np.random.default_rng(1).integers(0, 255, (1200, 1200, 3)).astype(np.uint8)
    picture = Frame(grain, frame(1200, 1200).alpha)
    free = len(delivery.deliver(picture, marketplaces.preset("google"), FACTS, "front").data)
    tight = dataclasses.replace(marketplaces.preset("google"), max_bytes=free * 9 // 10)
    made = delivery.deliver(picture, tight, FACTS, "front")
    assert len(made.data) <= tight.max_bytes
    assert any("instead of 92" in note for note in made.notes)
    with pytest.raises(Fault, match="at most 100,000 bytes"):
        delivery.deliver(picture, dataclasses.replace(tight, max_bytes=100_000), FACTS, "front")


SHADOW = Shadow("drop", density=0.8, softness=0.5, direction=60.0, length=1.0)
PAINTED = b"digitalsourcetype/compositeSynthetic"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.slug)
def test_a_shadow_goes_only_where_it_is_taken(preset: Preset) -> None:
    plain, shaded = (
        delivery.deliver(one, preset, Facts("MUG-01"), "front") for one in (frame(), frame().with_shadow(SHADOW))
    )
    same = (np.asarray(opened(plain.data)) == np.asarray(opened(shaded.data))).all()
    assert same == (preset.shadow == "none")
    assert (PAINTED in shaded.data) == (preset.shadow == "own")
    assert PAINTED not in plain.data
    told = f"its shadow is left out: {preset.label} gets none" in shaded.notes
    assert told == (preset.shadow == "none")


def test_the_border_under_a_shadow_is_still_exactly_white() -> None:
    made = delivery.deliver(frame().with_shadow(SHADOW), marketplaces.preset("shopify"), Facts("MUG-01"), "front")
    rgb = np.asarray(opened(made.data))
    for side in (rgb[:16], rgb[-16:], rgb[:, :16], rgb[:, -16:]):
        assert (side == 255).all()
    assert ((rgb > 80) & (rgb < 200)).all(axis=-1).sum() > 10_000
