"""Strips show the place where two masks differ most, the same place in each panel."""

import io

import numpy as np
from PIL import Image

from processing.imaging import strips
from tests.images import product_shot


def panels(alphas: list[np.ndarray], rgb: np.ndarray) -> list[np.ndarray]:
    picture = np.asarray(Image.open(io.BytesIO(strips.strip(rgb, alphas))))
    step = strips.PANEL + strips.GAP
    assert picture.shape == (strips.PANEL, (len(alphas) + 1) * step - strips.GAP, 3)
    return [picture[:, at : at + strips.PANEL].astype(int) for at in range(0, picture.shape[1], step)]


def test_a_hole_that_opens_is_in_the_middle_of_every_panel() -> None:
    shot = product_shot((900, 700))
    now, then = shot.alpha, shot.alpha.copy()
    then[400:440, 500:540] = 0
    photo, before, after, right = panels([now, then, now], shot.rgb)
    middle = np.s_[150:170, 150:170]
    assert np.abs(photo[middle] - before[middle]).mean() < 4
    assert np.abs(after[middle] - strips.GROUND).mean() < 4
    assert np.abs(right[middle] - before[middle]).mean() < 4


def test_a_change_at_the_rim_stays_inside_the_photo() -> None:
    shot = product_shot((300, 900), fill=1.0)
    then = shot.alpha.copy()
    then[:5, :5] = 0
    assert len(panels([shot.alpha, then], shot.rgb)) == 3


def test_masks_that_do_not_differ_show_the_whole() -> None:
    shot = product_shot()
    _photo, one, other = panels([shot.alpha, shot.alpha], shot.rgb)
    assert np.array_equal(one, other)
