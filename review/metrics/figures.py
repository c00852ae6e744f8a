"""Measurements as a page prints them: one figure with its interval, count, standing and the numbers of its chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from review.metrics.contract import Better, Limits, Measurement, Metric
from review.metrics.slices import Slice
from review.statistics.posterior import Status


class Standing(NamedTuple):
    """A status in words, and the level that gives it colour and shape."""

    level: str
    word: str


@dataclass(frozen=True)
class Figure:
    """One metric over one slice, ready to print. `raw` numbers are in the unit shown, for charts; "" where missing."""

    metric: Metric
    label: str
    text: str
    interval: str
    count: str
    note: str
    reason: str
    target: str
    status: Status
    standing: Standing | None
    raw: str
    raw_lower: str
    raw_upper: str
    raw_target: str

    @property
    def sure(self) -> bool:
        """Whether there is a value at all."""
        return bool(self.text)


def figure(metric: Metric, part: Slice, limits: Limits, label: str = "") -> Figure:
    """`metric` over `part`; `label` says what the slice is, where that isn't the metric itself."""
    found = metric.of(part)
    status = metric.status(part, found, limits)
    known = found.value is not None
    return Figure(
        metric=metric,
        label=label or metric.label,
        text=_text(metric, found),
        interval=_interval(metric, found),
        count=f"{found.count:,} {metric.counted}" if known else f"{found.count:,} of {metric.least:,} {metric.counted}",
        note=found.note if known else "",
        reason="" if known else found.reason,
        target=_target(metric, limits),
        status=status,
        standing=standing(metric, status, known) if limits.target is not None else None,
        raw=_raw(metric, found.value),
        raw_lower=_raw(metric, found.lower),
        raw_upper=_raw(metric, found.upper),
        raw_target=_raw(metric, limits.target),
    )


def standing(metric: Metric, status: Status, known: bool) -> Standing:
    """The status in words."""
    if status is Status.GREEN:
        return Standing("good", "on target")
    if status is Status.AMBER:
        return Standing("warn", "not proven" if metric.judge else "watch")
    if status is Status.RED:
        return Standing("bad", "under target" if metric.better is Better.HIGHER else "over target")
    return Standing("info", "too few to judge" if known else "not enough data")


def series(metric: Metric, parts: Mapping[str, Slice], limits: Limits) -> list[Figure]:
    """`metric` over each of `parts`, labelled by their names."""
    return [figure(metric, part, limits, label) for label, part in parts.items()]


def _text(metric: Metric, found: Measurement) -> str:
    if found.value is None:
        return ""
    return f"{'at most ' if metric.at_most else ''}{metric.unit.write(found.value)}"


def _interval(metric: Metric, found: Measurement) -> str:
    if found.lower is None or found.upper is None:
        return ""
    return f"{metric.unit.number(found.lower)} to {metric.unit.write(found.upper)}"


def _target(metric: Metric, limits: Limits) -> str:
    if limits.target is None:
        return ""
    return f"{'at least' if metric.better is Better.HIGHER else 'at most'} {metric.unit.write(limits.target)}"


def _raw(metric: Metric, value: float | None) -> str:
    return "" if value is None else f"{value * metric.unit.scale:.5g}"
