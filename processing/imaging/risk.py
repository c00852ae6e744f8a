"""Owns the risk: a reviewer's chance of rejecting an output, by a small logistic model of the readings.

The numbers are in ``risk_terms`` and made by ``benchmarks/fit_risk.py`` from photos with truth.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from processing.imaging.checks.contract import Limit, Quantity
from processing.imaging.risk_terms import BIAS, TERMS

# A reading further than this many spreads from the usual says no more than one at this distance.
REACH = 3.0
# A reading that raises the log-odds by less than this did not drive the risk.
DRIVES = 0.15
# The reading that every mask has for which a model looked.
LOOKED = "first_look"
# The least doubt that still tells.
FAINT = 0.03


RISK = Quantity(
    name="risk",
    label="Risk",
    unit="of 1",
    worse="high",
    # Of 284 photos with truth, each judged by a model that had not seen its product, this flags a quarter and leaves
    # 2.8 % defects among the others; the limits of single checks, as they were, flagged as many and left 6.7 %.
    limit=Limit(0.08),
    meaning="Chance that a reviewer rejects the output, as its soft fraction, first look and difference of looks tell.",
)


def _doubt(certainty: float) -> float:
    return math.log(max(1 - certainty, 0.0) + FAINT)


# How a reading is taken: as it is, the logarithm of what counts from 0 upwards, or that of what a certainty lacks to 1.
SCALES: Mapping[str, Callable[[float], float]] = {
    "plain": float,
    "log": lambda reading: math.log1p(max(reading, 0.0)),
    "doubt": _doubt,
}


@dataclass(frozen=True, slots=True)
class Term:
    """What one reading adds to the log-odds: ``weight`` for each ``spread`` beyond ``usual``, on its scale."""

    weight: float
    usual: float
    spread: float
    scale: str = "plain"

    def distance(self, value: float) -> float:
        """Spreads from the usual, at most REACH either way."""
        return max(-REACH, min(REACH, (SCALES[self.scale](value) - self.usual) / self.spread))


MODEL: dict[str, Term] = {name: Term(*numbers) for name, numbers in TERMS.items()}


def risk_of(readings: Mapping[str, float | None]) -> tuple[float, tuple[str, ...]]:
    """The risk, 0 to 1, and the names of the readings that raised it most (at most three).

    A mask that no model looked for, such as a photo's own transparency, has the usual one: the model was fitted to
    masks that models make.
    """
    if readings.get(LOOKED) is None:
        return _chance(0.0), ()
    parts = {
        name: term.weight * term.distance(value)
        for name, term in MODEL.items()
        if (value := readings.get(name)) is not None
    }
    drivers = sorted((name for name in parts if parts[name] > DRIVES), key=lambda name: -parts[name])
    return _chance(sum(parts.values())), tuple(drivers[:3])


def _chance(beyond: float) -> float:
    return 1 / (1 + math.exp(-(BIAS + beyond)))
