"""The Bernoulli CUSUM on audited photos in time order: the alarm for a route that drifts.

Feed it the random stratum only: flagged photos are worse by design.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import log

import numpy as np
from scipy.linalg import solve_banded


@dataclass(frozen=True)
class Cusum:
    """B_k = max(0, B_(k-1) + X_k - 1/m), an alarm at B_k >= limit/m (Reynolds and Stoumbos 1999).

    Everything is kept in steps of 1/m, so sums are exact: a defect adds m - 1, a good photo takes 1 away.
    `value` and `limit` are in those steps.
    """

    steps: int
    limit: int
    value: int = 0

    def after(self, defective: bool) -> "Cusum":
        """The chart after one more audited photo."""
        return replace(self, value=max(0, self.value + self.steps * defective - 1))

    @property
    def alarm(self) -> bool:
        """Whether the limit is reached."""
        return self.value >= self.limit

    @property
    def share(self) -> float:
        """The value as a share of the limit, as the batch-size ladder asks."""
        return self.value / self.limit

    def run(self, audits: Iterable[bool]) -> "Cusum":
        """The chart after these audits, stopped at the first alarm."""
        chart = self
        for defective in audits:
            if chart.alarm:
                return chart
            chart = chart.after(defective)
        return chart


def reference_steps(good: float, bad: float) -> float:
    """1/gamma = r2 / r1 for telling the rate `good` from `bad`; round it to a whole number of steps.

    r1 = -ln((1 - p1) / (1 - p0)), r2 = ln(p1 (1 - p0) / (p0 (1 - p1))).
    """
    if not 0 < good < bad < 1:
        raise ValueError(f"A CUSUM wants 0 < good < bad < 1, not {good:g} and {bad:g}.")
    return log(bad * (1 - good) / (good * (1 - bad))) / -log((1 - bad) / (1 - good))


def audits_to_signal(steps: int, limit: int, rate: float) -> float:
    """ANOS, the average number of audits to an alarm from 0 at a constant rate; exact, by its Markov chain.

    With Q the moves among the values 0 .. limit - 1, the averages solve (I - Q) a = 1.
    """
    # Row s of I - Q has 1 at s, -(1 - p) one to the left, -p (steps - 1) to the right: a band, solved as one.
    right = min(steps - 1, limit - 1)
    band = np.zeros((right + 2, limit))
    band[right] = 1.0
    band[right + 1, :-1] = rate - 1
    band[right, 0] -= 1 - rate
    if steps <= limit:
        band[right - steps + 1, steps - 1 :] -= rate
    return float(solve_banded((1, right), band, np.ones(limit))[0])


def limit_for(steps: int, rate: float, audits: float) -> int:
    """The lowest limit, in steps, with at least this many audits between false alarms at a good rate."""
    low, high = 0, steps
    while audits_to_signal(steps, high, rate) < audits:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        enough = audits_to_signal(steps, middle, rate) >= audits
        low, high = (low, middle) if enough else (middle, high)
    return high
