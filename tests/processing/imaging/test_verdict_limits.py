"""Each limit gives its word on the check's own side, and reasons come in order of weight; with whole cut-outs too."""

import pytest

from processing.imaging.checks import CHECKS, Check, Limit, default_limits, measure_all
from processing.imaging.verdict import judge
from tests.processing.imaging import damages
from tests.processing.imaging.damages import perfect

BY_NAME = {check.name: check for check in CHECKS}
HIGH, LOW = BY_NAME["holes"], BY_NAME["coverage"]
LIMITS = {HIGH.name: Limit(3.0, 20.0), LOW.name: Limit(4.0, 0.5)}


@pytest.mark.parametrize(
    ("check", "value", "verdict"),
    [
        (HIGH, 0.0, "pass"),
        (HIGH, 3.0, "pass"),
        (HIGH, 3.01, "flag"),
        (HIGH, 20.0, "flag"),
        (HIGH, 20.01, "fail"),
        (LOW, 50.0, "pass"),
        (LOW, 4.0, "pass"),
        (LOW, 3.99, "flag"),
        (LOW, 0.5, "flag"),
        (LOW, 0.49, "fail"),
    ],
)
def test_the_limits_give_the_word_on_the_checks_own_side(check: Check, value: float, verdict: str) -> None:
    judgement = judge({check.name: value}, LIMITS)
    assert judgement.verdict == verdict
    assert [reason.check for reason in judgement.reasons] == ([] if verdict == "pass" else [check.name])


def test_the_directions_are_as_registered() -> None:
    assert (HIGH.worse, LOW.worse) == ("high", "low")


def test_a_limit_without_failure_only_flags() -> None:
    assert judge({HIGH.name: 1e9}, {HIGH.name: Limit(3.0, None)}).verdict == "flag"


@pytest.mark.parametrize(
    ("readings", "limits"),
    [
        ({}, LIMITS),
        ({HIGH.name: None, LOW.name: None}, LIMITS),
        ({HIGH.name: 99.0}, {}),
        ({"a check of former days": 99.0}, {"a check of former days": Limit(1.0)}),
    ],
)
def test_a_missing_reading_or_limit_says_nothing(readings: dict[str, float | None], limits: dict[str, Limit]) -> None:
    judgement = judge(readings, limits)
    assert judgement.verdict == "pass" and judgement.reasons == ()
    assert 0 <= judgement.risk <= 1


def test_failures_come_before_flags() -> None:
    names = [check.name for check in CHECKS]
    assert names.index(LOW.name) != names.index(HIGH.name)
    for failing, flagged in ((HIGH, LOW), (LOW, HIGH)):
        bad = {HIGH.name: 25.0 if failing is HIGH else 5.0, LOW.name: 0.1 if failing is LOW else 2.0}
        judgement = judge(bad, LIMITS)
        assert judgement.verdict == "fail"
        assert [(reason.check, reason.word) for reason in judgement.reasons] == [
            (failing.name, "fail"),
            (flagged.name, "flag"),
        ]


def test_a_reason_tells_what_was_measured_and_wanted() -> None:
    high, low = (judge({check.name: value}, LIMITS).reasons[0] for check, value in ((HIGH, 7.25), (LOW, 0.1)))
    assert (high.value, high.limit, low.limit) == (7.25, 3.0, 0.5)
    assert high.text.startswith("Holes is 7.25 %") and "at most 3 is wanted" in high.text
    assert "at least 0.5 is wanted" in low.text


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_checks_own_limits_are_in_order(check: Check) -> None:
    """What fails is flagged as well, and a check can be shown to people."""
    assert check.limit.fail is None or check.beyond(check.limit.fail, check.limit.flag)
    assert check.label and check.unit and check.meaning.endswith(".")
    assert not check.beyond(check.limit.flag, None)


def test_a_perfect_cutout_passes_with_less_risk_than_a_coin_gives() -> None:
    judgement = judge(measure_all(perfect()), default_limits())
    assert judgement.verdict == "pass"
    assert judgement.risk < 0.5


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_a_wreck_is_riskier_than_a_perfect_cutout(strength: float) -> None:
    """Unsure models, a mushy edge and a region left undecided, all at once: whatever the risk is fitted to read."""
    whole = perfect()
    wreck = damages.hesitant(damages.mushy(damages.weakened(whole, 0.2 * strength), 10 * strength), 0.1 * strength)
    calm, worse = (judge(measure_all(evidence), default_limits()) for evidence in (whole, wreck))
    assert 0 < calm.risk < worse.risk < 1
    assert worse.verdict != "pass" and worse.drivers
