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


def test_even_light_brings_out_a_shaded_edge_and_keeps_the_hue() -> None:
    rng = np.random.default_rng(1)
    shade = np.linspace(60, 240, 256)[None, :] + rng.normal(0, 1, (256, 256))
    edge = np.where(np.arange(256)[:, None] < 128, 0, 5)
    rgb = np.clip((shade + edge)[..., None] * np.array([1.0, 0.8, 0.6]), 0, 255).astype(np.uint8)
    even = tones.equalised(rgb)
    assert even.shape == rgb.shape and even.dtype == np.uint8

    def step(picture: np.ndarray) -> float:
        return float(np.median(picture[132:140].astype(float) - picture[116:124].astype(float)))

    assert step(even[..., 0]) > 2 * step(rgb[..., 0]) > 0
    bright = even[..., 0] > 60
    assert np.abs(even[..., 1][bright] / even[..., 0][bright] - 0.8).max() < 0.02


def test_black_stays_black_in_even_light() -> None:
    assert not tones.equalised(np.zeros((64, 64, 3), np.uint8)).any()
    assert np.ptp(tones.equalised(np.full((64, 64, 3), 40, np.uint8))) == 0
