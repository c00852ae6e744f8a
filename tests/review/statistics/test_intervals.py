"""The bounds of a proportion, against worked and published values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, hypergeom

from review.statistics.intervals import (
    Sides,
    audits_until,
    clopper_pearson,
    clustered_audits,
    hypergeometric_upper,
    jeffreys,
    wilson,
)

NONE_FOUND = [
    # size, audited, hypergeometric, Clopper-Pearson one-sided and two-sided, Wilson, Jeffreys one-sided (%)
    (50, 5, 21, 45.1, 52.2, 43.4, 30.6),
    (50, 8, 14, 31.2, 36.9, 32.4, 20.8),
    (80, 10, 19, 25.9, 30.8, 27.8, 17.1),
    (80, 12, 16, 22.1, 26.5, 24.2, 14.5),
    (100, 10, 24, 25.9, 30.8, 27.8, 17.1),
    (100, 15, 16, 18.1, 21.8, 20.4, 11.8),
]


@pytest.mark.parametrize("row", NONE_FOUND, ids=lambda row: f"{row[1]} of {row[0]}")
def test_upper_bounds_when_no_defect_is_found(row: tuple[int, int, int, float, float, float, float]) -> None:
    size, audited, most, exact, exact_both, score, bayes = row
    bounds = [
        clopper_pearson(0, audited, sides=Sides.UPPER),
        clopper_pearson(0, audited),
        wilson(0, audited),
        jeffreys(0, audited, sides=Sides.UPPER),
    ]
    assert hypergeometric_upper(0, audited, size) == most
    assert [round(100 * bound.upper, 1) for bound in bounds if bound] == [exact, exact_both, score, bayes]


def test_two_sided_bounds_are_those_that_statsmodels_prints() -> None:
    uppers = [bound(0, 10) for bound in (clopper_pearson, wilson, jeffreys)]
    assert [(b.lower, round(b.upper, 4)) for b in uppers if b] == [(0, 0.3085), (0, 0.2775), (0, 0.2172)]


def test_published_values_of_7_in_50() -> None:
    exact, score = clopper_pearson(7, 50), wilson(7, 50)
    assert exact and score
    assert (exact.lower, exact.upper) == pytest.approx((0.058191700, 0.267396002), abs=1e-9)
    assert (exact.lower, exact.upper) == pytest.approx(tuple(binomtest(7, 50).proportion_ci()), abs=1e-12)
    assert (score.lower, score.upper) == pytest.approx((0.0695083343, 0.2618619371), abs=5e-11)


@pytest.mark.parametrize("bound", [clopper_pearson, wilson, jeffreys])
def test_a_one_sided_bound_leaves_its_other_end_open(bound: object) -> None:
    assert callable(bound)
    upper, lower = bound(3, 40, sides=Sides.UPPER), bound(3, 40, sides=Sides.LOWER)
    assert (upper.lower, lower.upper) == (0, 1)
    assert lower.lower < 3 / 40 < upper.upper
    assert upper.upper < bound(3, 40).upper
    assert bound(40, 40).upper == 1


@pytest.mark.parametrize("bound", [clopper_pearson, wilson, jeffreys])
def test_no_audits_give_no_bound(bound: object) -> None:
    assert callable(bound)
    assert bound(0, 0) is None
    with pytest.raises(ValueError, match="3 defects in 2 audits"):
        bound(3, 2)
    with pytest.raises(ValueError, match="confidence of 95"):
        bound(1, 2, 95)


def test_hypergeometric_bound_of_nothing_and_of_everything() -> None:
    assert hypergeometric_upper(0, 0, 40) is None
    assert hypergeometric_upper(0, 0, 0) == 0
    assert hypergeometric_upper(3, 40, 40) == 3


@given(st.integers(1, 120), st.data())
def test_hypergeometric_bound_is_the_last_likely_count(size: int, data: st.DataObject) -> None:
    audited = data.draw(st.integers(1, size))
    bad = data.draw(st.integers(0, audited))
    most = hypergeometric_upper(bad, audited, size)
    assert most is not None
    assert hypergeom.cdf(bad, size, most, audited) > 0.05
    assert most == size - (audited - bad) or hypergeom.cdf(bad, size, most + 1, audited) <= 0.05 + 1e-12


@pytest.mark.parametrize(
    ("confidence", "audits"),
    [
        (0.90, [114, 194, 265, 333, 398, 462, 525]),
        (0.95, [149, 236, 313, 386, 456, 523, 590]),
        (0.99, [228, 330, 418, 499, 577, 652, 725]),
    ],
)
def test_audits_until_two_per_cent_is_proved(confidence: float, audits: list[int]) -> None:
    assert [audits_until(0.02, bad, confidence) for bad in range(7)] == audits


@pytest.mark.parametrize(("limit", "audits"), [(0.01, [299, 473, 628]), (0.03, [99, 157, 208]), (0.05, [59, 93, 124])])
def test_audits_until_other_limits_are_proved(limit: float, audits: list[int]) -> None:
    assert [audits_until(limit, bad) for bad in range(3)] == audits


def test_audits_until_refuses_a_limit_in_per_cent() -> None:
    with pytest.raises(ValueError, match=r"give 0\.02 for 2 %"):
        audits_until(2)


def test_audits_that_are_alike_count_for_less() -> None:
    assert [clustered_audits(149, 8, correlation) for correlation in (0, 0.05, 0.10)] == [149, 202, 254]
