"""Control charts of a rate over time: p with limits for each point, Laney's p', EWMA, and the run rules.

Counts are arrays of the defects and sample sizes, oldest first. For alarms use the CUSUM (cusum.py): a
p-chart cannot see an improvement at 2 % with fewer than 442 audits a point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, sqrt

import numpy as np
import numpy.typing as npt

from review.statistics.distributions import binomial_at_least

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Chart:
    """Values, centre, the limits of each point, and the places of the points outside (0-based)."""

    values: Array
    centre: float
    lower: Array
    upper: Array
    outside: tuple[int, ...]
    spread: float = 1.0


def _chart(values: Array, centre: float, sigma: Array, spread: float = 1.0) -> Chart:
    reach = 3 * sigma * spread
    lower, upper = np.clip(centre - reach, 0.0, 1.0), np.clip(centre + reach, 0.0, 1.0)
    outside = np.flatnonzero((values < lower) | (values > upper))
    return Chart(values, centre, lower, upper, tuple(int(i) for i in outside), spread)


def _arrays(bad: Sequence[int], audited: Sequence[int]) -> tuple[Array, Array]:
    counts, sizes = np.asarray(bad, float), np.asarray(audited, float)
    if counts.shape != sizes.shape or counts.ndim != 1 or not counts.size:
        raise ValueError(f"A chart wants as many counts as sizes, at least one: {len(bad)} and {len(audited)}.")
    if (sizes <= 0).any() or (counts < 0).any() or (counts > sizes).any():
        raise ValueError("A chart wants 0 <= defects <= audits and at least one audit in every point.")
    return counts, sizes


def p_chart(bad: Sequence[int], audited: Sequence[int], centre: float | None = None) -> Chart:
    """p-chart, limits p0 +/- 3 sqrt(p0 q0 / n_t); p0 is the pooled rate unless `centre` gives a standard."""
    counts, sizes = _arrays(bad, audited)
    middle = float(counts.sum() / sizes.sum()) if centre is None else centre
    return _chart(counts / sizes, middle, np.sqrt(middle * (1 - middle) / sizes))


def laney_chart(bad: Sequence[int], audited: Sequence[int]) -> Chart:
    """Laney's p': the p-chart's limits widened by sigma_z = mean |z_t - z_(t-1)| / 1.128 (`spread`).

    For points that vary more between them than chance within explains (Laney 2002; 1.128 is d2 for n = 2).
    ValueError for fewer than two points; no widening where every photo is alike.
    """
    counts, sizes = _arrays(bad, audited)
    if counts.size < 2:
        raise ValueError("Laney's chart wants at least two points.")
    centre = float(counts.sum() / sizes.sum())
    sigma = np.sqrt(centre * (1 - centre) / sizes)
    if not sigma.any():
        return _chart(counts / sizes, centre, sigma)
    scores = (counts / sizes - centre) / sigma
    return _chart(counts / sizes, centre, sigma, float(np.abs(np.diff(scores)).mean() / 1.128))


def _smoothed(values: Array, weight: float, start: float) -> Array:
    smooth, last = np.empty_like(values), start
    for place, value in enumerate(values):
        last = weight * value + (1 - weight) * last
        smooth[place] = last
    return smooth


@dataclass(frozen=True)
class Ewma:
    """An EWMA's values with the limits of each point, and the places of the points outside (0-based)."""

    values: Array
    lower: Array
    upper: Array
    outside: tuple[int, ...]


def _ewma(smooth: Array, target: float, reach: Array) -> Ewma:
    lower, upper = target - reach, target + reach
    outside = np.flatnonzero((smooth < lower) | (smooth > upper))
    return Ewma(smooth, lower, upper, tuple(int(i) for i in outside))


def ewma(values: Sequence[float], target: float, sigma: float, weight: float = 0.3, width: float = 3.0) -> Ewma:
    """z_t = w x_t + (1 - w) z_(t-1) from the target; limits target +/- width sigma sqrt(w / (2 - w))."""
    smooth = _smoothed(np.asarray(values, float), weight, target)
    return _ewma(smooth, target, np.full_like(smooth, width * sigma * sqrt(weight / (2 - weight))))


def rate_ewma(
    bad: Sequence[int], audited: Sequence[int], target: float, weight: float = 0.2, width: float = 2.7
) -> Ewma:
    """EWMA of a rate; V_t = (1 - w)^2 V_(t-1) + w^2 p0 q0 / n_t from 0, limits p0 +/- width sqrt(V_t)."""
    counts, sizes = _arrays(bad, audited)
    variances, last = np.empty_like(sizes), 0.0
    for place, size in enumerate(sizes):
        last = (1 - weight) ** 2 * last + weight**2 * target * (1 - target) / size
        variances[place] = last
    chart = _ewma(_smoothed(counts / sizes, weight, target), target, width * np.sqrt(variances))
    return Ewma(chart.values, np.maximum(chart.lower, 0.0), chart.upper, chart.outside)


def audits_for_lower_limit(rate: float) -> int:
    """Audits a point from which a 3-sigma lower limit lies above 0: more than 9 q / p."""
    return floor(round(9 * (1 - rate) / rate, 9)) + 1


def exact_signal(audited: int, rate: float, false_alarm: float = 0.0027) -> int:
    """The fewest defects in a point that are as rare as a 3-sigma false alarm: P(X >= k) <= false_alarm."""
    return next(k for k in range(1, audited + 2) if binomial_at_least(k, audited, rate) <= false_alarm)


def normal_signal(audited: int, rate: float) -> int:
    """The fewest defects above the p-chart's upper limit."""
    limit = rate + 3 * sqrt(rate * (1 - rate) / audited)
    return floor(round(limit * audited, 9)) + 1


def chance_of_signal(audited: int, rate: float, defects: int) -> float:
    """P(at least this many defects in a point); 1 over it is the average number of points to a signal."""
    return binomial_at_least(defects, audited, rate)


def change(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Z of two rates (defects, audits): (p1 - p2) / sqrt(p q (1/n1 + 1/n2)) with the pooled p."""
    pooled = (before[0] + after[0]) / (before[1] + after[1])
    error = sqrt(pooled * (1 - pooled) * (1 / before[1] + 1 / after[1]))
    return (before[0] / before[1] - after[0] / after[1]) / error


def longest_run_allowed(points: int) -> int:
    """Anhoej: a run on one side of the median longer than round(log2 n) + 3 is no chance."""
    return round(float(np.log2(points))) + 3


def same_side(values: Sequence[float], centre: float, length: int = 8) -> tuple[int, ...]:
    """The places (0-based) that end a run of at least `length` points on one side of the centre."""
    run, last, found = 0, 0.0, []
    for place, value in enumerate(values):
        side = float(np.sign(value - centre))
        run, last = (run + 1 if side and side == last else int(side != 0)), side
        if run >= length:
            found.append(place)
    return tuple(found)
