"""Strata of a sample, merging those of many batches, and the most defects that they may still hide."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heapreplace
from itertools import groupby

import numpy as np

from review.statistics.distributions import hypergeometric
from review.statistics.intervals import check_counts, hypergeometric_upper


@dataclass(frozen=True)
class Stratum:
    """N_h photos: `drawn` taken at random (or all), `bad` found defective, `missing` without a decision.

    A missing decision stays in the denominator and counts as a defect in upper bounds. Skipping goes with
    difficulty, so another photo never takes its place.
    """

    size: int
    drawn: int
    bad: int
    missing: int = 0

    def __post_init__(self) -> None:
        check_counts(self.drawn, self.size)
        check_counts(self.bad + self.missing, self.drawn)

    @property
    def complete(self) -> bool:
        """Whether every photo was taken, so that nothing is left to chance."""
        return self.drawn == self.size

    @property
    def rate(self) -> float:
        """k_h / n_h; ZeroDivisionError for a stratum without a draw."""
        return self.bad / self.drawn

    @property
    def at_worst(self) -> int:
        """Defects among those drawn if every missing decision were one."""
        return self.bad + self.missing


def pooled(strata: Iterable[Stratum]) -> tuple[Stratum, ...]:
    """Merge strata drawn at one sampling fraction, which leaves the estimate exactly as it was.

    Draws at different fractions stay apart: a route under suspicion is sampled more and is worse, and merging
    would let its defects weigh too much. Empty strata vanish.
    """
    real = sorted((s for s in strata if s.size), key=_fraction)
    return tuple(_merged(list(alike)) for _, alike in groupby(real, key=_fraction))


def _fraction(stratum: Stratum) -> Fraction:
    return Fraction(stratum.drawn, stratum.size)


def _merged(strata: Sequence[Stratum]) -> Stratum:
    return Stratum(
        size=sum(s.size for s in strata),
        drawn=sum(s.drawn for s in strata),
        bad=sum(s.bad for s in strata),
        missing=sum(s.missing for s in strata),
    )


def most_defects(strata: Iterable[Stratum], confidence: float = 0.95) -> int | None:
    """The most defects that these strata together may hold, one-sided; None if one was not sampled at all.

    Hypergeometric where all were drawn at one fraction. Otherwise the defects are thought to lie where each
    is least likely to be seen, and the chance of seeing so few in all is taken over the strata together; with
    none seen this is the exact bound over every way that the defects can lie.
    """
    real = pooled(strata)
    known = sum(s.at_worst for s in real if s.complete)
    partial = [s for s in real if not s.complete]
    if any(s.drawn == 0 for s in partial):
        return None
    if len(partial) > 1:
        return known + _hidden_worst(partial, confidence)
    bounds = [hypergeometric_upper(s.at_worst, s.drawn, s.size, confidence) or 0 for s in partial]
    return known + sum(bounds)


def _hidden_worst(strata: Sequence[Stratum], confidence: float) -> int:
    """The largest number of defects, worst placed, that still shows so few with chance > 1 - confidence."""
    order = _hiding_places(strata)
    seen = sum(s.at_worst for s in strata)
    possible, impossible = seen, len(order) + 1
    while impossible - possible > 1:
        middle = (possible + impossible) // 2
        placed = np.bincount(order[:middle], minlength=len(strata)).tolist()
        likely = _chance_of_at_most(seen, strata, placed) > 1 - confidence
        possible, impossible = (middle, impossible) if likely else (possible, middle)
    return possible


def _hiding_places(strata: Sequence[Stratum]) -> list[int]:
    """The stratum of the first, second ... defect, each where the share drawn of what is left is lowest.

    The chance that all stay unseen is a product of log-concave terms, so one greedy step at a time finds its
    maximum.
    """
    room = [s.size - s.drawn + s.at_worst for s in strata]
    heap = [(s.drawn / s.size, index, s.size) for index, s in enumerate(strata) if room[index]]
    heapify(heap)
    order: list[int] = []
    while heap and heap[0][0] < np.inf:
        _, index, left = heap[0]
        order.append(index)
        room[index] -= 1
        share = strata[index].drawn / (left - 1) if room[index] else np.inf
        heapreplace(heap, (share, index, left - 1))
    return order


def _chance_of_at_most(seen: int, strata: Sequence[Stratum], defects: Sequence[int]) -> float:
    """P(sum of X_h <= seen), X_h hypergeometric and independent: their distributions convolved."""
    counts = np.arange(seen + 1)
    chances = np.eye(1, seen + 1)[0]
    for stratum, bad in zip(strata, defects, strict=True):
        if bad:
            shown = hypergeometric(counts, stratum.size, bad, stratum.drawn)
            chances = np.convolve(chances, shown)[: seen + 1]
    return float(chances.sum())
