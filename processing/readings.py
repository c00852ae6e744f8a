"""Readings for people: each check's value with its limit, its unit and what it means."""

from typing import Any

from processing.imaging.checks import Quantity
from processing.imaging.risk import RISK
from processing.imaging.verdict import JUDGED, judge
from processing.models import Output
from processing.recipes import as_limits


def rows(output: Output) -> list[dict[str, Any]]:
    """The risk, then one row a check, in the registry's order, as ``parts/readings.html`` takes them."""
    limits = as_limits(output.recipe_version.limits)
    words = {reason.check: reason.word for reason in judge(output.readings, limits).reasons}
    values = {**output.readings, RISK.name: output.risk}
    return [
        {
            "name": check.label,
            "value": text_of(values.get(check.name)),
            "unit": check.unit,
            "limit": limit_of(check, output.recipe_version.limits.get(check.name)),
            "verdict": words.get(check.name, "pass" if values.get(check.name) is not None else ""),
            "meaning": check.meaning,
        }
        for check in JUDGED
    ]


def text_of(value: float | None) -> str:
    """The value to three figures; empty when it could not be measured."""
    return "" if value is None else f"{value:.3g}"


def limit_of(check: Quantity, limit: dict[str, float | None] | None) -> str:
    """Where the reading is flagged and where it fails, in words."""
    if not limit:
        return ""
    side = "over" if check.worse == "high" else "under"
    flagged = f"flag {side} {limit['flag']:g}"
    return flagged if limit.get("fail") is None else f"{flagged}, fail {side} {limit['fail']:g}"
