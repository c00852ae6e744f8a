"""Every metric of the registry, on slices whose answer is known."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from review.metrics import BY_NAME, METRICS
from review.metrics.samples import BatchSample
from review.metrics.slices import Slice, Span, added, working_time
from review.statistics.detection import Golden

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def sample(flagged: int, bad_flagged: int, rest: int, drawn: int, bad: int, **values: object) -> BatchSample:
    return BatchSample(
        route="general",
        drawn_at=START,
        rest=rest,
        flagged=[True] * bad_flagged + [False] * (flagged - bad_flagged),
        random=[True] * bad + [False] * (drawn - bad),
        **values,  # type: ignore[arg-type]
    )


def ten_batches() -> list[BatchSample]:
    """Ten batches of 80: 12 flagged of which 45 of 120 bad in all, 8 of 68 drawn, one bad in all."""
    bad = [5, 5, 5, 5, 5, 4, 4, 4, 4, 4]
    return [sample(12, bad[n], 68, 8, bad=int(n == 0)) for n in range(10)]


def test_error_rate_is_the_stratified_estimate_and_not_the_mean_of_what_was_reviewed() -> None:
    found = BY_NAME["error_rate"].of(Slice(samples=ten_batches()))
    assert found.value == pytest.approx(0.066875)
    assert (found.lower, found.upper) == (pytest.approx(0.0486, abs=5e-4), pytest.approx(0.0894, abs=5e-4))
    assert found.count == 200  # of which 46 bad: the naive mean would be 0.23


EYES = Golden(caught=36, defective=40, alarms=3, good=100)


def test_the_corrected_rate_is_the_error_rate_less_false_alarms_over_what_is_caught() -> None:
    found = BY_NAME["corrected"].of(Slice(samples=ten_batches(), eyes=EYES))
    assert found.value == pytest.approx((0.066875 + 0.97 - 1) / (0.9 + 0.97 - 1))
    assert found.lower is not None and found.upper is not None
    assert found.lower < found.value < found.upper
    assert found.note == "reviewers caught 36 of 40 golden defects and rejected 3 of 100 good ones"


def test_the_doubt_of_the_corrected_rate_is_that_of_the_sample_and_of_the_golden_photos() -> None:
    def width(batches: int, eyes: Golden) -> float:
        found = BY_NAME["corrected"].of(Slice(samples=ten_batches() * batches, eyes=eyes))
        assert found.lower is not None and found.upper is not None
        return found.upper - found.lower

    assert width(10, EYES) < width(1, EYES)
    assert width(10, Golden(360, 400, 30, 1000)) < width(10, EYES)


@pytest.mark.parametrize(
    ("eyes", "why"),
    [
        (Golden(29, 29, 0, 100), "so far there are 29 and 100"),
        (Golden(30, 40, 0, 14), "so far there are 40 and 14"),
        (Golden(0, 0), "so far there are 0 and 0"),
        (Golden(10, 40, 30, 40), "tell nothing apart"),
    ],
)
def test_without_enough_golden_decisions_there_is_no_corrected_rate_but_a_reason(eyes: Golden, why: str) -> None:
    found = BY_NAME["corrected"].of(Slice(samples=ten_batches(), eyes=eyes))
    assert (found.value, found.lower, found.upper) == (None, None, None)
    assert why in found.reason


def test_eyes_are_the_same_in_a_sum_and_survive_days_without_samples() -> None:
    part = Slice(samples=ten_batches(), eyes=EYES)
    assert added([Slice(), part, part, Slice()]).eyes == EYES


def test_error_rate_leaves_out_a_sample_that_is_half_read_until_it_is_stale() -> None:
    unread = sample(0, 0, 68, 8, 0)
    unread.random[3] = None
    part = Slice(samples=[*ten_batches(), unread])
    assert BY_NAME["error_rate"].of(part).value == pytest.approx(0.066875)
    unread.stale = True
    counted = BY_NAME["error_rate"].of(part)
    escaped = BY_NAME["escaped"].of(part).value
    assert counted.count == 207
    assert counted.value == pytest.approx((45 + 748 / 88) / 868)
    unread.random[3] = False
    read = BY_NAME["error_rate"].of(part)
    assert read.count == 208 and read.value == counted.value
    assert BY_NAME["escaped"].of(part).value < escaped  # what was missing counted as bad in bounds


def test_escaped_is_the_bound_on_what_nobody_saw() -> None:
    # The worked value: 30 batches, 80 of 210 flagged bad, none of 150 drawn from 2,190: at most 41 of 2,400.
    clean = [sample(7, 0, 73, 5, 0) for _ in range(30)]
    for n in range(80):
        clean[n % 30].flagged[n // 30] = True
    found = BY_NAME["escaped"].of(Slice(samples=clean))
    assert found.value == pytest.approx(41 / 2400)


def test_caught_counts_what_reviewers_found_over_everything_made() -> None:
    assert BY_NAME["caught"].of(Slice(samples=ten_batches())).value == pytest.approx(46 / 800)


def test_images_an_hour_leaves_out_pauses() -> None:
    spans = [
        Span(START, START + timedelta(minutes=20), 60),
        Span(START + timedelta(minutes=24), START + timedelta(minutes=30), 15),
        Span(START + timedelta(hours=3), START + timedelta(hours=3, minutes=30), 75),
    ]
    found = BY_NAME["images_an_hour"].of(Slice(spans=spans))
    assert found.value == pytest.approx(150.0)


def test_working_time_counts_overlapping_work_once() -> None:
    minute = timedelta(minutes=1)
    spans = [Span(START, START + 10 * minute, 1), Span(START + 2 * minute, START + 4 * minute, 1)]
    assert working_time(spans) == 10 * minute
    assert working_time(reversed(spans)) == 10 * minute
    assert working_time([]) == timedelta(0)


def test_refused_is_a_share_of_the_files_inspected() -> None:
    found = BY_NAME["refused"].of(Slice(counts=Counter(refused=7, accepted=43)))
    assert found.value == pytest.approx(0.14)
    assert (found.lower, found.upper) == (pytest.approx(0.0695083343), pytest.approx(0.2618619371))


def test_failed_is_a_share_of_what_the_machine_tried() -> None:
    found = BY_NAME["failed"].of(Slice(counts=Counter(failed=3, processed=57, manual=2)))
    assert found.value == pytest.approx(0.05)
    assert found.count == 60
    assert found.note == "2 wait now"


def test_complaints_are_told_for_a_thousand_delivered() -> None:
    found = BY_NAME["complaints"].of(Slice(counts=Counter(complaints=3, delivered=400)))
    assert found.value == pytest.approx(7.5)
    assert found.note == "3 recorded"


def test_reviewed_counts_photos_of_widened_batches_too() -> None:
    part = Slice(samples=[sample(2, 0, 48, 6, 0, seen=8), sample(2, 0, 48, 6, 1, seen=50)])
    assert BY_NAME["reviewed"].of(part).value == pytest.approx(0.58)


def test_pace_is_the_mean_of_the_timed_decisions() -> None:
    found = BY_NAME["pace"].of(Slice(counts=Counter(decisions=12, timed=10, milliseconds=45_000)))
    assert found.value == pytest.approx(4.5)
    assert found.note == "12 in all"


def test_overdue_is_known_to_be_zero_without_escalations() -> None:
    assert BY_NAME["overdue"].of(Slice()).value == 0
    assert BY_NAME["overdue"].of(Slice(counts=Counter(open=3, overdue=2))).value == 2


@pytest.mark.parametrize("metric", [m for m in METRICS if m.name != "overdue"], ids=lambda m: m.name)
def test_without_data_a_metric_is_empty_and_never_zero(metric: object) -> None:
    found = BY_NAME[metric.name].of(Slice())  # type: ignore[attr-defined]
    assert found.value is None
    assert found.lower is None and found.upper is None


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_with_less_than_it_needs_a_metric_is_empty(metric: object) -> None:
    known = BY_NAME[metric.name]  # type: ignore[attr-defined]
    little = Slice(
        counts=Counter(refused=1, accepted=1, failed=1, processed=1, delivered=1, complaints=1, timed=1),
        samples=[sample(0, 0, 4, 1, 1)],
        spans=[Span(START, START + timedelta(minutes=1), 1)],
    )
    found = known.of(little)
    assert (found.value is None) == (found.count < known.least)
    assert known.least == 0 or found.value is None


def test_slices_add_up() -> None:
    one = Slice(counts=Counter(processed=2), samples=[sample(1, 0, 9, 5, 0)], spans=[Span(START, START, 2)])
    total = added([one, one, Slice()])
    assert total.counts["processed"] == 4
    assert len(total.samples) == len(total.spans) == 2


def test_every_metric_says_what_it_means_in_its_own_words() -> None:
    assert len(BY_NAME) == len(METRICS)
    assert all(metric.meaning.endswith(".") and metric.counted and metric.label for metric in METRICS)
