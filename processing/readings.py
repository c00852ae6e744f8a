"""Readings for people: each check's value with its limit, its unit and what it means."""

from typing import Any

from processing.imaging.checks import CHECKS, Check
from processing.imaging.verdict import judge
from processing.models import Output
from processing.recipes import as_limits


def rows(output: Output) -> list[dict[str, Any]]:
    """One row a check, in the registry's order, as ``parts/readings.html`` takes them."""
    limits = as_limits(output.recipe_version.limits)
    words = {reason.check: reason.word for reason in judge(output.readings, limits).reasons}
    return [
        {
            "name": check.label,
            "value": text_of(output.readings.get(check.name)),
            "unit": check.unit,
            "limit": limit_of(check, output.recipe_version.limits.get(check.name)),
            "verdict": words.get(check.name, "pass" if output.readings.get(check.name) is not None else ""),
            "meaning": check.meaning,
        }
        for check in CHECKS
    ]


def text_of(value: float | None) -> str:
    """The value to three figures; empty when it could not be measured."""
    return "" if value is None else f"{value:.3g}"


def limit_of(check: Check, limit: dict[str, float | None] | None) -> str:
    """Where the reading is flagged and where it fails, in words."""
    if not limit:
        return ""
    side = "over" if check.worse == "high" else "under"
    flagged = f"flag {side} {limit['flag']:g}"
    return flagged if limit.get("fail") is None else f"{flagged}, fail {side} {limit['fail']:g}"
