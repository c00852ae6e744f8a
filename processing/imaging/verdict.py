"""Owns the machine's word on an output: readings and limits give pass, flag or fail, a risk, the reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from processing.imaging.checks import CHECKS, Limit, Quantity
from processing.imaging.risk import RISK, risk_of

# What a recipe version may have limits for, in the order in which pages show it.
JUDGED: tuple[Quantity, ...] = (RISK, *CHECKS)

# What stands in a reason for a check's name where a step wants the output to be seen.
DEMAND = "seen"

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


def judge(readings: Mapping[str, float | None], limits: Mapping[str, Limit], demands: Sequence[str] = ()) -> Judgement:
    """Compare readings, and the risk that they make, with limits. What has no reading or no limit says nothing.

    ``demands`` are sentences that say why a person has to see the output; each flags it, whatever the limits are.
    """
    risk, drivers = risk_of(readings)
    values = {**readings, RISK.name: risk}
    reasons = [
        reason
        for quantity in JUDGED
        if (value := values.get(quantity.name)) is not None and (limit := limits.get(quantity.name)) is not None
        if (reason := _reason(quantity, value, limit)) is not None
    ]
    reasons += [Reason(DEMAND, 0.0, 0.0, "flag", text) for text in demands]
    reasons.sort(key=lambda reason: reason.word != "fail")
    word: Word = reasons[0].word if reasons else "pass"
    return Judgement(word, risk, tuple(reasons), drivers)


def past_a_limit(readings: Mapping[str, float | None], limits: Mapping[str, Limit]) -> bool:
    """Whether any reading flags or fails the output by these limits; the risk is not looked at."""
    return any(
        _word(check, value, limit)
        for check in CHECKS
        if (limit := limits.get(check.name)) is not None and (value := readings.get(check.name)) is not None
    )


def _word(check: Quantity, value: float, limit: Limit) -> Word | None:
    """What a reading makes of the output; None where it keeps its limits."""
    if check.beyond(value, limit.fail):
        return "fail"
    return "flag" if check.beyond(value, limit.flag) else None


def _reason(check: Quantity, value: float, limit: Limit) -> Reason | None:
    word = _word(check, value, limit)
    if word is None:
        return None
    passed = limit.flag if word == "flag" or limit.fail is None else limit.fail
    side = "at most" if check.worse == "high" else "at least"
    text = f"{check.label} is {value:.3g} {check.unit}; {side} {passed:g} is wanted."
    return Reason(check.name, value, passed, word, text)
