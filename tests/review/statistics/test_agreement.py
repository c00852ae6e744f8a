"""Agreement of reviewers, against the tables of the literature."""

import pytest

from review.statistics.agreement import (
    Agreement,
    Gate,
    Scale,
    ac1,
    cohen,
    compare,
    fleiss,
    gate,
    krippendorff,
    observed,
)

WIKIPEDIA = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
DATA_C = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def test_cohen() -> None:
    assert cohen([[20, 5], [10, 15]]) == pytest.approx(0.400, abs=5e-12)


def test_fleiss() -> None:
    kappa = fleiss(WIKIPEDIA)
    assert kappa and f"{kappa:.3f}" == "0.210"
    with pytest.raises(ValueError, match="as many reviewers on every photo"):
        fleiss([[1, 1], [2, 1]])


def test_krippendorff() -> None:
    alpha = krippendorff(DATA_C)
    assert alpha and f"{alpha:.3f}" == "0.743"
    words = [[None if a is None else f"defect {a}" for a in row] for row in DATA_C]
    assert krippendorff(words) == alpha


@pytest.mark.parametrize(
    ("scale", "printed"),
    [(Scale.NOMINAL, "0.743"), (Scale.ORDINAL, "0.815"), (Scale.INTERVAL, "0.849"), (Scale.RATIO, "0.797")],
)
def test_krippendorff_on_every_scale(scale: Scale, printed: str) -> None:
    alpha = krippendorff(DATA_C, scale)
    assert alpha and f"{alpha:.3f}" == printed


def test_an_ordered_scale_wants_numbers() -> None:
    with pytest.raises(ValueError, match="wants numbers, not 'minor'"):
        krippendorff([["minor", "major"], ["minor", "minor"]], Scale.ORDINAL)


def test_krippendorff_of_nothing_and_of_one_answer() -> None:
    assert krippendorff([[1, None], [None, 2]]) is None
    assert krippendorff([[1, 1], [1, 1]]) is None


@pytest.mark.parametrize(
    ("table", "agreed", "kappa", "gwet"),
    [
        ([[40, 9], [6, 45]], "0.85", "0.70", "0.70"),
        ([[80, 10], [5, 5]], "0.85", "0.32", "0.81"),
    ],
)
def test_feinstein_and_cicchetti(table: list[list[int]], agreed: str, kappa: str, gwet: str) -> None:
    found = compare(table)
    assert [f"{value:.2f}" for value in (found.observed, found.kappa, found.ac1)] == [agreed, kappa, gwet]


@pytest.mark.parametrize(
    ("table", "agreed", "kappa", "gwet", "positive"),
    [
        ([[130, 56], [9, 5]], "0.675", "0.022", "0.533", "0.800"),
        ([[10, 10], [10, 970]], "0.980", "0.490", "0.979", "0.500"),
        ([[0, 20], [20, 960]], "0.960", "-0.020", "0.958", "0.000"),
    ],
)
def test_paradoxes(table: list[list[int]], agreed: str, kappa: str, gwet: str, positive: str) -> None:
    found = compare(table)
    values = (found.observed, found.kappa, found.ac1, found.positive)
    assert [f"{value:.3f}" for value in values] == [agreed, kappa, gwet, positive]


def test_more_than_two_answers() -> None:
    table = [[10, 0, 0], [0, 10, 0], [0, 0, 10]]
    assert observed(table) == cohen(table) == ac1(table) == 1


def test_what_a_table_cannot_tell_is_none() -> None:
    assert compare([[0, 0], [0, 0]]) == Agreement(0, 0, None, None, None, None)
    all_good = compare([[0, 0], [0, 50]])
    assert (all_good.photos, all_good.rejects, all_good.observed) == (50, 0, 1)
    assert (all_good.positive, all_good.kappa) == (None, None)
    with pytest.raises(ValueError, match="square table"):
        cohen([[1, 2]])
    with pytest.raises(ValueError, match="both reject"):
        compare([[1, 0, 0], [0, 1, 0], [0, 0, 1]])


def test_the_gate_asks_for_positive_agreement_on_enough_rejects() -> None:
    assert gate(compare([[20, 10], [10, 960]])) is Gate.PASSED
    assert gate(compare([[10, 10], [10, 970]])) is Gate.FAILED
    assert gate(compare([[28, 1], [0, 970]])) is Gate.TOO_FEW
    assert gate(compare([[0, 20], [20, 960]])) is Gate.FAILED
