"""Placing a cut-out: size, fill, centring, an exact background, and nothing enlarged in silence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.imaging import rendering
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Frame, Joint
from processing.imaging.rendering import MASTER, Spec, TooSmall, box_of, fit, place, whole
from tests.images import RED, product_shot

SQUARE = Spec(400, 400, fill=0.85)


def block(size: tuple[int, int], box: tuple[int, int, int, int], colour: tuple[int, int, int] = RED) -> Frame:
    """A hard-edged product; much quicker to draw than a shot."""
    alpha = np.zeros(size[::-1], np.uint8)
    alpha[box[1] : box[3], box[0] : box[2]] = 255
    return Frame(np.broadcast_to(np.array(colour, np.uint8), (*alpha.shape, 3)).copy(), alpha)


def border(rgb: np.ndarray) -> np.ndarray:
    return np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])


def fill_of(canvas: rendering.Canvas) -> float:
    found = box_of(canvas.alpha)
    assert found
    return max((found[2] - found[0]) / canvas.size[0], (found[3] - found[1]) / canvas.size[1])


def test_a_large_product_is_shrunk_to_its_share_and_centred() -> None:
    canvas = place(block((1200, 900), (400, 100, 1001, 701)), SQUARE)
    left, top, right, bottom = box_of(canvas.alpha) or (0, 0, 0, 0)
    assert canvas.size == (400, 400)
    assert fill_of(canvas) == pytest.approx(0.85, abs=0.005)
    assert abs(left + right - 400) <= 2
    assert abs(top + bottom - 400) <= 2
    assert not canvas.notes


def test_the_background_is_exactly_white_and_the_product_keeps_its_colour() -> None:
    canvas = place(block((900, 900), (200, 201, 700, 700)), SQUARE)
    assert (border(canvas.rgb) == 255).all()
    assert (canvas.rgb[canvas.alpha == 0] == 255).all()
    assert np.abs(canvas.rgb[200, 200].astype(int) - RED).max() <= 1


def test_a_soft_edge_is_the_mixture_that_its_opacity_says() -> None:
    alpha = np.zeros((200, 200), np.uint8)
    alpha[60:140, 60:140] = 128
    alpha[80:120, 80:120] = 255
    canvas = place(Frame(np.zeros((200, 200, 3), np.uint8), alpha), Spec(100, 100, fill=0.8))
    mixed = canvas.rgb[..., 0].astype(int) + canvas.alpha.astype(int)
    assert np.abs(mixed - 255).max() <= 2


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0), (10, 200, 77)])
def test_every_opacity_of_an_unscaled_edge_is_mixed_to_the_nearest_level(background: tuple[int, int, int]) -> None:
    rgb, alpha = np.zeros((300, 300, 3), np.uint8), np.full((300, 300), 255, np.uint8)
    rgb[:, 20:276] = np.arange(256)[:, None]
    alpha[20:276, 1:] = np.arange(256)[:, None]
    canvas = place(Frame(rgb, alpha), Spec(5000, 5000, background=background))
    left, top = (int(edge) for edge in canvas.offset)
    drawn, opacity = canvas.rgb[top : top + 300, left : left + 300], canvas.alpha[top : top + 300, left : left + 300]
    assert (opacity == alpha).all()
    share = alpha[..., None] / 255
    ideal = rgb * share + np.array(background) * (1 - share)
    assert (drawn == np.rint(ideal)).all()


def test_the_placement_says_where_a_source_pixel_lies() -> None:
    alpha = np.zeros((900, 900), np.uint8)
    alpha[100:700, 300:500] = 255
    rgb = np.full((900, 900, 3), 40, np.uint8)
    rgb[400:403, 399:402] = (250, 250, 0)
    canvas = place(Frame(rgb, alpha), SQUARE)
    rows, columns = np.nonzero(canvas.rgb[..., 0].astype(int) - canvas.rgb[..., 2] > 60)
    assert columns.mean() + 0.5 == pytest.approx(canvas.scale * 400.5 + canvas.offset[0], abs=0.75)
    assert rows.mean() + 0.5 == pytest.approx(canvas.scale * 401.5 + canvas.offset[1], abs=0.75)


def test_a_small_product_gets_a_smaller_canvas_and_every_pixel_is_copied() -> None:
    shot = product_shot((300, 300), fill=0.5)
    canvas = place(shot.cutout, SQUARE)
    assert canvas.scale == 1
    assert canvas.size == (177, 177)
    assert "not enlarged" in canvas.notes[0]
    x, y = (round(-offset) for offset in canvas.offset)
    copied, opaque = shot.cutout.rgb[y : y + 177, x : x + 177], shot.alpha[y : y + 177, x : x + 177] == 255
    assert opaque.any()
    assert (canvas.rgb[opaque] == copied[opaque]).all()


def test_below_the_least_canvas_it_is_refused_with_numbers() -> None:
    with pytest.raises(TooSmall) as caught:
        place(product_shot((300, 300), fill=0.5).cutout, Spec(400, 400, fill=0.85, least=300))
    assert "150 px" in caught.value.measured
    assert "255 px" in caught.value.wanted


def test_a_product_with_too_few_pixels_of_its_own_is_refused_on_any_canvas() -> None:
    spec = Spec(2000, 2000, 0.9, least=500, upscale=True, least_product=600)
    assert fit((0, 0, 300, 600), spec)[1] == (667, 667)
    with pytest.raises(TooSmall, match="599 px long in the photo. Wanted: 600 px, not counting the white"):
        fit((0, 0, 300, 599), spec)


def test_or_enlarged_with_a_note_where_that_is_allowed() -> None:
    canvas = place(product_shot((300, 300), fill=0.5).cutout, Spec(400, 400, fill=0.85, least=300, upscale=True))
    assert canvas.size == (300, 300)
    assert fill_of(canvas) == pytest.approx(0.85, abs=0.01)
    assert "enlarged 1.70 times" in canvas.notes[0]


def test_an_upright_canvas_keeps_its_shape() -> None:
    canvas = place(block((1500, 900), (100, 50, 1300, 850)), Spec(250, 360, fill=0.9))
    assert canvas.size == (250, 360)
    assert fill_of(canvas) == pytest.approx(0.9, abs=0.01)


def test_the_master_shows_the_product_at_its_own_size() -> None:
    canvas = place(product_shot((600, 480), fill=0.5).cutout, MASTER)
    assert canvas.scale == 1
    assert canvas.size[0] == canvas.size[1]
    assert fill_of(canvas) == pytest.approx(0.88, abs=0.01)


def test_faint_pixels_do_not_move_the_product_and_never_reach_the_border() -> None:
    shot = product_shot((600, 600), fill=0.5)
    alpha = shot.alpha.copy()
    alpha[0:5, 0:600] = 20
    canvas = place(Frame(shot.rgb, alpha), Spec(400, 400, fill=0.5))
    assert (border(canvas.rgb) == 255).all()
    assert abs(canvas.box[0] + canvas.box[2] - 400) <= 2
    assert any("faint pixels" in note for note in canvas.notes)


def test_a_product_cut_by_the_photo_is_noted() -> None:
    canvas = place(product_shot((600, 600), fill=0.6, shift=(150, 0)).cutout, SQUARE)
    assert "cut by the photo's right edge" in canvas.notes[0]


def test_a_transparent_canvas_keeps_colour_and_opacity_apart() -> None:
    canvas = place(block((900, 900), (201, 200, 703, 700)), Spec(400, 400, background=None))
    edge = (canvas.alpha > 20) & (canvas.alpha < 235)
    assert edge.any()
    assert np.abs(canvas.rgb[edge].astype(int) - RED).max() <= 12
    assert (canvas.rgb[0] == 0).all()


def test_whole_keeps_the_size_and_the_alpha_and_hides_the_background() -> None:
    shot = product_shot((320, 240))
    canvas = whole(Frame(shot.rgb, shot.alpha))
    assert canvas.size == (320, 240)
    assert (canvas.alpha == shot.alpha).all()
    assert (canvas.rgb[shot.alpha > 0] == shot.rgb[shot.alpha > 0]).all()
    assert (canvas.rgb[shot.alpha == 0] == 0).all()


def test_glass_that_is_nowhere_half_opaque_is_placed_by_what_is_visible() -> None:
    alpha = np.zeros((300, 300), np.uint8)
    alpha[50:250, 100:200] = 60
    assert place(Frame(np.full((300, 300, 3), 90, np.uint8), alpha), SQUARE).box[3] > 0


@pytest.mark.parametrize("alpha", [None, np.zeros((50, 50), np.uint8)])
def test_nothing_to_place_is_said(alpha: np.ndarray | None) -> None:
    with pytest.raises(StepFailed, match="no visible pixel"):
        place(Frame(np.zeros((50, 50, 3), np.uint8), alpha), SQUARE)


@settings(max_examples=60, deadline=None)
@given(
    left=st.integers(0, 150),
    top=st.integers(0, 150),
    width=st.integers(1, 150),
    height=st.integers(1, 150),
    canvas_width=st.integers(40, 300),
    canvas_height=st.integers(40, 300),
)
def test_any_box_on_any_canvas_has_a_white_border_and_stays_inside(
    left: int, top: int, width: int, height: int, canvas_width: int, canvas_height: int
) -> None:
    alpha = np.zeros((300, 300), np.uint8)
    alpha[top : top + height, left : left + width] = 255
    canvas = place(Frame(np.zeros((300, 300, 3), np.uint8), alpha), Spec(canvas_width, canvas_height, fill=0.85))
    assert (border(canvas.rgb) == 255).all()
    assert canvas.scale <= 1
    assert 0 <= canvas.box[0] <= canvas.box[2] <= canvas.size[0]
    assert 0 <= canvas.box[1] <= canvas.box[3] <= canvas.size[1]


def test_what_lies_under_the_product_and_reaches_beyond_it_counts_for_its_box() -> None:
    shot = product_shot((400, 400), fill=0.5)
    below = Joint(np.full((80, 40, 3), 30, np.uint8), np.full((80, 40), 255, np.uint8), 180, 60)
    frame = Frame(shot.rgb, shot.alpha).with_joint(below)
    canvas = place(frame, Spec(200, 200))
    assert canvas.box[3] - canvas.box[1] == pytest.approx(0.88 * 200, abs=1)
    assert canvas.alpha.any(axis=1).argmax() == pytest.approx(0.06 * 200, abs=1)
