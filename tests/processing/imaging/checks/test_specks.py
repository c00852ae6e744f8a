"""Specks: crumbs and faint residue, in per mille of the product."""

import pytest

from processing.imaging.checks.specks import CHECK
from tests.processing.imaging.damages import (
    assert_worse_step_by_step,
    drawn,
    perfect,
    reading,
    with_island,
    with_residue,
    with_specks,
)


def test_it_grows_with_the_number_of_crumbs() -> None:
    assert_worse_step_by_step(CHECK, with_specks, [2, 8, 24])


def test_it_grows_with_the_residue() -> None:
    assert_worse_step_by_step(CHECK, with_residue, [0.0002, 0.001, 0.03])


def test_it_is_told_in_per_mille() -> None:
    assert reading(CHECK, with_residue(perfect(), 0.03)) == pytest.approx(30, rel=0.05)


def test_a_real_part_is_no_speck() -> None:
    assert reading(CHECK, with_island(perfect(), 0.04)) == 0
    assert reading(CHECK, perfect(drawn("pair"))) == 0
