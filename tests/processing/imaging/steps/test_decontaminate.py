"""The old background's colour leaves the edge, and the inside keeps its own."""

import numpy as np
import pytest

from processing.imaging import colour
from processing.imaging.contract import Context, no_models
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.frame import Frame
from processing.imaging.steps.decontaminate import STEP
from tests.images import BLACK, BLUE, GREEN, RED, WHITE, Shot
from tests.processing.imaging.damages import drawn

CONTEXT = Context(no_models)
PAIRS = [(RED, WHITE), (BLACK, WHITE), (WHITE, BLACK), (WHITE, GREEN), (BLUE, GREEN), (RED, BLACK)]


def decontaminated(frame: Frame, **params: object) -> Frame:
    bound = STEP.bind(params)
    after = STEP.apply(frame, bound.params, CONTEXT)
    STEP.verify(frame, after, bound.params)
    return after


def off(frame: Frame, shot: Shot, where: np.ndarray) -> np.ndarray:
    """CIEDE2000 of some pixels from the product's known colour."""
    known = colour.lab(np.array([shot.colour], np.uint8))
    return np.asarray(colour.ciede2000(colour.lab(frame.rgb[where]), known))


@pytest.mark.parametrize(("product", "background"), PAIRS)
def test_edge_pixels_take_the_products_colour(product: tuple[int, int, int], background: tuple[int, int, int]) -> None:
    shot = drawn(colour=product, background=background, texture=1.0)
    frame = shot.frame.with_alpha(shot.alpha)
    edge = (shot.alpha > 25) & (shot.alpha < 230)
    before, after = off(frame, shot, edge), off(decontaminated(frame), shot, edge)
    assert np.median(before) > 8
    assert np.percentile(after, 95) < 4


@pytest.mark.parametrize(("product", "background"), PAIRS)
def test_the_inside_keeps_its_colour(product: tuple[int, int, int], background: tuple[int, int, int]) -> None:
    shot = drawn(colour=product, background=background)
    after = decontaminated(shot.frame.with_alpha(shot.alpha))
    inside = shot.alpha == 255
    change = colour.ciede2000(colour.lab(shot.rgb[inside]), colour.lab(after.rgb[inside]))
    assert np.percentile(change, 95) < 1
    assert after.alpha is not None and (after.alpha == shot.alpha).all()


def test_what_lies_outside_is_left_alone() -> None:
    shot = drawn()
    after = decontaminated(shot.frame.with_alpha(shot.alpha))
    assert (after.rgb[shot.alpha == 0] == shot.rgb[shot.alpha == 0]).all()


def test_on_white_the_fringe_of_a_black_backdrop_is_gone() -> None:
    """What a buyer sees: the cut-out laid on white, against the same with the true colour."""
    shot = drawn(colour=(235, 225, 205), background=BLACK, texture=0.0)
    opacity = shot.alpha[..., None] / 255
    ideal = opacity * np.array(shot.colour) + (1 - opacity) * 255
    frame = shot.frame.with_alpha(shot.alpha)
    worst = [
        np.abs(opacity * rgb + (1 - opacity) * 255 - ideal).max() for rgb in (frame.rgb, decontaminated(frame).rgb)
    ]
    assert worst[0] > 40 and worst[1] < 3


def test_half_transparent_product_far_from_any_solid_one_is_unmixed() -> None:
    rgb = np.full((120, 200, 3), 255, np.uint8)
    alpha = np.zeros((120, 200), np.uint8)
    rgb[30:90, 20:60], alpha[30:90, 20:60] = RED, 255
    alpha[30:90, 60:180] = 160
    share = 160 / 255
    rgb[30:90, 60:180] = (share * np.array(BLUE) + (1 - share) * 255).round()
    after = decontaminated(Frame(rgb, alpha))
    assert np.abs(after.rgb[60, 130].astype(int) - BLUE).max() <= 3, "blue glass without the white behind it"


def painted(backdrop: np.ndarray) -> tuple[Frame, np.ndarray]:
    """A blue lens of 60 % in a black rim of 40 px before ``backdrop`` (240 x 320 x 3), and where it is even."""
    rows, columns = np.mgrid[:240, :320] + 0.5
    far = np.hypot(rows - 120, columns - 160)
    alpha = np.full((240, 320), 0, np.uint8)
    alpha[far < 100] = 255
    alpha[far < 60] = np.round(153 + 102 * np.clip(far[far < 60] - 59, 0, 1))
    share = (alpha / 255)[..., None]
    product = np.where((far < 60)[..., None], BLUE, (20, 20, 20))
    return Frame(np.round(share * product + (1 - share) * backdrop).astype(np.uint8), alpha), far < 58


def test_a_painted_lens_takes_nothing_of_its_rim_and_loses_what_was_seen_through_it() -> None:
    noise = np.random.default_rng(4).normal(0, 2, (240, 320, 1))
    frame, lens = painted(np.clip(np.full((240, 320, 3), 245) + noise, 0, 255))
    after = decontaminated(frame)
    assert after.alpha is frame.alpha
    off = np.abs(after.rgb[lens].astype(int) - BLUE)
    assert np.percentile(off, 99) <= 5, "its own blue, up to the rim"


def test_of_translucency_that_a_photo_came_with_the_colour_is_known() -> None:
    """A round blue lens in a red frame: near its rim no square is even, and the frame's red must not come in."""
    y, x = np.mgrid[:300, :300] + 0.5
    far = np.hypot(x - 150, y - 150)
    lens, rim = far < 80, far < 120
    # Its opacity rises to the frame's over 6 px, within the lens.
    own = np.where(rim, 140 + np.clip((far - 74) / 6, 0, 1) * 115, 0).astype(np.uint8)
    colours = np.where(lens[..., None], BLUE, RED)
    share = own[..., None] / 255
    on_white = (share * colours + (1 - share) * 255 + 0.5).astype(np.uint8)
    frame = Frame(on_white, own=own)
    after = decontaminated(frame.with_alpha(own))
    assert np.abs(after.rgb[lens].astype(int) - BLUE).max() <= 5, "from 250 on it is solid"
    assert (after.rgb[~lens] == on_white[~lens]).all()
    unlike = decontaminated(Frame(on_white).with_alpha(own))
    assert np.abs(unlike.rgb[lens].astype(int) - BLUE).max() > 50, "without knowing, some of the rim is red"
    elsewhere = decontaminated(frame.with_alpha(np.where(own < 255, own // 2, own)))
    assert (elsewhere.rgb[lens] != after.rgb[lens]).any(), "another opacity is no longer the photo's own"


def test_before_an_uneven_backdrop_a_painted_lens_keeps_the_photos_colours() -> None:
    stripes = np.arange(320) // 20 % 2 * 255
    frame, lens = painted(np.broadcast_to(stripes[None, :, None], (240, 320, 3)))
    assert (decontaminated(frame).rgb[lens] == frame.rgb[lens]).all()


@pytest.mark.parametrize("value", [0, 200])
def test_without_any_solid_product_there_is_nothing_to_lend(value: int) -> None:
    frame = drawn().frame.with_alpha(np.full((320, 400), value, np.uint8))
    assert (decontaminated(frame).rgb == frame.rgb).all()


def test_a_result_that_changed_the_inside_is_refused() -> None:
    before = drawn().frame.with_alpha(drawn().alpha)
    rgb = before.rgb.copy()
    rgb[160, 200] = 255 - rgb[160, 200]
    with pytest.raises(StepFailed) as caught:
        STEP.verify(before, before.with_rgb(rgb), STEP.bind({}).params)
    assert caught.value.code == "colour_changed" and caught.value.action


@pytest.mark.parametrize("params", [{"radius": 0.0}, {"radius": 400.0}, {"radius": "far"}])
def test_a_value_out_of_its_range_is_refused(params: dict[str, object]) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        STEP.bind(params)
    assert caught.value.code == "bad_parameter" and "radius" in caught.value.measured


def test_half_the_strength_is_half_the_change_and_none_is_none() -> None:
    shot = drawn(background=BLACK, texture=1.0)
    frame = shot.frame.with_alpha(shot.alpha)
    full, half = decontaminated(frame), decontaminated(frame, strength=50.0)
    change = full.rgb.astype(int) - frame.rgb
    assert np.abs(change).max() > 40
    assert np.abs((half.rgb.astype(int) - frame.rgb) - change / 2).max() <= 1
    assert decontaminated(frame, strength=0.0) is frame
