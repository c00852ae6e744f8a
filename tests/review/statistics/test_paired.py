"""Choosing among changes, and what the choice is worth on units that had no part in it."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from review.statistics import paired


def none(gains: np.ndarray) -> np.ndarray:
    return np.zeros_like(gains)


def test_the_largest_sum_wins() -> None:
    gains = np.array([[1.0, 2.5, -1.0], [1.0, -1.0, -1.0]])
    assert paired.best(gains, none(gains)) == 0
    gains[0, 1] = 3.5
    assert paired.best(gains, none(gains)) == 1


def test_a_change_that_harms_is_out_however_much_it_gains() -> None:
    gains, harms = np.array([[9.0, 1.0], [9.0, 1.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])
    assert paired.best(gains, harms) == 1


@pytest.mark.parametrize("gains", [np.array([[-1.0, 0.0]]), np.zeros((3, 2)), np.zeros((3, 0))])
def test_nothing_is_best_where_nothing_gains(gains: np.ndarray) -> None:
    assert paired.best(gains, none(gains)) is None


def test_held_out_gains_are_those_of_the_others_choice() -> None:
    """Change 0 is best only because of unit 0; without it change 1 is, and does nothing for that unit."""
    gains = np.array([[10.0, 0.0], [-1.0, 2.0], [-1.0, 2.0]])
    assert paired.best(gains, none(gains)) == 0
    assert paired.held_out(gains, none(gains)).tolist() == [0.0, -1.0, -1.0]


def test_a_unit_that_alone_shows_a_harm_bears_it_when_held_out() -> None:
    gains, harms = np.array([[-5.0], [1.0], [1.0]]), np.array([[1.0], [0.0], [0.0]])
    assert paired.held_out(gains + np.array([[0.0], [5.0], [5.0]]), harms).tolist() == [-5.0, 0.0, 0.0]


def test_pure_chance_gains_nothing_when_held_out() -> None:
    """Twenty changes that do nothing but noise: the best of them gains where it was chosen, and not elsewhere."""
    dice = np.random.default_rng(11)
    seen, held = [], []
    for _ in range(60):
        gains = dice.normal(size=(20, 20))
        seen.append(gains[:, paired.best(gains, none(gains))].mean())
        held.append(paired.held_out(gains, none(gains)).mean())
    assert np.mean(seen) > 0.3
    assert abs(np.mean(held)) < 0.1


GAINS = [
    [3.0, 1.0, 2.0, 5.0, 4.0],
    [3.0, -1.0, 2.0, 5.0, 4.0],
    [0.5, 0.5, -0.5, 2.0],
    [-1.0, -2.0, -3.0],
    [1.0, 0.0, 2.0, 0.0, -0.5],
]


@pytest.mark.parametrize("gains", GAINS, ids=str)
def test_the_signed_rank_counts_every_way_to_give_signs(gains: list[float]) -> None:
    """Against a count by hand over all signs, with ranks by SciPy."""
    moved = np.array([gain for gain in gains if gain])
    ranks = stats.rankdata(np.abs(moved))
    seen = ranks[moved > 0].sum()
    ways = [ranks[np.array(signs)].sum() for signs in product([True, False], repeat=len(moved))]
    assert paired.signed_rank(np.array(gains)) == pytest.approx(np.mean([way >= seen - 1e-9 for way in ways]))


def test_the_signed_rank_is_that_of_scipy_for_many() -> None:
    gains = np.random.default_rng(3).normal(0.4, 1, 30)
    assert paired.signed_rank(gains) == pytest.approx(
        stats.wilcoxon(gains, alternative="greater", method="exact").pvalue
    )


def test_one_small_loss_weighs_less_than_a_large_one() -> None:
    small, large = [5.0, 4.0, 3.0, 2.0, -1.0], [4.0, 3.0, 2.0, 1.0, -5.0]
    assert paired.signed_rank(np.array(small)) < paired.signed_rank(np.array(large))


def test_five_that_all_gain_are_just_enough() -> None:
    assert paired.signed_rank(np.array([1.0, 1.0, 1.0, 1.0, 1.0])) == pytest.approx(1 / 32)


def test_without_any_difference_all_is_luck() -> None:
    assert paired.signed_rank(np.zeros(4)) == paired.signed_rank(np.zeros(0)) == 1
