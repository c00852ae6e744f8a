"""Islands: parts beside the largest one."""

import pytest

from processing.imaging.checks.islands import CHECK
from tests.processing.imaging.damages import (
    assert_worse_step_by_step,
    drawn,
    perfect,
    reading,
    with_island,
    with_specks,
)


def test_it_grows_with_the_island() -> None:
    assert_worse_step_by_step(CHECK, with_island, [0.005, 0.02, 0.05])


def test_it_is_the_islands_share_of_everything() -> None:
    assert reading(CHECK, with_island(perfect(), 0.04)) == pytest.approx(100 * 0.04 / 1.04, rel=0.05)


def test_a_pair_is_half_an_island() -> None:
    assert reading(CHECK, perfect(drawn("pair"))) == pytest.approx(50, abs=1)


def test_crumbs_are_specks_and_no_islands() -> None:
    assert reading(CHECK, with_specks(perfect(), 8)) == 0
