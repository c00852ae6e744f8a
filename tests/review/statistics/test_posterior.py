"""Posteriors and a manager's status, against worked values."""

import pytest

from review.statistics.posterior import (
    JEFFREYS,
    UNIFORM,
    Prior,
    Status,
    audits_until_sure,
    chance_within,
    clears,
    status,
    upper,
)


@pytest.mark.parametrize(
    ("prior", "audits"),
    [
        (UNIFORM, [148, 235, 312, 385]),
        (JEFFREYS, [95, 194, 275, 350]),
        (Prior.of_mean(0.02, 20), [63, 166, 248, 324]),
        (Prior.of_mean(0.015, 50), [75, 166, 245, 319]),
        (Prior.of_mean(0.01, 100), [50, 137, 214, 287]),
        (Prior.of_mean(0.05, 20), [130, 217, 294, 367]),
    ],
    ids=["uniform", "jeffreys", "2 % of 20", "1.5 % of 50", "1 % of 100", "5 % of 20"],
)
def test_clean_audits_until_two_per_cent_is_believed(prior: Prior, audits: list[int]) -> None:
    assert [audits_until_sure(0.02, bad, prior) for bad in range(4)] == audits


@pytest.mark.parametrize(
    ("prior", "bad", "audited", "within", "bound"),
    [
        (JEFFREYS, 0, 100, 0.9558, 0.0190),
        (JEFFREYS, 1, 150, 0.8908, 0.0258),
        (Prior(1, 19), 0, 150, 0.9671, 0.0176),
    ],
)
def test_posterior_of_a_count(prior: Prior, bad: int, audited: int, within: float, bound: float) -> None:
    assert round(chance_within(0.02, bad, audited, prior), 4) == within
    assert round(upper(bad, audited, prior), 4) == bound


OVER_TWO_PER_CENT = {
    (2, 50): 0.8506,
    (3, 50): 0.9615,
    (3, 80): 0.8677,
    (4, 80): 0.9576,
    (5, 80): 0.9887,
    (5, 100): 0.9714,
    (6, 150): 0.9480,
    (7, 150): 0.9809,
    (8, 200): 0.9680,
}


@pytest.mark.parametrize(("counts", "chance"), OVER_TWO_PER_CENT.items())
def test_chance_of_more_than_two_per_cent(counts: tuple[int, int], chance: float) -> None:
    assert round(1 - chance_within(0.02, *counts), 4) == chance
    assert status(*counts) is (Status.RED if chance >= 0.95 else Status.AMBER)


def test_status_is_grey_until_there_is_enough_and_green_only_when_believed() -> None:
    assert status(0, 49) is Status.GREY
    assert status(0, 50) is Status.GREEN
    assert status(0, 10, alarm=True) is Status.RED
    assert status(2, 100) is Status.AMBER


def test_an_alert_closes_only_when_the_target_is_believed_kept() -> None:
    assert not clears(2, 100)
    assert clears(0, 100)


def test_a_prior_is_a_rate_with_a_weight() -> None:
    with pytest.raises(ValueError, match="0 < mean < 1"):
        Prior.of_mean(2, 20)
