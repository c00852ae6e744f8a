"""Fidelity: the product keeps its colours, by CIEDE2000."""

from dataclasses import replace

import numpy as np
import pytest

from processing.imaging import colour
from processing.imaging.checks.fidelity import CHECK
from tests.images import RED
from tests.processing.imaging.damages import (
    assert_worse_step_by_step,
    drawn,
    eroded,
    flagged,
    fringed,
    perfect,
    reading,
    tinted,
)


def test_it_grows_with_the_change_of_colour() -> None:
    assert_worse_step_by_step(CHECK, tinted, [0.7, 2, 5, 12])


def test_it_is_the_difference_that_ciede2000_gives() -> None:
    lab = colour.lab(np.array([RED], np.uint8))
    expected = float(colour.ciede2000(lab, lab + np.array([5, 0, 0], np.float32))[0])
    damaged = tinted(perfect(), 5)
    assert reading(CHECK, damaged) == pytest.approx(expected, rel=0.1)
    assert flagged(CHECK, damaged)


def test_the_edge_may_change_its_colour() -> None:
    assert reading(CHECK, fringed(perfect(), 1.0)) == 0


def test_a_lens_may_lose_the_white_that_it_was_laid_on() -> None:
    shot = drawn()
    own = shot.alpha.copy()
    own[130:190, 170:230] = 150
    cleared = shot.rgb.copy()
    cleared[130:190, 170:230] = 20
    source = replace(shot.frame, own=own)
    assert reading(CHECK, replace(perfect(), source=source, cutout=source.with_rgb(cleared).with_alpha(own))) == 0
    plain = shot.frame
    assert reading(CHECK, replace(perfect(), source=plain, cutout=plain.with_rgb(cleared).with_alpha(own))) > 10


def test_a_large_photo_is_read_at_the_right_place() -> None:
    """Beyond the working size the sample must hit the same pixels in source and cut-out."""
    rgb = np.zeros((1300, 1500, 3), np.uint8)
    rgb[...] = (np.arange(1500) // 8 % 256)[:, None]
    alpha = np.zeros((1300, 1500), np.uint8)
    alpha[100:1200, 100:1400] = 255
    whole = replace(perfect(), source=drawn().frame.with_rgb(rgb), cutout=drawn().frame.with_rgb(rgb).with_alpha(alpha))
    assert reading(CHECK, whole) == 0


def test_a_product_without_any_inside_has_no_reading() -> None:
    assert CHECK.measure(eroded(perfect(), 90)) is None
