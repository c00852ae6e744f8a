"""Strips show the place where two masks differ most, the same place in each panel."""

import io

import numpy as np
import pytest
from PIL import Image

from processing.imaging import planes, strips
from tests.images import product_shot


def panels(alphas: list[np.ndarray], rgb: np.ndarray) -> list[np.ndarray]:
    picture = np.asarray(Image.open(io.BytesIO(strips.strip(rgb, alphas))))
    step = strips.PANEL + strips.GAP
    assert picture.shape == (strips.PANEL, (len(alphas) + 1) * step - strips.GAP, 3)
    return [picture[:, at : at + strips.PANEL].astype(int) for at in range(0, picture.shape[1], step)]


def is_ground(panel: np.ndarray) -> np.ndarray:
    return np.abs(panel - strips.GROUND).max(axis=-1) < 8


def test_a_hole_that_opens_is_in_the_middle_of_every_panel() -> None:
    shot = product_shot((900, 700))
    now, then = shot.alpha, shot.alpha.copy()
    then[400:440, 500:540] = 0
    photo, before, after, right = panels([now, then, now], shot.rgb)
    middle = np.s_[150:170, 150:170]
    assert np.abs(photo[middle] - before[middle]).mean() < 4
    assert is_ground(after[middle]).all()
    assert np.abs(right[middle] - before[middle]).mean() < 4
    assert not is_ground(after).all(axis=0).any(), "some of the product is to be seen around it"


def test_an_edge_that_moved_is_shown_so_near_that_one_sees_it() -> None:
    shot = product_shot((900, 700))
    moved = planes.dilated(shot.alpha > 127, 2).astype(np.uint8) * 255
    _photo, before, after = panels([shot.alpha, moved], shot.rgb)
    least = 2 * strips.PANEL / (strips.LEAST * 900)
    widened = is_ground(before).sum(axis=1) - is_ground(after).sum(axis=1)
    assert np.median(widened[widened > 0]) >= 0.8 * least


def test_a_part_counts_more_than_a_longer_line() -> None:
    shot = product_shot((900, 700))
    then = planes.dilated(shot.alpha > 127, 1).astype(np.uint8) * 255
    then[300:360, 400:460] = 0
    _photo, before, after = panels([shot.alpha, then], shot.rgb)
    assert is_ground(after[150:170, 150:170]).all() and not is_ground(before[150:170, 150:170]).any()


@pytest.mark.parametrize("corner", [np.s_[:8, :8], np.s_[-8:, -8:]])
def test_a_change_at_the_rim_stays_inside_the_photo(corner: tuple[slice, slice]) -> None:
    shot = product_shot((300, 900), fill=1.0)
    then = shot.alpha.copy()
    then[corner] = 0
    assert len(panels([shot.alpha, then], shot.rgb)) == 3


def test_masks_that_do_not_differ_give_a_strip_as_well() -> None:
    shot = product_shot()
    _photo, one, other = panels([shot.alpha, shot.alpha], shot.rgb)
    assert np.array_equal(one, other)
