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


@pytest.mark.parametrize(
    "gains",
    [[3.0, 1.0, 2.0, 5.0, 4.0], [3.0, -1.0, 2.0, 5.0, 4.0], [0.5, 0.5, -0.5, 2.0], [-1.0, -2.0], [1.0, 0.0, 2.0, -0.5]],
    ids=str,
)
def test_for_one_change_luck_is_wilcoxons(gains: list[float]) -> None:
    """Against a count by hand over all signs, with ranks by SciPy."""
    moved = np.array([gain for gain in gains if gain])
    ranks = stats.rankdata(np.abs(moved))
    seen = ranks[moved > 0].sum()
    ways = [ranks[np.array(signs)].sum() for signs in product([True, False], repeat=len(moved))]
    by_hand = np.mean([way >= seen - 1e-9 for way in ways])
    assert paired.luck(np.array(gains)[:, None], 0) == pytest.approx(by_hand)


def test_one_small_loss_weighs_less_than_a_large_one() -> None:
    small, large = np.array([[5.0, 4.0, 3.0, 2.0, -1.0]]).T, np.array([[4.0, 3.0, 2.0, 1.0, -5.0]]).T
    assert paired.luck(small, 0) < paired.luck(large, 0)


def test_without_any_difference_all_is_luck() -> None:
    assert paired.luck(np.zeros((3, 2)), 0) == 1


def test_changes_that_do_the_same_count_as_one() -> None:
    gains = np.tile(np.array([[1.0], [2.0], [0.5], [1.0], [3.0], [1.0]]), 25)
    assert paired.luck(gains, 3) == 1 / 64


def test_a_change_that_is_plainly_bad_hides_no_good_one() -> None:
    gains = np.tile(np.array([[0.3, -3.0]]), (8, 1))
    assert paired.luck(gains, 0) == 2 / 256


@pytest.mark.parametrize("units", [10, 60])
def test_changes_that_do_nothing_are_rarely_surely_good(units: int) -> None:
    """Of 25 that help as often as they harm the best looks good; of 60 held-out signs a sign test takes a quarter."""
    dice = np.random.default_rng(3)
    sure = 0
    for _ in range(300):
        gains = dice.normal(size=(units, 25))
        chosen = paired.best(gains, none(gains))
        assert chosen is not None
        sure += paired.luck(gains, chosen) <= 0.05
    assert sure / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
