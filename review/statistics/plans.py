"""What a plan "take n, accept up to c" can do: detection, operating points, c = 0 sizes, Wald's test."""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, log

from scipy.special import betaincinv

from review.statistics.distributions import hypergeometric
from review.statistics.intervals import check_counts


def chance_of_seeing(audited: int, size: int, defects: int) -> float:
    """P(a sample of `audited` from `size` holds at least one of `defects`), drawn without replacement."""
    check_counts(audited, size)
    check_counts(defects, size)
    return 1 - float(hypergeometric(0, size, defects, audited))


def rate_accepted(audited: int, accept: int, chance: float) -> float:
    """The defect rate that a plan (n, c) accepts with this chance: p with P(Bin(n, p) <= c) = chance."""
    check_counts(accept, audited)
    return float(betaincinv(accept + 1, audited - accept, 1 - chance))


def zero_defect_size(size: int, rate: float, confidence: float = 0.90) -> int:
    """The fewest audits of a lot, none bad, that rule out `rate`.

    The smallest n with P(0 | D = ceil(rate N)) <= 1 - confidence. Derived from the hypergeometric
    distribution, so no published c = 0 table is needed.
    """
    # Rounded first: 0.15 x 100 is 15.000000000000002 in binary.
    defects = ceil(round(rate * size, 9))
    if defects < 1:
        raise ValueError(f"A rate of {rate:g} in a lot of {size} is below one photo: nothing rules it out.")
    sizes = range(1, size + 1)
    return next(n for n in sizes if hypergeometric(0, size, defects, n) <= 1 - confidence)


class Wald(StrEnum):
    """What a sequential test says after some items."""

    ACCEPT = "accept"
    REJECT = "reject"
    CONTINUE = "continue"


@dataclass(frozen=True)
class SequentialTest:
    """Wald's SPRT of a good rate against a bad one; says when a full inspection may stop early.

    Accept when d <= slope n - accept_at, reject when d >= slope n + reject_at (d defects in n items).
    """

    good: float = 0.01
    bad: float = 0.06
    alpha: float = 0.05
    beta: float = 0.10

    @property
    def _scale(self) -> float:
        return log(self.bad * (1 - self.good) / (self.good * (1 - self.bad)))

    @property
    def accept_at(self) -> float:
        """h1 = ln((1 - alpha) / beta) / ln(p1 q0 / p0 q1)."""
        return log((1 - self.alpha) / self.beta) / self._scale

    @property
    def reject_at(self) -> float:
        """h2 = ln((1 - beta) / alpha) / ln(p1 q0 / p0 q1)."""
        return log((1 - self.beta) / self.alpha) / self._scale

    @property
    def slope(self) -> float:
        """s = ln(q0 / q1) / ln(p1 q0 / p0 q1), defects an item."""
        return log((1 - self.good) / (1 - self.bad)) / self._scale

    def say(self, defects: int, inspected: int) -> Wald:
        """Accept, reject or go on after `defects` in `inspected` items."""
        check_counts(defects, inspected)
        if defects <= self.slope * inspected - self.accept_at:
            return Wald.ACCEPT
        return Wald.REJECT if defects >= self.slope * inspected + self.reject_at else Wald.CONTINUE
