"""What is believed about a route's defect rate: Beta posteriors, and a manager's status from them."""

from dataclasses import dataclass
from enum import StrEnum

from scipy.special import betainc, betaincinv

from review.statistics.intervals import check_counts


@dataclass(frozen=True)
class Prior:
    """Beta(bad, good): as if `bad` defects and `good` clean photos had been seen before."""

    bad: float
    good: float

    @classmethod
    def of_mean(cls, mean: float, weight: float) -> "Prior":
        """A prior worth `weight` audits; borrowed evidence, so keep the weight at 50 or less."""
        if not (0 < mean < 1 and weight > 0):
            raise ValueError(f"A prior wants 0 < mean < 1 and weight > 0, not {mean:g} and {weight:g}.")
        return cls(mean * weight, (1 - mean) * weight)


UNIFORM = Prior(1.0, 1.0)
JEFFREYS = Prior(0.5, 0.5)


def chance_within(limit: float, bad: float, audited: float, prior: Prior = JEFFREYS) -> float:
    """P(rate <= limit) after `bad` defects in `audited`; counts may be discounted and so fractional."""
    check_counts(bad, audited)
    return float(betainc(prior.bad + bad, prior.good + audited - bad, limit))


def upper(bad: float, audited: float, prior: Prior = JEFFREYS, confidence: float = 0.95) -> float:
    """The rate that is not exceeded with this posterior probability."""
    check_counts(bad, audited)
    return float(betaincinv(prior.bad + bad, prior.good + audited - bad, confidence))


def audits_until_sure(limit: float, bad: int = 0, prior: Prior = JEFFREYS, confidence: float = 0.95) -> int:
    """The fewest audits with `bad` defects among them for which P(rate <= limit) >= confidence."""
    too_few, enough = bad - 1, max(bad, 1)
    while chance_within(limit, bad, enough, prior) < confidence:
        too_few, enough = enough, enough * 2
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        sure = chance_within(limit, bad, middle, prior) >= confidence
        too_few, enough = (too_few, middle) if sure else (middle, enough)
    return enough


class Status(StrEnum):
    """A route against its target, from the posterior rather than the point estimate."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True)
class Target:
    """A promised rate, and how sure one must be to call it kept or broken; below `enough` audits neither."""

    rate: float = 0.02
    kept: float = 0.80
    broken: float = 0.95
    enough: int = 50


DEFAULT_TARGET = Target()


def status(bad: int, audited: int, alarm: bool = False, target: Target = DEFAULT_TARGET) -> Status:
    """Red if the CUSUM's `alarm` rings; grey below `enough` audits; else by the posterior."""
    if alarm:
        return Status.RED
    if audited < target.enough:
        return Status.GREY
    within = chance_within(target.rate, bad, audited)
    if 1 - within >= target.broken:
        return Status.RED
    return Status.GREEN if within >= target.kept else Status.AMBER


def clears(bad: int, audited: int, target: Target = DEFAULT_TARGET) -> bool:
    """Whether an open alert may close: only once P(rate <= target) >= kept, so that it does not flicker."""
    return chance_within(target.rate, bad, audited) >= target.kept
