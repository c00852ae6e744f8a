"""Fill: how much of the canvas the product takes along its longer side."""

from dataclasses import replace

import numpy as np
import pytest

from processing.imaging.checks.fill import CHECK
from processing.imaging.rendering import MASTER
from tests.processing.imaging.damages import (
    assert_worse_step_by_step,
    canvas_of,
    perfect,
    reading,
    small_on_canvas,
)


def test_it_falls_as_the_canvas_grows_round_the_product() -> None:
    assert_worse_step_by_step(CHECK, small_on_canvas, [0.02, 0.1, 0.5])


def test_the_master_is_filled_as_it_says() -> None:
    assert reading(CHECK, perfect()) == pytest.approx(100 * MASTER.fill, abs=0.8)


def test_a_canvas_twice_as_large_is_filled_half_as_much() -> None:
    whole = perfect()
    assert reading(CHECK, small_on_canvas(whole, 0.5)) == pytest.approx(reading(CHECK, whole) / 2, rel=0.01)


def test_an_empty_or_missing_canvas_has_no_reading() -> None:
    whole = perfect()
    empty = replace(canvas_of(whole), alpha=np.zeros_like(canvas_of(whole).alpha))
    assert CHECK.measure(replace(whole, canvas=empty)) is None
    assert CHECK.measure(replace(whole, canvas=None)) is None
