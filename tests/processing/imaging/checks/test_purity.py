"""Purity: the background is exactly white, not nearly."""

from dataclasses import replace

import pytest

from processing.imaging.checks.purity import CHECK
from tests.processing.imaging.damages import (
    assert_worse_step_by_step,
    canvas_of,
    flagged,
    greyed,
    perfect,
    reading,
)


def test_it_falls_with_the_share_that_is_not_quite_white() -> None:
    assert_worse_step_by_step(CHECK, greyed, [0.02, 0.1, 0.5, 1.0])


def test_a_perfect_background_is_wholly_white() -> None:
    assert reading(CHECK, perfect()) == 100
    assert reading(CHECK, greyed(perfect(), 1.0)) == pytest.approx(0)


def test_one_grey_border_is_enough() -> None:
    whole = perfect()
    rgb = canvas_of(whole).rgb.copy()
    rgb[0] = 254
    assert flagged(CHECK, replace(whole, canvas=replace(canvas_of(whole), rgb=rgb)))


def test_without_a_canvas_there_is_no_reading() -> None:
    assert CHECK.measure(replace(perfect(), canvas=None)) is None
