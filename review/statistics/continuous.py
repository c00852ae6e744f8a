"""Continuous sampling, CSP-1 and CSP-2 (Dodge; MIL-STD-1235B): everything until a clean run, then a fraction.

Formulas assume that defects found are replaced and that inspection misses nothing.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import sqrt

# What golden section keeps of an interval at each step; so many steps shrink it to a billionth.
GOLDEN = (sqrt(5) - 1) / 2
STEPS = 44


class Kind(IntEnum):
    """CSP-1 returns to full inspection on a defect, CSP-2 on a second one within the clearance number."""

    CSP1 = 1
    CSP2 = 2


@dataclass(frozen=True)
class ContinuousPlan:
    """`clearance` (i) clean photos in a row, then the fraction f of them."""

    clearance: int = 54
    fraction: float = 0.10
    kind: Kind = Kind.CSP1

    def __post_init__(self) -> None:
        if self.clearance < 1 or not 0 < self.fraction <= 1:
            raise ValueError(f"A plan wants i >= 1 and 0 < f <= 1, not {self.clearance} and {self.fraction:g}.")

    def _clean_runs(self, rate: float) -> float:
        run = (1 - rate) ** self.clearance
        return run if self.kind is Kind.CSP1 else run * (2 - run)

    def inspected(self, rate: float) -> float:
        """AFI, the average fraction inspected: f / (f + (1 - f) q^i); CSP-2 with q^i (2 - q^i) for q^i."""
        return self.fraction / (self.fraction + (1 - self.fraction) * self._clean_runs(rate))

    def outgoing(self, rate: float) -> float:
        """AOQ, the average outgoing rate: p (1 - AFI)."""
        return rate * (1 - self.inspected(rate))

    def outgoing_limit(self) -> float:
        """AOQL, the largest average outgoing rate at any incoming one."""
        # The maximum lies below 6/i: beyond, a run of i clean photos is practically never seen.
        most = min(1.0, 6 / self.clearance)
        return self._largest_outgoing(0.0, most)

    def _largest_outgoing(self, low: float, high: float) -> float:
        """The maximum of ``outgoing``, which rises and then falls, by golden section (Kiefer 1953)."""
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        at_left, at_right = self.outgoing(left), self.outgoing(right)
        for _ in range(STEPS):
            if at_left > at_right:
                high, right, at_right = right, left, at_left
                left = high - GOLDEN * (high - low)
                at_left = self.outgoing(left)
            else:
                low, left, at_left = left, right, at_right
                right = low + GOLDEN * (high - low)
                at_right = self.outgoing(right)
        return max(at_left, at_right)


def clearance_number(limit: float, fraction: float, kind: Kind = Kind.CSP1) -> int:
    """The smallest i whose AOQL does not exceed `limit` (0 to 1) when the fraction f is sampled."""
    if not 0 < limit < 1:
        raise ValueError(f"A limit of {limit:g} is outside 0 to 1: give 0.02 for 2 %.")
    clearance = 1
    while ContinuousPlan(clearance, fraction, kind).outgoing_limit() > limit:
        clearance += 1
    return clearance


@dataclass(frozen=True)
class Stream:
    """Where a route stands: inspecting all or sampling, its clean run, whether CSP-2 is on its guard.

    Feed it each inspected photo in time order; not those that nobody saw.
    """

    sampling: bool = False
    clean: int = 0
    guarded: bool = False

    def after(self, defective: bool, plan: ContinuousPlan) -> "Stream":
        """The state after one more inspected photo."""
        if defective:
            forgiven = self.sampling and plan.kind is Kind.CSP2 and not self.guarded
            return Stream(sampling=forgiven, clean=0, guarded=forgiven)
        clean = self.clean + 1
        cleared = clean >= plan.clearance
        return Stream(self.sampling or cleared, clean, self.guarded and not cleared)

    def share(self, plan: ContinuousPlan) -> float:
        """The share of photos to inspect now: 1 or f."""
        return plan.fraction if self.sampling else 1.0
