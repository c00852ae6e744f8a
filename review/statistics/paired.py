"""Choosing among changes by what each does to the same units, and what such a choice is worth where it was not made."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def best(gains: Array, harms: Array) -> int | None:
    """The change (column) with the largest sum of gains over units (rows), among those that harm none; None if no
    sum is above 0. ``gains`` and ``harms`` have the same shape; a harm is anything above 0."""
    sums = np.where(harms.sum(axis=0) > 0, -np.inf, gains.sum(axis=0))
    return int(sums.argmax()) if sums.size and sums.max() > 0 else None


def held_out(gains: Array, harms: Array) -> Array:
    """What each unit gains by the change that is best on all the others; 0 where those choose none.

    Leave-one-out cross-validation of ``best`` (Stone 1974, "Cross-validatory choice and assessment of statistical
    predictions"): a gain that only the choice among many changes made up is not among these.
    """
    others = [np.arange(len(gains)) != unit for unit in range(len(gains))]
    chosen = [best(gains[rest], harms[rest]) for rest in others]
    return np.array([0.0 if change is None else gains[unit, change] for unit, change in enumerate(chosen)])


def signed_rank(gains: Array) -> float:
    """The chance of gains that speak as much for the better, or more, if each could as well have been a loss.

    Wilcoxon's signed-rank test (1945), one-sided and exact: the sum of the ranks of what gained, among all ways to give
    the ranks signs; equal sizes share their mean rank, and what stays the same is left out.
    """
    moved = gains[gains != 0]
    doubled = np.rint(2 * _ranks(np.abs(moved))).astype(int)
    ways = np.ones(1)
    for rank in doubled:
        ways = np.append(ways, np.zeros(rank)) + np.append(np.zeros(rank), ways)
    seen = int(doubled[moved > 0].sum())
    return float(ways[seen:].sum() / ways.sum())


def _ranks(sizes: Array) -> Array:
    """Ranks from 1; equal ones have their mean."""
    ordered = np.sort(sizes)
    first = np.searchsorted(ordered, sizes, side="left")
    return (first + np.searchsorted(ordered, sizes, side="right") + 1) / 2
