"""Owns what a check is: a measurement on the evidence, the side on which it is bad, its default limits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from processing.imaging.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a reading is flagged and where it fails; None never fails. The direction is the check's own."""

    flag: float
    fail: float | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that may have limits, and what it means. ``worse`` names the side of the limit that is bad."""

    name: str
    label: str
    unit: str
    worse: Literal["high", "low"]
    limit: Limit
    meaning: str

    def beyond(self, value: float, limit: float | None) -> bool:
        """Is the value on the bad side of the limit?"""
        if limit is None:
            return False
        return value > limit if self.worse == "high" else value < limit


@dataclass(frozen=True, slots=True)
class Check(Quantity):
    """A quantity that is measured on the evidence; None where it can't be."""

    measure: Callable[[Evidence], float | None]
