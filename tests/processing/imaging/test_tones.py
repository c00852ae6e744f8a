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
