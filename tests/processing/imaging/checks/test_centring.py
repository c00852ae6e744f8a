"""Centring: the product's box sits in the middle of the canvas."""

from dataclasses import replace

import numpy as np
import pytest

from processing.imaging.checks.centring import CHECK
from tests.processing.imaging.damages import (
    assert_worse_step_by_step,
    canvas_of,
    drawn,
    off_centre,
    perfect,
    reading,
    small_on_canvas,
)


def test_it_grows_with_the_shift() -> None:
    assert_worse_step_by_step(CHECK, off_centre, [0.02, 0.1, 0.3])


def test_it_is_the_shift_over_the_wider_canvas() -> None:
    """Padding one side by 20 % moves the middle by 10 % of the old canvas, which is 1/12 of the new one."""
    assert reading(CHECK, off_centre(perfect(), 0.1)) == pytest.approx(100 / 12, abs=0.4)


def test_neither_size_nor_place_in_the_photo_moves_it() -> None:
    assert reading(CHECK, small_on_canvas(perfect(), 0.5)) < 0.5
    assert reading(CHECK, perfect(drawn(fill=0.4, shift=(60, -40)))) < 0.5


def test_an_empty_or_missing_canvas_has_no_reading() -> None:
    whole = perfect()
    empty = replace(canvas_of(whole), alpha=np.zeros_like(canvas_of(whole).alpha))
    assert CHECK.measure(replace(whole, canvas=empty)) is None
    assert CHECK.measure(replace(whole, canvas=None)) is None
