"""How an error rate stands against its target: worked posterior values, the four statuses, and the drift alarm."""

from datetime import UTC, datetime, timedelta

import pytest

from review.metrics.contract import Better, Limits, Measurement, Metric, Unit
from review.metrics.samples import BatchSample
from review.metrics.slices import Slice
from review.metrics.standing import Evidence, drifts, escaped_status, incoming_status
from review.statistics.posterior import Status

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def batch(
    *words: bool | None, rest: int = 1000, flagged: tuple[bool | None, ...] = (), route: str = "general"
) -> BatchSample:
    return BatchSample(route, START, rest, flagged=list(flagged), random=list(words))


def audited(bad: int, drawn: int, rest: int = 100_000) -> list[BatchSample]:
    return [batch(*([True] * bad + [False] * (drawn - bad)), rest=rest)]


@pytest.mark.parametrize(
    ("bad", "drawn", "beyond"),
    [(2, 50, 0.8506), (3, 80, 0.8677), (4, 80, 0.9576), (5, 100, 0.9714), (6, 150, 0.9480), (8, 200, 0.9680)],
)
def test_the_chance_of_being_beyond_two_per_cent_is_that_of_the_notes(bad: int, drawn: int, beyond: float) -> None:
    evidence = Evidence.of(audited(bad, drawn))
    assert evidence is not None
    assert 1 - evidence.within(0.02)[0] == pytest.approx(beyond, abs=5e-5)


@pytest.mark.parametrize(
    ("bad", "drawn", "status"),
    [(0, 49, Status.GREY), (0, 60, Status.GREEN), (1, 60, Status.AMBER), (3, 80, Status.AMBER), (5, 80, Status.RED)],
)
def test_an_error_rate_is_judged_by_the_posterior(bad: int, drawn: int, status: Status) -> None:
    assert incoming_status(audited(bad, drawn), 0.02) is status


def test_flagged_photos_are_known_and_use_up_the_target() -> None:
    clean = [batch(*[False] * 100, rest=980, flagged=(False,) * 20)]
    assert incoming_status(clean, 0.02) is Status.GREEN
    # 19 of 1,000 are known to be bad, so that the rest may hold one only: nobody can be sure of that.
    spent = [batch(*[False] * 100, rest=980, flagged=(True,) * 19 + (False,))]
    assert incoming_status(spent, 0.02) is Status.AMBER
    over = [batch(*[False] * 100, rest=979, flagged=(True,) * 21)]
    assert incoming_status(over, 0.02) is Status.RED
    assert escaped_status(over, 0.02) is Status.GREEN


def test_what_was_reviewed_whole_is_known_whatever_its_size() -> None:
    assert incoming_status([batch(rest=0, flagged=(False,) * 10)], 0.02) is Status.GREEN
    assert incoming_status([batch(rest=0, flagged=(True,) + (False,) * 9)], 0.02) is Status.RED


def test_no_sample_is_grey() -> None:
    assert incoming_status([], 0.02) is Status.GREY
    assert escaped_status([batch(rest=10)], 0.02) is Status.GREY


def test_missing_decisions_never_make_a_route_green_nor_red() -> None:
    missing = [batch(*[False] * 60, *[None] * 5)]
    assert incoming_status(missing, 0.02) is Status.AMBER


def test_draws_at_different_fractions_count_as_fewer() -> None:
    evidence = Evidence.of([batch(*[False] * 10, rest=900), batch(*[False] * 90, rest=100)])
    assert evidence is not None
    assert evidence.audited == pytest.approx(1000**2 / (900**2 / 10 + 100**2 / 90))


def test_drift_rings_on_one_route_and_never_across_routes() -> None:
    bad = [batch(*([False] * 9 + [True])) for _ in range(12)]
    for number, sample in enumerate(bad):
        sample.drawn_at = START + timedelta(hours=number)
    assert drifts(bad, 0.02)
    bad[0].route = "apparel"
    assert not drifts(bad, 0.02)
    assert not drifts([batch(*[False] * 60)], 0.02)


METRIC = Metric("x", "X", "Means x.", Unit.SHARE, Better.LOWER, "photos", 0, lambda part: Measurement(None, 0))


@pytest.mark.parametrize(
    ("value", "status"),
    [(None, Status.GREY), (0.1, Status.GREEN), (0.11, Status.AMBER), (0.2, Status.AMBER), (0.21, Status.RED)],
)
def test_a_plain_metric_is_judged_by_its_limits(value: float | None, status: Status) -> None:
    assert METRIC.status(Slice(), Measurement(value, 50), Limits(0.1, 0.2)) is status


def test_a_metric_where_more_is_better_turns_red_below_its_alarm() -> None:
    speed = Metric("y", "Y", "Means y.", Unit.PER_HOUR, Better.HIGHER, "photos", 0, METRIC.measure)
    assert speed.status(Slice(), Measurement(90, 50), Limits(200, 100)) is Status.RED
    assert speed.status(Slice(), Measurement(150, 50), Limits(200, 100)) is Status.AMBER
    assert speed.status(Slice(), Measurement(200, 50), Limits(200, 100)) is Status.GREEN
    assert speed.status(Slice(), Measurement(200, 50), Limits()) is Status.GREY
