"""The curve opens the tones of the backdrop, and leaves middle grey ones alone."""

import numpy as np
import pytest

from processing.imaging import tones
from tests.images import product_shot


@pytest.mark.parametrize(("level", "power"), [(250, 4.0), (220, 2.2), (150, 1.0), (20, 0.5)])
def test_the_curve_follows_the_backdrop_and_not_the_product(level: int, power: float) -> None:
    shot = product_shot(background=(level, level, level), colour=(128, 128, 128))
    lightness = tones.backdrop_lightness(shot.rgb)
    assert lightness == pytest.approx(level / 255, abs=0.01)
    assert tones.power_for(lightness) == power


def test_strong_opens_mild_backdrops_too() -> None:
    assert tones.power_for(0.8, strong=True) == 4.0 and tones.power_for(0.5, strong=True) == 1.0


def test_white_on_white_comes_apart() -> None:
    pair = np.array([[[242, 242, 242], [250, 250, 250]]], np.uint8)
    before, after = np.ptp(pair), np.ptp(tones.opened(pair, 4.0))
    assert after > 3 * before
    assert (tones.opened(pair, 1.0) == pair).all()


def test_the_share_of_the_rim_that_blends_is_measured_inside_the_outline_alone() -> None:
    shot = product_shot((800, 640), colour=(200, 40, 40), background=(240, 240, 240), texture=0)
    mask = shot.alpha.astype(np.float32) / 255
    assert tones.blend(shot.rgb, mask) == 0
    half = shot.rgb.copy()
    half[:, :400][shot.alpha[:, :400] > 127] = (236, 236, 236)
    assert tones.blend(half, mask) == pytest.approx(0.5, abs=0.03)
    middle = shot.rgb.copy()
    middle[280:360, 340:460] = (240, 240, 240)
    assert tones.blend(middle, mask) == 0, "a white label inside is no rim"


def test_without_a_rim_nothing_speaks_against_opening() -> None:
    nothing = np.zeros((60, 80), np.float32)
    assert tones.blend(np.full((60, 80, 3), 250, np.uint8), nothing) == 1.0
