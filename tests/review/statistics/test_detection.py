"""What reviewers see, against worked values and simulated coverage."""

import numpy as np
import pytest

from review.statistics.detection import (
    Golden,
    ReviewerGate,
    Standing,
    corrected_limits,
    corrected_rate,
    shown_rate,
    skill,
    skill_of,
)


@pytest.mark.parametrize(
    ("caught", "defective", "lower"),
    [(20, 20, ".861"), (29, 29, ".902"), (59, 59, ".950"), (45, 50, ".801"), (27, 30, ".761")],
)
def test_lower_bound_of_sensitivity(caught: int, defective: int, lower: str) -> None:
    bound = Golden(caught, defective).sensitivity_at_least()
    assert bound and f"{bound.lower:.3f}" == "0" + lower
    assert bound.upper == 1


def test_upper_bound_of_false_alarms() -> None:
    bound = Golden(0, 0, alarms=0, good=59).false_alarm_at_most()
    assert bound and f"{bound.upper:.3f}" == "0.050"


def test_no_goldens_no_numbers() -> None:
    none = Golden(0, 0)
    assert (none.sensitivity, none.false_alarm) == (None, None)
    assert (none.sensitivity_at_least(), none.false_alarm_at_most()) == (None, None)
    assert skill_of(none) is None
    with pytest.raises(ValueError, match="3 defects in 2 audits"):
        Golden(3, 2)


@pytest.mark.parametrize(
    ("golden", "standing"),
    [
        (Golden(29, 29), Standing.TOO_FEW),
        (Golden(27, 30), Standing.TRUSTED),
        (Golden(26, 30), Standing.SECOND_LOOKS),
        (Golden(0, 0), Standing.TOO_FEW),
    ],
)
def test_gate(golden: Golden, standing: Standing) -> None:
    assert ReviewerGate().judge(golden) is standing


@pytest.mark.parametrize(
    ("hit", "alarm", "discrimination", "criterion"),
    [(0.8, 0.02, "2.895", "0.606"), (0.7, 0.01, "2.851", "0.901")],
)
def test_skill(hit: float, alarm: float, discrimination: str, criterion: str) -> None:
    found = skill(hit, alarm)
    assert (f"{found.discrimination:.3f}", f"{found.criterion:.3f}") == (discrimination, criterion)


def test_skill_of_perfect_counts_is_finite() -> None:
    found = skill_of(Golden(30, 30, 0, 100))
    assert found and 4 < found.discrimination < 5
    with pytest.raises(ValueError, match="rates between 0 and 1"):
        skill(1.0, 0.02)


@pytest.mark.parametrize(
    ("apparent", "sensitivity", "specificity", "rate"),
    [(0.02, 0.7, 0.99, "0.014493"), (0.014, 0.7, 0.995, "0.012950")],
)
def test_rogan_gladen(apparent: float, sensitivity: float, specificity: float, rate: str) -> None:
    assert f"{corrected_rate(apparent, sensitivity, specificity):.6f}" == rate


def test_rogan_gladen_undoes_what_reviewers_show() -> None:
    assert f"{shown_rate(0.02, 0.7, 0.99):.4f}" == "0.0238"
    assert corrected_rate(shown_rate(0.02, 0.7, 0.99), 0.7, 0.99) == pytest.approx(0.02)


def test_rogan_gladen_is_kept_within_0_and_1_and_refuses_a_coin() -> None:
    assert corrected_rate(0.001, 0.7, 0.99) == 0
    assert corrected_rate(0.9, 0.7, 0.99) == 1
    with pytest.raises(ValueError, match="sum to 1 or less"):
        corrected_rate(0.1, 0.5, 0.5)


@pytest.mark.parametrize(
    ("rate", "sensitivity", "specificity", "audits", "defective", "good"),
    [(0.05, 0.8, 0.97, 300, 40, 60), (0.02, 0.7, 0.99, 500, 30, 100), (0.2, 0.8, 0.95, 200, 30, 60)],
)
def test_limits_cover_the_truth_though_the_goldens_are_few(
    rate: float, sensitivity: float, specificity: float, audits: int, defective: int, good: int
) -> None:
    rng, trials = np.random.default_rng(20260101), 600
    rejected = rng.binomial(audits, shown_rate(rate, sensitivity, specificity), trials) / audits
    caught, alarms = rng.binomial(defective, sensitivity, trials), rng.binomial(good, 1 - specificity, trials)
    found = [
        corrected_limits(share, audits, Golden(int(seen), defective, int(false), good))
        for share, seen, false in zip(rejected.tolist(), caught, alarms, strict=True)
    ]
    covered = sum(limits is not None and limits.lower <= rate <= limits.upper for limits in found)
    # Nominal 95 %; 600 trials have a standard error of 0.9 %.
    assert covered / trials >= 0.92


def test_limits_of_lang_and_reiczigel_worked_by_hand() -> None:
    found = corrected_limits(60 / 300, 300, Golden(36, 40, 3, 100))
    assert found
    values = (found.rate, found.lower, found.upper)
    assert [f"{value:.6f}" for value in values] == ["0.195402", "0.128366", "0.265612"]


def test_limits_need_goldens_of_both_kinds_and_skill() -> None:
    assert corrected_limits(0.02, 300, Golden(27, 30)) is None
    assert corrected_limits(0.02, 0, Golden(27, 30, 0, 30)) is None
    assert corrected_limits(0.02, 300, Golden(5, 30, 25, 30)) is None
    found = corrected_limits(0.02, 300, Golden(27, 30, 0, 30))
    assert found and found.lower <= found.rate <= found.upper
