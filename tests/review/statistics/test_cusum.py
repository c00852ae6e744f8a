"""The Bernoulli CUSUM: run lengths by its Markov chain against worked values and simulation."""

import numpy as np
import pytest

from review.statistics.cusum import Cusum, audits_to_signal, limit_for, reference_steps


@pytest.mark.parametrize(("good", "bad", "steps"), [(0.01, 0.03, "54.83"), (0.02, 0.05, "30.47")])
def test_reference_value(good: float, bad: float, steps: str) -> None:
    assert f"{reference_steps(good, bad):.2f}" == steps
    with pytest.raises(ValueError, match="0 < good < bad < 1"):
        reference_steps(bad, good)


@pytest.mark.parametrize(
    ("steps", "limit", "rates", "audits"),
    [
        (55, 137, (0.01, 0.03, 0.05, 0.08, 0.10), [2040, 168, 77, 42, 32]),
        (55, 176, (0.01, 0.03, 0.05, 0.08, 0.10), [5018, 227, 100, 55, 42]),
        (55, 208, (0.01, 0.03, 0.05, 0.08, 0.10), [10084, 276, 119, 65, 50]),
        (31, 130, (0.02, 0.05, 0.08, 0.10), [5137, 200, 87, 63]),
        (31, 152, (0.02, 0.05, 0.08, 0.10), [10207, 240, 102, 73]),
    ],
)
def test_audits_to_signal(steps: int, limit: int, rates: tuple[float, ...], audits: list[int]) -> None:
    assert [round(audits_to_signal(steps, limit, rate)) for rate in rates] == audits


def test_a_limit_of_one_alarms_at_the_first_defect() -> None:
    assert audits_to_signal(55, 1, 0.1) == pytest.approx(10)
    assert audits_to_signal(2, 1, 0.1) == pytest.approx(10)


def test_limit_for_a_wanted_run_length() -> None:
    assert limit_for(55, 0.01, 10_000) == 208
    assert limit_for(55, 0.01, 10_084.6) == 209


def test_the_chart_alarms_as_often_as_its_chain_says() -> None:
    rng, steps, limit = np.random.default_rng(20260101), 55, 208
    lengths = []
    for _ in range(300):
        chart, audits = Cusum(steps, limit), 0
        for defective in (rng.random(2000) < 0.10).tolist():
            chart, audits = chart.after(defective), audits + 1
            if chart.alarm:
                break
        lengths.append(audits)
    # The mean of 300 runs of about 50 audits has a standard error of about 1.3.
    assert np.mean(lengths) == pytest.approx(audits_to_signal(steps, limit, 0.10), abs=6)


def test_a_defect_lifts_and_good_photos_lower_to_zero() -> None:
    chart = Cusum(55, 208).after(True)
    assert (chart.value, chart.share) == (54, 54 / 208)
    assert chart.run([False] * 60).value == 0


def test_an_alarm_is_reached_at_the_limit_and_kept() -> None:
    assert not Cusum(55, 217).run([True] * 4).alarm
    chart = Cusum(55, 216).run([True] * 4)
    assert chart.alarm
    assert chart.run([False] * 100).alarm
