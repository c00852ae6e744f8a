"""Choosing among changes by what each does to the same units, and what such a choice is worth where it was not made."""

import numpy as np
import numpy.typing as npt

from review.statistics.distributions import binomial_at_least

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


def sign_test(better: int, worse: int) -> float:
    """The chance of so many better ones or more if better and worse were equally likely (one-sided, exact; Dixon and
    Mood 1946). Units that stay the same are left out, as is usual."""
    return binomial_at_least(better, better + worse, 0.5)
