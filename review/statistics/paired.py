"""Choosing among changes by what each does to the same units, and what such a choice is worth where it was not made."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
FLIPS = 4096


def best(gains: Array, harms: Array) -> int | None:
    """The change (column) with the largest sum of gains over units (rows), among those that harm none; None if no
    sum is above 0. ``gains`` and ``harms`` have the same shape; a harm is anything above 0."""
    sums = np.where(harms.sum(axis=0) > 0, -np.inf, gains.sum(axis=0))
    return int(sums.argmax()) if sums.size and sums.max() > 0 else None


def held_out(gains: Array, harms: Array) -> Array:
    """What each unit gains by the change that is best on all the others; 0 where those choose none.

    Leave-one-out cross-validation of ``best`` (Stone 1974, "Cross-validatory choice and assessment of statistical
    predictions"): in the mean over many trials, a gain that only the choice made up is not among these. Within one
    trial they hang together, since nearly all choose the same change: a test of independent units is not for them.
    """
    others = [np.arange(len(gains)) != unit for unit in range(len(gains))]
    chosen = [best(gains[rest], harms[rest]) for rest in others]
    return np.array([0.0 if change is None else gains[unit, change] for unit, change in enumerate(chosen)])


def luck(gains: Array, chosen: int) -> float:
    """The chance that some change does as well as the ``chosen`` one if better and worse were equally likely.

    How well is told by signed ranks (Wilcoxon 1945): the ranks of what gains less those of what loses, over the root of
    their squares, so that one small loss weighs less than a large one. It is held against the best of all changes with
    each unit's signs turned round by lot, all of a unit at once (Westfall and Young 1993, "max T"; Wilcoxon's test
    itself where there is one change), since the chosen one is the best of many. All ways to turn them where they are
    few, else ``FLIPS`` by a fixed lot.
    """
    ranks = _signed_ranks(gains[(gains != 0).any(axis=1)])
    size = np.sqrt(np.maximum(1, (ranks**2).sum(axis=0)))
    reached = (_turns(len(ranks)) @ ranks / size).max(axis=1)
    return float(np.mean(reached >= (ranks.sum(axis=0) / size)[chosen] - 1e-9))


def _signed_ranks(gains: Array) -> Array:
    """By column the ranks of the sizes from 1, with the sign; equal sizes have their mean rank, and 0 has none."""
    found = np.zeros_like(gains)
    for column in range(gains.shape[1]):
        moved = gains[:, column] != 0
        sizes = np.abs(gains[moved, column])
        ordered = np.sort(sizes)
        below, upto = (np.searchsorted(ordered, sizes, side=side) for side in ("left", "right"))
        found[moved, column] = np.sign(gains[moved, column]) * (below + upto + 1) / 2
    return found


def _turns(units: int) -> Array:
    """Rows of signs, a column a unit; as they are is the first of them."""
    if 2**units <= FLIPS:
        turned = np.arange(2**units)[:, None] >> np.arange(units) & 1
    else:
        turned = np.random.default_rng(units).integers(0, 2, (FLIPS, units))
        turned[0] = 0
    return np.asarray(1.0 - 2 * turned, np.float64)
