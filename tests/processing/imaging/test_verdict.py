"""Readings and limits give a word, a risk, and reasons that a person can read."""

import pytest

from processing.imaging.checks import CHECKS, Limit, default_limits
from processing.imaging.defaults import limits_for
from processing.imaging.risk import MODEL, risk_of
from processing.imaging.verdict import judge

USUAL: dict[str, float | None] = {"softness": 0.9, "first_look": 0.95, "specks": 0.0, "fidelity": 0.0}


def test_usual_readings_pass_with_a_low_risk() -> None:
    judgement = judge(USUAL, default_limits())
    assert judgement.verdict == "pass" and judgement.risk < 0.1 and judgement.reasons == ()


@pytest.mark.parametrize(("value", "word"), [(0.4, "pass"), (0.6, "flag"), (25.0, "fail")])
def test_the_verdict_follows_the_limits(value: float, word: str) -> None:
    assert judge(USUAL | {"specks": value}, default_limits()).verdict == word


def test_the_direction_is_the_checks_own() -> None:
    assert judge({"certainty": 0.5}, {"certainty": Limit(0.85, 0.4)}).verdict == "flag"
    assert judge({"certainty": 0.3}, {"certainty": Limit(0.85, 0.4)}).verdict == "fail"


def test_the_worst_reason_comes_first_and_says_what_is_wanted() -> None:
    reasons = judge(USUAL | {"specks": 0.6, "fidelity": 9.0}, default_limits()).reasons
    assert [reason.check for reason in reasons] == ["fidelity", "specks"]
    assert reasons[0].text == "Colour difference is 9 ΔE00; at most 2.3 is wanted."


def test_what_was_not_measured_says_nothing() -> None:
    judgement = judge({"purity": None}, default_limits())
    assert judgement.verdict == "pass" and judgement.reasons == ()
    assert judge({"specks": 50.0}, {}).verdict == "pass"


def test_the_risk_rises_with_each_of_its_readings_and_names_them() -> None:
    named = {check.name: check for check in CHECKS}
    calm, _ = risk_of(USUAL)
    for name in MODEL:
        worst = 100.0 if named[name].worse == "high" else 0.0
        risk, drivers = risk_of(USUAL | {name: worst})
        assert risk > calm and drivers[0] == name


def test_an_extreme_reading_cannot_say_more_than_three_spreads() -> None:
    assert risk_of(USUAL | {"softness": 1e6}) == risk_of(USUAL | {"softness": 1e9})
    assert risk_of(USUAL | {"softness": 1e6}) > risk_of(USUAL)


def test_a_doubtful_output_is_flagged_by_its_risk_alone() -> None:
    doubtful = USUAL | {"softness": 1.9, "first_look": 0.9}
    judgement = judge(doubtful, limits_for("general"))
    assert (judgement.verdict, [reason.check for reason in judgement.reasons]) == ("flag", ["risk"])
    assert judgement.risk > 0.08
    assert judgement.reasons[0].text == f"Risk is {judgement.risk:.3g} of 1; at most 0.08 is wanted."
    assert judge(doubtful, default_limits()).verdict == "pass", "a version without a limit for it"


def test_see_through_products_are_flagged_at_less_risk() -> None:
    faint = USUAL | {"softness": 1.2, "first_look": 0.94}
    assert 0.05 < judge(faint, {}).risk < 0.08
    assert judge(faint, limits_for("general")).verdict == "pass"
    assert judge(faint, limits_for("transparent")).verdict == "flag"


def test_a_mask_that_no_model_made_has_the_usual_risk() -> None:
    own = {"softness": 2.4, "first_look": None, "variation": None}
    assert risk_of(own) == risk_of({})
    assert judge(own, limits_for("transparent")).verdict == "pass"


def test_a_demand_flags_whatever_the_readings_and_limits_are() -> None:
    judgement = judge(USUAL, {}, ["A mannequin was removed."])
    assert judgement.verdict == "flag" and [reason.text for reason in judgement.reasons] == ["A mannequin was removed."]
    assert judge(USUAL | {"specks": 25.0}, default_limits(), ["Look."]).verdict == "fail"
