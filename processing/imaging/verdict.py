"""Owns the machine's word on an output: readings and limits give pass, flag or fail, a risk, the reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from processing.imaging.checks import CHECKS, Check, Limit
from processing.imaging.risk import risk_of

Word = Literal["pass", "flag", "fail"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reading that went past its limit, or that drove the risk."""

    check: str
    value: float
    limit: float
    word: Word
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, the chance (0 to 1) that a reviewer rejects the output, and why, the weightiest first."""

    verdict: Word
    risk: float
    reasons: tuple[Reason, ...]
    drivers: tuple[str, ...] = ()


def judge(readings: Mapping[str, float | None], limits: Mapping[str, Limit]) -> Judgement:
    """Compare readings with limits. A check without a reading or without a limit says nothing."""
    reasons = [
        reason
        for check in CHECKS
        if (value := readings.get(check.name)) is not None and (limit := limits.get(check.name)) is not None
        if (reason := _reason(check, value, limit)) is not None
    ]
    reasons.sort(key=lambda reason: reason.word != "fail")
    risk, drivers = risk_of(readings)
    word: Word = reasons[0].word if reasons else "pass"
    return Judgement(word, risk, tuple(reasons), drivers)


def _reason(check: Check, value: float, limit: Limit) -> Reason | None:
    word: Word
    if limit.fail is not None and check.beyond(value, limit.fail):
        word, passed = "fail", limit.fail
    elif check.beyond(value, limit.flag):
        word, passed = "flag", limit.flag
    else:
        return None
    side = "at most" if check.worse == "high" else "at least"
    text = f"{check.label} is {value:.3g} {check.unit}; {side} {passed:g} is wanted."
    return Reason(check.name, value, passed, word, text)
