"""Bounds on a proportion from a count of defects, with the sidedness always said aloud.

No audits give no bound (None), never 0. Never Wald: it calls 0 of 10 a proof of 0 %.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt

from scipy.special import betaincinv, ndtri

from review.statistics.distributions import hypergeometric_at_most


class Sides(StrEnum):
    """Where the doubt goes: all above (a promise "at most"), all below ("at least"), or half each."""

    UPPER = "upper"
    LOWER = "lower"
    BOTH = "both"


@dataclass(frozen=True)
class Interval:
    """A proportion's bounds, both 0 to 1; a one-sided interval keeps 0 or 1 at its open end."""

    lower: float
    upper: float
    confidence: float
    sides: Sides
    method: str


def check_counts(bad: float, audited: float) -> None:
    """Raise ValueError unless 0 <= bad <= audited."""
    if not 0 <= bad <= audited:
        raise ValueError(f"{bad:g} defects in {audited:g} audits: wanted 0 <= defects <= audits.")


def check_confidence(confidence: float) -> None:
    """Raise ValueError unless 0 < confidence < 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"A confidence of {confidence:g} is outside 0 to 1: give 0.95 for 95 %.")


def _tails(confidence: float, sides: Sides) -> tuple[float, float]:
    """The chance left below and above the interval."""
    check_confidence(confidence)
    doubt = 1 - confidence
    return {Sides.UPPER: (0.0, doubt), Sides.LOWER: (doubt, 0.0), Sides.BOTH: (doubt / 2, doubt / 2)}[sides]


def wilson(bad: float, audited: float, confidence: float = 0.95, sides: Sides = Sides.BOTH) -> Interval | None:
    """Wilson's score interval, (p + z2/2n -+ z sqrt(pq/n + z2/4n2)) / (1 + z2/n).

    For display at small n (Brown, Cai and DasGupta 2001). None without audits.
    """
    check_counts(bad, audited)
    below, above = _tails(confidence, sides)
    if audited == 0:
        return None
    z = -float(ndtri(below or above))
    rate, spread = bad / audited, z * z / audited
    centre = (rate + spread / 2) / (1 + spread)
    half = z * sqrt(rate * (1 - rate) / audited + spread / (4 * audited)) / (1 + spread)
    lower = max(0.0, centre - half) if below and bad else 0.0
    upper = min(1.0, centre + half) if above and bad < audited else 1.0
    return Interval(lower, upper, confidence, sides, "wilson")


def clopper_pearson(bad: float, audited: float, confidence: float = 0.95, sides: Sides = Sides.BOTH) -> Interval | None:
    """The exact binomial interval, from quantiles of Beta(k, n-k+1) and Beta(k+1, n-k).

    For promises: it never covers less than it says (Clopper and Pearson 1934). Counts may be fractional, as
    an effective sample's are. None without audits.
    """
    check_counts(bad, audited)
    below, above = _tails(confidence, sides)
    if audited == 0:
        return None
    lower = float(betaincinv(bad, audited - bad + 1, below)) if below and bad else 0.0
    upper = float(betaincinv(bad + 1, audited - bad, 1 - above)) if above and bad < audited else 1.0
    return Interval(lower, upper, confidence, sides, "clopper-pearson")


def jeffreys(bad: float, audited: float, confidence: float = 0.95, sides: Sides = Sides.BOTH) -> Interval | None:
    """Quantiles of Beta(k + 1/2, n - k + 1/2); 0 defects keep the lower end at 0, all defects the upper at 1.

    Brown, Cai and DasGupta 2001. None without audits.
    """
    check_counts(bad, audited)
    below, above = _tails(confidence, sides)
    if audited == 0:
        return None
    shape = (bad + 0.5, audited - bad + 0.5)
    lower = float(betaincinv(*shape, below)) if below and bad else 0.0
    upper = float(betaincinv(*shape, 1 - above)) if above and bad < audited else 1.0
    return Interval(lower, upper, confidence, sides, "jeffreys")


def hypergeometric_upper(bad: int, audited: int, size: int, confidence: float = 0.95) -> int | None:
    """The most defects that a lot of `size` may hold when `audited` drawn without replacement showed `bad`.

    The largest D with P(X <= bad | size, D, audited) > 1 - confidence; exact and one-sided. None when nothing
    was audited from a lot that is not empty.
    """
    check_counts(bad, audited)
    check_counts(audited, size)
    check_confidence(confidence)
    if audited == 0:
        return None if size else 0
    # The chance falls as D grows, so the bound is found by bisection between "certain" and "impossible".
    possible, impossible = bad, size - (audited - bad) + 1
    while impossible - possible > 1:
        middle = (possible + impossible) // 2
        likely = hypergeometric_at_most(bad, size, middle, audited) > 1 - confidence
        possible, impossible = (middle, impossible) if likely else (possible, middle)
    return possible


def audits_until(limit: float, bad: int = 0, confidence: float = 0.95) -> int:
    """The fewest audits with `bad` defects whose one-sided Clopper-Pearson upper bound is <= limit."""
    if not 0 < limit < 1:
        raise ValueError(f"A limit of {limit:g} is outside 0 to 1: give 0.02 for 2 %.")
    too_few, enough = bad, bad + 1
    while _upper(bad, enough, confidence) > limit:
        too_few, enough = enough, enough * 2
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        proved = _upper(bad, middle, confidence) <= limit
        too_few, enough = (too_few, middle) if proved else (middle, enough)
    return enough


def _upper(bad: int, audited: int, confidence: float) -> float:
    bound = clopper_pearson(bad, audited, confidence, Sides.UPPER)
    return 1.0 if bound is None else bound.upper


def clustered_audits(audits: int, per_batch: int, correlation: float) -> int:
    """Audits needed when those of one batch are alike: times the design effect 1 + (m - 1) rho."""
    effect = 1 + (per_batch - 1) * correlation
    # Rounded first so that 100 x 1.1 does not become 111 through binary fractions.
    return ceil(round(audits * effect, 9))
