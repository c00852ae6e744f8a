"""Control charts against published examples: Montgomery, Pyzdek and Keller, the NHS, the NIST handbook."""

import numpy as np
import pytest

from review.statistics.charts import (
    audits_for_lower_limit,
    chance_of_signal,
    change,
    ewma,
    exact_signal,
    laney_chart,
    longest_run_allowed,
    normal_signal,
    p_chart,
    rate_ewma,
    same_side,
)


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split()]


CANS = _numbers("12 15 8 10 4 7 16 9 14 10 5 6 17 12 22 8 10 5 13 11 20 18 24 15 9 12 7 13 9 6")
LATER_CANS = _numbers("9 6 12 5 6 4 6 3 7 6 2 4 3 6 5 4 8 5 6 7 5 6 3 5")
PEACHES = _numbers("47 42 55 51 46 61 39 44 41 51 88 101 101 40 48 47 50 48 57 45 43 105 98 100 96")
PEACH_SIZES = [250] * 10 + [500] * 3 + [250] * 8 + [500] * 4
SEEN_IN_TIME = _numbers(
    "266501 264225 276532 281461 269071 261215 270409 279778 270483 270320 "
    "267923 271478 255353 256820 261835 259144 255910 260863 264465 260989"
)
PATIENTS = _numbers(
    "280443 276823 291681 296155 282343 275888 283867 295251 284468 282529 "
    "279618 283932 266629 268091 276803 271578 266005 273520 278574 273772"
)


def test_orange_juice_cans() -> None:
    chart = p_chart(CANS, [50] * 30)
    limits = [round(float(value), 6) for value in (chart.centre, chart.upper[0], chart.lower[0])]
    assert (limits, chart.outside) == ([0.231333, 0.410239, 0.052428], (14, 22))


def test_orange_juice_cans_without_the_two_explained_samples() -> None:
    kept = [count for place, count in enumerate(CANS) if place not in (14, 22)]
    chart = p_chart(kept, [50] * 28)
    limits = [round(float(value), 6) for value in (chart.centre, chart.upper[0], chart.lower[0])]
    assert limits == [0.215, 0.389297, 0.040703]
    assert [kept[place] for place in chart.outside] == [CANS[20]]


def test_orange_juice_cans_after_the_adjustment() -> None:
    chart = p_chart(LATER_CANS, [50] * 24)
    limits = [round(float(value), 6) for value in (chart.centre, chart.upper[0], chart.lower[0])]
    assert limits == [0.110833, 0.244021, 0]
    assert round(change((301, 1400), (133, 1200)), 2) == 7.10


def test_a_standard_given_rather_than_estimated() -> None:
    chart = p_chart(LATER_CANS, [50] * 24, centre=0.0585)
    assert chart.centre == 0.0585
    assert len(chart.outside) > 0


@pytest.mark.parametrize(("rate", "upper"), [(0.0585, 0.1289), (0.0537, 0.1213)])
def test_montgomery_exercise_6_1(rate: float, upper: float) -> None:
    chart = p_chart([1], [100], centre=rate)
    # The text rounds the rate to four digits before it takes the limit.
    assert chart.upper[0] == pytest.approx(upper, abs=1.1e-4)
    assert chart.lower[0] == 0


def test_bruised_peaches_in_samples_of_two_sizes() -> None:
    chart = p_chart(PEACHES, PEACH_SIZES)
    assert (round(chart.centre, 4), chart.outside) == (0.1930, ())
    small, large = 0, PEACH_SIZES.index(500)
    assert [round(float(chart.lower[i]), 4) for i in (small, large)] == [0.1181, 0.1401]
    assert [round(float(chart.upper[i]), 4) for i in (small, large)] == [0.2679, 0.2459]


def test_laney_widens_where_the_plain_chart_cries_wolf() -> None:
    plain, wide = p_chart(SEEN_IN_TIME, PATIENTS), laney_chart(SEEN_IN_TIME, PATIENTS)
    outside = [1, 2, 3, 4, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19]
    assert (f"{plain.centre:.6f}", [place + 1 for place in plain.outside]) == ("0.952900", outside)
    assert (f"{plain.lower[0]:.5f}", f"{plain.upper[0]:.5f}") == ("0.95170", "0.95410")
    assert (f"{wide.spread:.4f}", wide.outside) == ("10.6404", ())
    assert (f"{wide.lower[0]:.5f}", f"{wide.upper[0]:.5f}") == ("0.94013", "0.96567")


def test_laney_of_alike_points_is_flat() -> None:
    chart = laney_chart([0, 0, 0], [10, 20, 10])
    assert (chart.centre, chart.outside) == (0, ())
    with pytest.raises(ValueError, match="at least two points"):
        laney_chart([1], [10])


def test_ewma_of_the_nist_handbook() -> None:
    values = "52 47 53 49.3 50.1 47 51 50.1 51.2 50.5 49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1"
    smooth = (
        "50.60 49.52 50.56 50.18 50.16 49.21 49.75 49.85 50.26 50.33 "
        "50.11 49.36 49.52 50.05 49.38 49.92 50.73 51.23 51.94 51.99"
    )
    chart = ewma([float(value) for value in values.split()], 50, 2.0539)
    assert (f"{chart.upper[0]:.4f}", f"{chart.lower[0]:.4f}") == ("52.5884", "47.4116")
    assert [f"{value:.2f}" for value in chart.values] == smooth.split()
    assert chart.outside == ()


def test_ewma_of_a_rate_with_samples_of_many_sizes() -> None:
    sizes = _numbers("80 100 60 90 75 80 100 50 85 95")
    chart = rate_ewma(_numbers("1 2 1 2 1 3 4 3 4 5"), sizes, target=0.02)
    assert [f"{value:.5f}" for value in chart.values[7:9]] == ["0.03241", "0.03534"]
    assert [f"{value:.5f}" for value in chart.upper[7:9]] == ["0.03510", "0.03460"]
    assert chart.outside[0] + 1 == 9


def test_what_a_p_chart_cannot_see() -> None:
    assert [audits_for_lower_limit(rate) for rate in (0.02, 0.01, 0.05)] == [442, 892, 172]
    assert (p_chart([1], [442], 0.02).lower[0] > 0, p_chart([1], [440], 0.02).lower[0] > 0) == (True, False)


def test_limits_of_small_samples() -> None:
    assert f"{p_chart([1], [80], 0.02).upper[0]:.4f}" == "0.0670"
    assert [normal_signal(audits, 0.02) for audits in (80, 50)] == [6, 4]
    assert [exact_signal(audits, 0.02) for audits in (80, 50)] == [7, 6]
    chances = [chance_of_signal(80, 0.02, 6), chance_of_signal(50, 0.02, 4)]
    assert [f"{100 * chance:.2f}" for chance in chances] == ["0.54", "1.78"]
    assert [round(1 / chance) for chance in chances] == [184, 56]
    points = 1 / chance_of_signal(80, 0.05, 6)
    assert (f"{points:.1f}", round(80 * points)) == ("4.7", 380)


def test_runs_on_one_side() -> None:
    values = [1, 1, 1, 1, 1, 1, 1, 1, 1, -1, 0, 1]
    assert same_side(values, 0) == (7, 8)
    assert same_side(values, 0, length=9) == (8,)
    assert same_side([0.0] * 20, 0) == ()
    assert longest_run_allowed(24) == 8


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="as many counts as sizes"):
        p_chart([1, 2], [10])
    with pytest.raises(ValueError, match="0 <= defects <= audits"):
        p_chart([11], [10])
    with pytest.raises(ValueError, match="at least one audit"):
        p_chart([0], [0])


def test_limits_stay_within_0_and_1() -> None:
    chart = p_chart([0, 9, 10], [10, 10, 10])
    assert np.all((chart.lower >= 0) & (chart.upper <= 1))
