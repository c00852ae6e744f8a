"""What a metric is: its words, its limits, how much data it needs, and the one way to measure and judge it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from review.metrics.slices import Slice
from review.statistics.posterior import Status

NO_BREAK = "\N{NO-BREAK SPACE}"


class Unit(StrEnum):
    """What a value is counted in; shares are kept as 0 to 1 and shown in per cent."""

    SHARE = "%"
    PER_HOUR = "an hour"
    PER_THOUSAND = "per 1,000"
    SECONDS = "s"
    COUNT = ""

    @property
    def scale(self) -> float:
        """Shown number over kept number."""
        return 100.0 if self is Unit.SHARE else 1.0

    def write(self, value: float) -> str:
        """The value as a page shows it, unit included."""
        return f"{self.number(value)}{NO_BREAK}{self.value}".rstrip(NO_BREAK)

    def number(self, value: float) -> str:
        """The value in the unit's scale, with as many digits as it can bear."""
        shown = value * self.scale
        digits = 0 if self is Unit.COUNT or shown >= 100 else 1
        return f"{shown:,.{digits}f}"


class Better(StrEnum):
    """Which way is good. NEITHER: the number is only shown."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


@dataclass(frozen=True)
class Limits:
    """From `target` on a value needs watching, from `alarm` on acting; None: no such limit."""

    target: float | None = None
    alarm: float | None = None


@dataclass(frozen=True)
class Measurement:
    """A value with its bounds and the count it rests on; value None means not enough data, and is never 0.

    `reason` says why there is no value, where the count alone doesn't.
    """

    value: float | None
    count: int
    lower: float | None = None
    upper: float | None = None
    note: str = ""
    reason: str = ""


Judge = Callable[[Slice, Measurement, Limits], Status]


@dataclass(frozen=True)
class Metric:
    """One number of the dashboard.

    `least` is how many `counted` it needs before it shows a value. `at_most` says that the value is a bound. `by_day`
    is off for what is only known now, `by_route` for what happens before there is a route. `judge` is None for limits
    on the value itself.
    """

    name: str
    label: str
    meaning: str
    unit: Unit
    better: Better
    counted: str
    least: int
    measure: Callable[[Slice], Measurement]
    limits: Limits = Limits()
    judge: Judge | None = None
    by_day: bool = True
    by_route: bool = True
    at_most: bool = False

    @property
    def is_estimate(self) -> bool:
        """Whether it is inferred from samples and judged by its posterior, rather than counted."""
        return self.judge is not None

    def of(self, part: Slice) -> Measurement:
        """The value over `part`, blank below `least`."""
        found = self.measure(part)
        if found.count < self.least:
            return replace(found, value=None, lower=None, upper=None)
        return found

    def status(self, part: Slice, found: Measurement, limits: Limits) -> Status:
        """Green, amber or red against `limits`; grey without enough data or without a limit."""
        if found.value is None or limits.target is None:
            return Status.GREY
        if self.judge:
            return self.judge(part, found, limits)
        if self._past(found.value, limits.alarm):
            return Status.RED
        return Status.AMBER if self._past(found.value, limits.target) else Status.GREEN

    def _past(self, value: float, limit: float | None) -> bool:
        if limit is None or self.better is Better.NEITHER:
            return False
        return value > limit if self.better is Better.LOWER else value < limit
