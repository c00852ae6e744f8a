"""Owns the risk: a reviewer's chance of rejecting an output, by a logistic model of the readings."""

import math
from collections.abc import Mapping

# Weight, usual value and spread of each reading; replaced by numbers fitted to photos with truth.
_TERMS: dict[str, tuple[float, float, float]] = {
    "certainty": (-0.8, 0.9, 0.1),
    "stability": (-0.8, 0.98, 0.03),
    "agreement": (-0.6, 0.85, 0.15),
    "softness": (0.5, 2.0, 2.0),
}
_BIAS = -1.5


def risk_of(readings: Mapping[str, float | None]) -> tuple[float, tuple[str, ...]]:
    """The risk, 0 to 1, and the names of the readings that raised it most (at most three)."""
    parts = {
        name: weight * max(-4.0, min(4.0, (value - usual) / spread))
        for name, (weight, usual, spread) in _TERMS.items()
        if (value := readings.get(name)) is not None
    }
    drivers = sorted((name for name in parts if parts[name] > 0.1), key=lambda name: -parts[name])
    return 1 / (1 + math.exp(-(_BIAS + sum(parts.values())))), tuple(drivers[:3])
