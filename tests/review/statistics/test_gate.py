"""The curve of a gate is what a limit would have done, estimated from samples drawn under another one."""

from fractions import Fraction

import numpy as np
import pytest

from review.statistics import gate
from review.statistics.gate import Placed, Point

LIMITS = (0.02, 0.05, 0.08, 0.2, 0.5)
USED = 0.08


def population(dice: np.random.Generator, size: int, chance: float = 1.0) -> list[tuple[float, bool, bool]]:
    """Risk, flagged by something else, defective: calibrated, or ``chance`` times as bad as the risk says."""
    risks = dice.beta(0.4, 6, size)
    return [(float(risk), dice.random() < 0.05, dice.random() < chance * risk) for risk in risks]


def reviewed(dice: np.random.Generator, photos: list[tuple[float, bool, bool]], batch: int = 50) -> list[Placed]:
    """What the draw of each batch shows: all that is flagged under the limit in use, and a fifth of the rest."""
    found = []
    for start in range(0, len(photos), batch):
        lot = photos[start : start + batch]
        flagged = [one for one in lot if one[1] or one[0] > USED]
        rest = [one for one in lot if not (one[1] or one[0] > USED)]
        count = max(5, len(rest) // 5)
        drawn = set(dice.choice(len(rest), min(count, len(rest)), replace=False).tolist())
        found += [Placed(risk, other, Fraction(1), True, bad) for risk, other, bad in flagged]
        for at, (risk, other, bad) in enumerate(rest):
            fraction = Fraction(len(drawn), len(rest))
            found.append(Placed(risk, other, fraction, at in drawn, bad if at in drawn else None))
    return found


def left(photos: list[tuple[float, bool, bool]], limit: float) -> float:
    passing = [bad for risk, other, bad in photos if not other and risk <= limit]
    return sum(passing) / len(passing)


def test_shares_flagged_are_counted() -> None:
    placed = [Placed(risk, risk == 0.01, Fraction(1), True, False) for risk in (0.01, 0.04, 0.1, 0.3)]
    assert [point.flagged for point in gate.curve(placed, LIMITS)] == [1.0, 0.75, 0.75, 0.5, 0.25]


def test_without_outputs_there_is_no_curve() -> None:
    assert gate.curve([], LIMITS) == []


def test_where_nothing_was_drawn_nothing_is_known() -> None:
    placed = [Placed(0.01, False, Fraction(0), False) for _ in range(20)]
    (point,) = gate.curve(placed, [0.1])
    assert (point.left.rate, point.most, point.audits) == (None, None, 0)


def test_a_missing_decision_counts_as_a_defect_above_and_not_as_an_audit() -> None:
    placed = [Placed(0.01, False, Fraction(1), True, None if n == 0 else False) for n in range(20)]
    (point,) = gate.curve(placed, [0.1])
    assert point.audits == 19 and point.left.upper == pytest.approx(1 / 20)
    assert point.most == pytest.approx(0.2161, abs=1e-4), "Clopper and Pearson's for 1 of 20, one-sided"


def test_lots_that_were_reviewed_whole_are_a_sample_of_what_comes() -> None:
    """69 of 69 without a defect prove as much of the next ones as 69 audits do: 1 - 0.05 ** (1 / 69)."""
    placed = [Placed(0.01, False, Fraction(1), True, False) for _ in range(69)]
    (point,) = gate.curve(placed, [0.1])
    assert point.left.upper == 0 and point.most == pytest.approx(1 - 0.05 ** (1 / 69))
    assert gate.highest_sure([point], 0.02) is None


def lot(size: int, drawn: int, bad: list[bool]) -> list[Placed]:
    """A lot in which nothing is flagged; ``bad`` of each photo, the drawn ones first."""
    return [
        Placed(0.01, False, Fraction(drawn, size), at < drawn, bad[at] if at < drawn else None) for at in range(size)
    ]


def test_a_few_photos_of_which_none_was_drawn_leave_the_rest_known() -> None:
    placed = lot(1000, 200, [False] * 1000) + [Placed(0.01, False, Fraction(1, 3), False)] * 2
    (point,) = gate.curve(placed, [0.1])
    assert (point.left.size, point.left.rate, point.audits) == (1002, 0, 200)
    assert point.most is not None and 0 < point.most < 0.02


def test_bad_lots_that_are_drawn_less_count_in_full() -> None:
    """Flags eat a lot's budget: 10 of 80 are drawn where nothing is flagged, 7 of 77 where three are."""
    dice = np.random.default_rng(8)
    errors, covered = [], 0
    for _ in range(60):
        lots = [(80, 10, 0.0) if at % 2 else (77, 7, 0.06) for at in range(120)]
        photos = [(size, drawn, (dice.random(size) < chance).tolist()) for size, drawn, chance in lots]
        (point,) = gate.curve([one for each in photos for one in lot(*each)], [0.1])
        true = sum(sum(bad) for _, _, bad in photos) / point.left.size
        assert point.left.rate is not None and point.most is not None
        errors.append(point.left.rate - true)
        covered += point.most >= true
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(len(errors))
    assert covered >= 54


def test_estimates_are_right_in_the_mean_at_every_limit() -> None:
    dice = np.random.default_rng(5)
    errors: dict[float, list[float]] = {limit: [] for limit in LIMITS}
    for _ in range(40):
        photos = population(dice, 1000)
        for point in gate.curve(reviewed(dice, photos), LIMITS):
            assert point.left.rate is not None
            errors[point.limit].append(point.left.rate - left(photos, point.limit))
    for limit, found in errors.items():
        assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found)) + 0.002, limit


def test_a_limit_that_is_called_sure_keeps_the_target() -> None:
    """Of a gate whose risks say half of what is true, in at most 5 % (and chance) of samples."""
    dice = np.random.default_rng(6)
    broken = found = 0
    for _ in range(60):
        photos = population(dice, 2000, chance=1.5)
        sure = gate.highest_sure(gate.curve(reviewed(dice, photos), LIMITS), 0.04)
        found += sure is not None
        broken += sure is not None and left(photos, sure.limit) > 0.04
    assert found > 30
    assert broken <= 6


def a_point(limit: float, most: float | None, audits: int) -> Point:
    placed = [Placed(0.0, False, Fraction(1), True, False)]
    return Point(limit, 0.1, gate.curve(placed, [1.0])[0].left, most, audits)


@pytest.mark.parametrize(
    ("points", "sure"),
    [
        ([(0.02, 0.01, 200), (0.05, 0.015, 300), (0.08, 0.03, 400)], 0.05),
        ([(0.02, 0.05, 20), (0.05, 0.015, 300)], 0.05),
        ([(0.02, 0.03, 200), (0.05, 0.01, 300)], None),
        ([(0.02, 0.01, 100), (0.05, 0.01, 148)], None),
        ([(0.02, 0.01, 200), (0.05, 0.01, 200), (0.08, 0.01, 200)], 0.02),
        ([(0.02, None, 200)], None),
        ([], None),
    ],
    ids=[
        "the last before one fails",
        "too few are passed over",
        "a failure ends it",
        "too few",
        "nothing seen beyond",
        "unknown",
        "none",
    ],
)
def test_limits_are_tried_upwards_until_one_fails(points: list[tuple], sure: float | None) -> None:
    found = gate.highest_sure([a_point(*point) for point in points], 0.02)
    assert (found and found.limit) == sure


def test_two_per_cent_take_149_clean_audits() -> None:
    assert gate.needed(0.02) == 149
