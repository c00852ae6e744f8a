"""CSP-1 and CSP-2 against worked values and simulation."""

import numpy as np
import pytest

from review.statistics.continuous import ContinuousPlan, Kind, Stream, clearance_number

FRACTIONS = (1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 7, 0.15, 1 / 8, 1 / 10, 1 / 15)


@pytest.mark.parametrize(
    ("limit", "numbers"),
    [
        (0.0122, [23, 38, 49, 58, 73, 71, 79, 90, 109]),
        (0.0190, [15, 24, 31, 37, 47, 45, 51, 57, 70]),
        (0.0200, [14, 23, 30, 36, 44, 43, 48, 54, 67]),
        (0.0494, [6, 9, 12, 14, 18, 17, 19, 22, 27]),
        (0.0500, [5, 9, 12, 14, 18, 17, 19, 21, 26]),
    ],
)
def test_clearance_numbers(limit: float, numbers: list[int]) -> None:
    assert [clearance_number(limit, fraction) for fraction in FRACTIONS] == numbers


def test_clearance_numbers_of_csp2_at_two_per_cent() -> None:
    assert [clearance_number(0.02, f, Kind.CSP2) for f in (0.15, 1 / 8, 1 / 10)] == [59, 65, 73]


@pytest.mark.parametrize(
    ("rate", "inspected", "shipped"),
    [(0.01, 16.1, 0.84), (0.02, 24.9, 1.50), (0.03, 36.5, 1.90), (0.05, 63.9, 1.80)],
)
def test_what_the_default_plan_inspects_and_ships(rate: float, inspected: float, shipped: float) -> None:
    plan = ContinuousPlan()
    assert round(100 * plan.inspected(rate), 1) == inspected
    assert round(100 * plan.outgoing(rate), 2) == shipped


def test_the_default_plan_never_ships_more_than_two_per_cent_on_average() -> None:
    plan = ContinuousPlan()
    limit = plan.outgoing_limit()
    assert limit <= 0.02
    assert limit == pytest.approx(max(plan.outgoing(rate) for rate in np.linspace(0, 1, 20_001)), abs=1e-7)


def test_simulated_stream_agrees_with_the_formulas() -> None:
    plan, rng, items = ContinuousPlan(46, 0.1), np.random.default_rng(20260101), 300_000
    bad, chance = (rng.random(items) < 0.02).tolist(), rng.random(items).tolist()
    stream, inspected, shipped = Stream(), 0, 0
    for defective, luck in zip(bad, chance, strict=True):
        if luck < stream.share(plan):
            inspected += 1
            stream = stream.after(defective, plan)
        else:
            shipped += defective
    assert (round(plan.inspected(0.02), 4), round(plan.outgoing(0.02), 5)) == (0.2196, 0.01561)
    assert inspected / items == pytest.approx(0.2196, abs=0.015)
    assert shipped / items == pytest.approx(0.01561, abs=0.001)


def _after(results: str, plan: ContinuousPlan) -> Stream:
    stream = Stream()
    for letter in results:
        stream = stream.after(letter == "x", plan)
    return stream


@pytest.mark.parametrize(
    ("kind", "results", "sampling"),
    [
        (Kind.CSP1, "..", False),
        (Kind.CSP1, "..x..", False),
        (Kind.CSP1, "..x...", True),
        (Kind.CSP1, "...x", False),
        (Kind.CSP2, "...x", True),
        (Kind.CSP2, "...x..x", False),
        (Kind.CSP2, "...x...x", True),
        (Kind.CSP2, "x", False),
    ],
)
def test_a_stream_step_by_step(kind: Kind, results: str, sampling: bool) -> None:
    plan = ContinuousPlan(3, 0.1, kind)
    stream = _after(results, plan)
    assert stream.sampling is sampling
    assert stream.share(plan) == (0.1 if sampling else 1.0)


def test_a_plan_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="0 < f <= 1"):
        ContinuousPlan(54, 10)
    with pytest.raises(ValueError, match=r"give 0\.02 for 2 %"):
        clearance_number(2, 0.1)
