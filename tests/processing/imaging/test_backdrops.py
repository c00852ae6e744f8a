"""What lies behind the product is told from what lies around it."""

import numpy as np
import pytest

from processing.imaging import backdrops
from tests.images import GREY, RED, product_shot

SIZE = (600, 480)


def test_the_backdrop_is_known_where_it_cannot_be_seen() -> None:
    y, x = np.mgrid[0:200, 0:200]
    ramp = np.stack([100 + x / 4, 120 + y / 4, np.full(x.shape, 90)], axis=-1).astype(np.float32)
    seen = np.ones((200, 200), bool)
    seen[60:140, 60:140] = False
    assert np.abs(backdrops.smooth(ramp, seen) - ramp)[seen].max() < 3
    assert np.abs(backdrops.smooth(ramp, seen) - ramp).max() < 10


def test_a_plain_backdrop_is_told_with_its_brightness_and_spread() -> None:
    shot = product_shot(SIZE, colour=RED, background=GREY)
    found = backdrops.behind(shot.rgb, shot.alpha)
    assert found is not None
    assert found.brightness == pytest.approx(150 / 255, abs=0.02)
    assert found.spread < backdrops.PLAIN
    assert np.abs(found.within((0, 0, *SIZE), SIZE, SIZE) - GREY).max() < 6


def test_a_busy_backdrop_has_a_wide_spread() -> None:
    shot = product_shot(SIZE, colour=RED, background=GREY)
    stripes = np.where(np.arange(SIZE[0]) % 40 < 20, 90, 210)[None, :, None]
    rgb = np.where((shot.alpha == 0)[..., None], stripes, shot.rgb).astype(np.uint8)
    found = backdrops.behind(rgb, shot.alpha)
    assert found is not None and found.spread > backdrops.PLAIN


def test_a_part_is_the_backdrop_of_that_part() -> None:
    y, x = np.mgrid[0:400, 0:400]
    rgb = np.stack([100 + x / 4, 100 + y / 4, np.full(x.shape, 90)], axis=-1).astype(np.uint8)
    alpha = np.zeros((400, 400), np.uint8)
    alpha[150:250, 150:250] = 255
    whole = backdrops.behind(rgb, alpha)
    assert whole is not None
    part = whole.part((200, 100, 300, 200), (400, 400))
    straight = whole.within((220, 120, 260, 160), (400, 400), (40, 40))
    assert np.abs(part.within((20, 20, 60, 60), (100, 100), (40, 40)) - straight).max() < 1.5


@pytest.mark.parametrize("level", [0, 255])
def test_nothing_is_known_without_a_product_or_without_a_backdrop(level: int) -> None:
    shot = product_shot(SIZE)
    assert backdrops.behind(shot.rgb, np.full_like(shot.alpha, level)) is None
