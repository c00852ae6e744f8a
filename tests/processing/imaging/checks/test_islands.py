"""Islands: parts beside the largest one."""

from dataclasses import replace

import numpy as np
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


def test_what_is_like_the_largest_is_one_of_a_pair() -> None:
    assert reading(CHECK, perfect(drawn("pair"))) == 0
    evidence = perfect(drawn("pair"))
    largest, smaller = evidence.components[:2]
    kept = evidence.full_alpha.copy()
    rows = np.flatnonzero(kept[:, kept.shape[1] // 2 :].any(axis=1))
    kept[rows[len(rows) // 4] :, kept.shape[1] // 2 :] = 0  # a quarter of the right one stays
    torn = replace(evidence, cutout=evidence.cutout.with_alpha(kept))
    share = torn.components[1] / torn.components[0]
    assert smaller > 0.9 * largest and share < 1 / 3
    assert reading(CHECK, torn) == pytest.approx(100 * share / (1 + share), rel=0.01)


def test_crumbs_are_specks_and_no_islands() -> None:
    assert reading(CHECK, with_specks(perfect(), 8)) == 0
