"""Rates from stratified samples, against worked values, simulation and brute force."""

from itertools import product
from math import comb, prod

import numpy as np
import pytest

from review.statistics.estimates import (
    effective_audits,
    estimate,
    expand,
    korn_graubard,
    rates,
    standard_error,
)
from review.statistics.strata import Stratum, most_defects, pooled

FLAGGED = Stratum(12, 12, 5)


def test_no_defect_in_the_random_draw_gives_a_bound_and_no_error() -> None:
    found = estimate([FLAGGED, Stratum(68, 8, 0)])
    assert (found.rate, found.standard_error) == (0.0625, None)
    assert (found.lower, found.upper) == (0.0625, 25 / 80)
    assert found.method == "hypergeometric, one-sided"
    assert most_defects([Stratum(68, 8, 0)]) == 20


def test_one_defect_in_the_random_draw() -> None:
    strata = [FLAGGED, Stratum(68, 8, 1)]
    found = estimate(strata)
    assert expand(strata) == 13.5
    assert found.rate == 0.16875
    assert found.standard_error == pytest.approx(0.099804, abs=5e-7)
    assert most_defects([Stratum(68, 8, 1)]) == 30


def test_ten_batches_pooled() -> None:
    flagged = [Stratum(12, 12, 5), Stratum(12, 12, 4)] * 5
    rest = [Stratum(68, 8, 1)] + [Stratum(68, 8, 0)] * 9
    found = estimate(flagged + rest)
    assert found.rate == pytest.approx(0.066875, abs=5e-13)
    assert found.standard_error == pytest.approx(0.0099804, abs=5e-8)
    assert found.lower and found.upper
    assert (round(found.lower, 4), round(found.upper, 4)) == (0.0486, 0.0894)
    assert (found.size, found.reviewed) == (800, 200)
    assert most_defects(rest) == 37


def test_thirty_batches_without_a_random_defect() -> None:
    rest = [Stratum(73, 5, 0)] * 30
    found = rates([Stratum(210, 210, 80), *rest])
    assert found.incoming.rate and round(found.incoming.rate, 4) == 0.0333
    assert most_defects(rest) == 41
    assert (round(41 / 2190, 4), found.escaped) == (0.0187, 0)
    assert found.escaped_upper and round(found.escaped_upper, 4) == 0.0171
    assert found.caught == 80 / 2400


def test_incoming_is_caught_and_escaped() -> None:
    found = rates([FLAGGED, Stratum(68, 8, 1)])
    assert (found.caught, found.escaped) == (6 / 80, 7.5 / 80)
    assert found.incoming.rate == pytest.approx(6 / 80 + 7.5 / 80)
    assert found.escaped_upper == (30 - 1) / 80


def test_the_stratified_rate_is_unbiased_where_the_mean_of_the_reviewed_is_not() -> None:
    # 15 % flagged of which 40 % are bad, the rest 1 % bad: the truth is 6.85 % of photos.
    rng, batches = np.random.default_rng(20260101), 20_000
    flagged_bad, rest_bad = rng.binomial(12, 0.4, batches), rng.binomial(68, 0.01, batches)
    seen = rng.hypergeometric(rest_bad, 68 - rest_bad, 8)
    true = float((flagged_bad + rest_bad).mean() / 80)
    naive = float((flagged_bad + seen).mean() / 20)
    strata = [Stratum(12 * batches, 12 * batches, int(flagged_bad.sum()))]
    strata.append(Stratum(68 * batches, 8 * batches, int(seen.sum())))
    found = estimate(strata)
    assert naive == pytest.approx(0.2399, abs=0.006)
    assert found.rate == pytest.approx(true, abs=0.0008)
    assert true == pytest.approx(0.0684, abs=0.0006)


def test_nothing_reviewed_is_empty_and_never_zero() -> None:
    for strata in ([], [Stratum(0, 0, 0)], [Stratum(10, 0, 0)], [FLAGGED, Stratum(68, 0, 0)]):
        found = rates(strata)
        assert found.incoming.rate is found.incoming.upper is found.incoming.standard_error is None
        assert found.escaped is found.escaped_upper is found.caught is None
        assert found.incoming.method == "empty"


def test_a_census_has_no_doubt() -> None:
    found = estimate([Stratum(40, 40, 3), Stratum(10, 10, 0)])
    assert (found.rate, found.lower, found.upper, found.standard_error) == (0.06, 0.06, 0.06, 0.0)
    assert found.method == "census"


def test_missing_decisions_stay_in_the_denominator_and_raise_the_bound() -> None:
    clean, open_one = Stratum(68, 8, 0), Stratum(68, 8, 0, missing=1)
    assert estimate([open_one]).rate == estimate([clean]).rate == 0
    assert (most_defects([clean]), most_defects([open_one])) == (20, 30)
    assert estimate([open_one]).reviewed == 7
    census = estimate([Stratum(20, 20, 1, missing=2)])
    assert (census.lower, census.upper) == (0.05, 0.15)


def test_one_random_photo_cannot_show_its_error() -> None:
    assert standard_error([Stratum(68, 1, 1)]) is None
    assert standard_error([FLAGGED, Stratum(68, 8, 8)]) is None


def test_batches_drawn_at_different_fractions_stay_apart() -> None:
    # A tightened, worse batch is sampled twice as much: merged, its defects would count twice.
    strata = [Stratum(80, 8, 0), Stratum(80, 16, 4)]
    assert expand(strata) == 20
    assert len(pooled(strata)) == 2
    mixed = [Stratum(80, 8, 1), Stratum(10, 5, 0), Stratum(40, 4, 1), Stratum(0, 0, 0)]
    assert pooled(mixed) == (Stratum(120, 12, 2), Stratum(10, 5, 0))


def _worst_by_brute_force(strata: list[Stratum]) -> int:
    """The most defects that any placing hides with a chance above 5 %."""
    spaces = [range(s.size - s.drawn + 1) for s in strata]
    hidden = (
        sum(placing)
        for placing in product(*spaces)
        if prod(comb(s.size - d, s.drawn) / comb(s.size, s.drawn) for s, d in zip(strata, placing, strict=True)) > 0.05
    )
    return max(hidden)


@pytest.mark.parametrize(
    "strata",
    [
        [Stratum(20, 5, 0), Stratum(15, 2, 0)],
        [Stratum(10, 5, 0), Stratum(30, 3, 0)],
        [Stratum(12, 4, 0), Stratum(12, 3, 0), Stratum(9, 2, 0)],
    ],
)
def test_clean_strata_of_different_fractions_are_bounded_at_their_worst(strata: list[Stratum]) -> None:
    assert most_defects(strata) == _worst_by_brute_force(strata)


def test_the_bound_over_fractions_lies_between_those_of_the_lowest_and_the_highest() -> None:
    mixed = most_defects([Stratum(100, 10, 1), Stratum(100, 20, 1)])
    low, high = most_defects([Stratum(200, 20, 2)]), most_defects([Stratum(200, 40, 2)])
    assert mixed and low and high
    assert high < mixed <= low


def test_a_finding_cannot_exceed_its_draw() -> None:
    with pytest.raises(ValueError, match="9 defects in 8 audits"):
        Stratum(68, 8, 8, missing=1)
    with pytest.raises(ValueError, match="error > 0"):
        korn_graubard(0.1, 0)


def test_effective_audits_of_a_census_and_of_one_clean_or_uneven_draw() -> None:
    assert effective_audits([Stratum(80, 80, 5)]) == 80
    assert effective_audits([Stratum(80, 10, 0)]) == 10
    assert effective_audits([Stratum(12, 12, 5), Stratum(68, 8, 0)]) == pytest.approx(80**2 / (12 + 68**2 / 8))
    assert effective_audits([Stratum(68, 0, 0)]) == 0


def test_effective_audits_of_a_sample_with_variance_are_those_of_its_standard_error() -> None:
    pooled_batches = [Stratum(120, 120, 45), Stratum(680, 80, 1)]
    assert effective_audits(pooled_batches) == pytest.approx(0.066875 * 0.933125 / 0.0099804**2, rel=1e-4)
