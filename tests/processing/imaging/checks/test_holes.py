"""Holes: enclosed gaps, as many per cent of the product as were cut away."""

import pytest

from processing.imaging.checks.holes import CHECK
from tests.processing.imaging.damages import assert_worse_step_by_step, drawn, lost, perfect, punched, reading


def test_it_grows_with_the_hole() -> None:
    assert_worse_step_by_step(CHECK, punched, [0.01, 0.05, 0.2])


def test_it_is_the_gap_over_what_is_left() -> None:
    assert reading(CHECK, punched(perfect(), 0.2)) == pytest.approx(100 * 0.2 / 0.8, rel=0.02)


def test_a_ring_has_its_hole_by_right_and_it_is_counted() -> None:
    """The drawn ring is open over 30 % of its disc."""
    assert reading(CHECK, perfect(drawn("ring"))) == pytest.approx(100 * 0.3 / 0.7, rel=0.03)


def test_a_gap_open_to_the_side_is_no_hole() -> None:
    assert reading(CHECK, lost(perfect(), 0.4)) == 0
