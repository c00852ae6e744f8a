"""Glass of a known opacity and colour before a known backdrop is measured, and looks as before over that backdrop."""

import numpy as np
import pytest

from processing.imaging import backdrops, clearness, rendering
from processing.imaging.backdrops import Backdrop
from processing.imaging.frame import Frame, Glass
from processing.imaging.rendering import Spec

SIZE, WALL = 300, 220
LINEAR = np.where(np.arange(256) <= 10, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4)


def behind_of(level: float, shape: tuple[int, int] = (SIZE, SIZE)) -> np.ndarray:
    return np.full((*shape, 3), level, np.float32)


def pane(transmittance: float, level: int = WALL) -> Frame:
    """A pane that lets that share of the light through, and gives none of its own, before a plain wall."""
    dimmed = int(np.abs(LINEAR - LINEAR[level] * transmittance).argmin())
    rgb = np.full((SIZE, SIZE, 3), level, np.uint8)
    alpha = np.zeros((SIZE, SIZE), np.uint8)
    alpha[75:225, 75:225] = 255
    rgb[alpha == 255] = dimmed
    return Frame(rgb, alpha)


def glass_of(frame: Frame, clarity: float = 1.0) -> Glass:
    assert frame.alpha is not None
    found = clearness.cleared(frame, clarity, backdrops.behind(frame.rgb, frame.alpha))
    assert found.glass is not None, found.why
    return found.glass


@pytest.mark.parametrize("transmittance", [0.2, 0.5, 0.8])
def test_opacity_is_one_minus_the_share_of_light_let_through(transmittance: float) -> None:
    opacity = glass_of(pane(transmittance)).opacity
    assert opacity[100:200, 100:200].mean() / 255 == pytest.approx(1 - transmittance, abs=0.03)
    assert (opacity[:70] == 255).all()


def test_half_the_clarity_takes_half_of_it_out() -> None:
    frame = pane(0.6)
    opacity = glass_of(frame, 0.5).opacity
    shares = [
        clearness.cleared(frame, clarity, backdrops.behind(frame.rgb, frame.alpha)).clear for clarity in (0.5, 1.0)
    ]
    assert shares[0] == shares[1] == pytest.approx(1, abs=0.01), "how much glass there is hangs not on the clarity"
    assert opacity[150, 150] / 255 == pytest.approx(1 - 0.5 * 0.6, abs=0.03)


def test_over_the_old_backdrop_it_is_the_photo_again_and_over_white_it_is_clean() -> None:
    frame = pane(0.8, level=180)
    glass = glass_of(frame)
    share = glass.opacity[150, 150] / 255
    over = share * glass.rgb[150, 150] + (1 - share) * np.array([180.0, 255.0, 60.0])
    assert over[0] == pytest.approx(frame.rgb[150, 150, 0], abs=1.5)
    assert over[1] > frame.rgb[150, 150, 1] + 40
    assert over[2] < frame.rgb[150, 150, 2] - 40


def test_light_of_its_own_and_colours_are_opaque() -> None:
    lit = clearness.least_opacity(np.full((2, 2, 3), 255, np.uint8), behind_of(150, (2, 2)), 0)
    assert lit == pytest.approx(1)
    red = np.full((2, 2, 3), (196, 20, 20), np.uint8)
    assert (clearness.least_opacity(red, behind_of(230, (2, 2)), 0) > 0.95).all()


def test_the_backdrop_s_grain_is_not_taken_for_glass() -> None:
    grain = np.full((2, 2, 3), 226, np.uint8)
    assert (clearness.least_opacity(grain, behind_of(230, (2, 2)), 5) == 0).all()
    assert (clearness.least_opacity(grain, behind_of(230, (2, 2)), 0) > 0).all()


def test_parts_beyond_one_band_are_measured_alike() -> None:
    tall = np.full((3 * backdrops.BAND, 40, 3), WALL, np.uint8)
    alpha = np.zeros(tall.shape[:2], np.uint8)
    alpha[20:-20, 10:30] = 255
    tall[alpha == 255] = 180
    opacity = glass_of(Frame(tall, alpha)).opacity[alpha == 255]
    assert opacity.max() - opacity.min() <= 6 and opacity.max() < 128


@pytest.mark.parametrize(
    ("backdrop", "why"),
    [
        (None, "nothing of the backdrop can be seen"),
        (Backdrop(behind_of(40), 2.0, 0.16), "as bright as 16% of white, not 50%"),
        (Backdrop(behind_of(220), 30.0, 0.86), "uneven by 30 levels, over 12"),
    ],
)
def test_before_a_backdrop_that_tells_nothing_glass_stays_solid(backdrop: Backdrop | None, why: str) -> None:
    found = clearness.cleared(pane(0.5), 1.0, backdrop)
    assert found.glass is None and why in found.why


def test_a_canvas_shows_through_clear_glass_and_keeps_its_place() -> None:
    frame = pane(0.8)
    clear = frame.with_glass(glass_of(frame))
    blue = Spec(400, 400, background=(40, 80, 200))
    solid, shown = rendering.place(frame, blue), rendering.place(clear, blue)
    assert shown.box == solid.box and shown.scale == solid.scale
    there = (shown.size[1] // 2, shown.size[0] // 2)
    assert solid.rgb[there].tolist() == frame.rgb[150, 150].tolist()
    assert int(shown.rgb[there][2]) - int(shown.rgb[there][0]) > 100
    assert rendering.whole(clear).alpha[150, 150] < 80 < rendering.whole(frame).alpha[150, 150]
