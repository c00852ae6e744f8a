"""How many are drawn, and that the draw is random, repeatable and counted."""

from collections import Counter
from hashlib import sha256
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.statistics.sampling import (
    Budget,
    Everything,
    FixedShare,
    Policy,
    Qualifying,
    Sampled,
    StratumCount,
    Tightened,
    draw,
    ranked,
    share_of,
)

KEYS = [f"photo-{number:03d}" for number in range(80)]
FLAGGED = set(KEYS[:12])


@pytest.mark.parametrize(
    ("size", "flagged", "count"),
    [
        (50, 0, 6),  # 12 % of 50
        (50, 6, 5),  # the budget is used up, the floor stays
        (80, 0, 10),
        (80, 2, 8),
        (80, 12, 5),
        (100, 0, 12),
        (100, 40, 6),  # 6 % of 100
        (200, 3, 21),
        (50, 47, 3),  # no more than are left
        (50, 50, 0),
        (4, 0, 4),
        (0, 0, 0),
    ],
)
def test_default_budget(size: int, flagged: int, count: int) -> None:
    assert Budget().plan(size, flagged) == count


@given(st.integers(0, 300), st.data())
def test_budget_keeps_its_promise(size: int, data: st.DataObject) -> None:
    flagged = data.draw(st.integers(0, size))
    count = Budget().plan(size, flagged)
    floor = min(max(5, ceil(6 * size / 100)), size - flagged)
    assert floor <= count <= size - flagged
    assert count + flagged >= min(size, ceil(12 * size / 100))


def test_shares_are_decimal() -> None:
    assert share_of(0.07, 100) == 7
    assert share_of(0.12, 75) == 9
    with pytest.raises(ValueError, match=r"give 0\.12 for 12 %"):
        Budget(share=12)


@pytest.mark.parametrize(
    ("policy", "count"),
    [
        (FixedShare(0.15), 12),
        (FixedShare(0.01), 5),
        (Everything(), 68),
        (Qualifying(clean=53), 68),
        (Qualifying(clean=54), 8),  # 10 % of 80
        (Tightened(Budget()), 10),
        (Tightened(Everything()), 68),
    ],
)
def test_other_policies_with_12_of_80_flagged(policy: Policy, count: int) -> None:
    assert policy.plan(80, 12) == count
    with pytest.raises(ValueError, match="81 flagged photos in a batch of 80"):
        policy.plan(80, 81)


def test_draw_stores_what_an_estimate_needs() -> None:
    found = draw(KEYS, FLAGGED, seed=7)
    assert (found.flagged, found.rest) == (StratumCount(12, 12), StratumCount(5, 68))
    assert Counter(photo.sampled for photo in found.photos) == {
        Sampled.FLAGGED: 12,
        Sampled.RANDOM: 5,
        Sampled.NONE: 63,
    }
    assert {photo.probability for photo in found.photos if photo.key in FLAGGED} == {1.0}
    assert {photo.probability for photo in found.photos if photo.key not in FLAGGED} == {5 / 68}
    assert [photo.key for photo in found.photos] == KEYS
    assert set(found.reviewed) >= FLAGGED and len(found.reviewed) == 17
    assert sum(photo.probability for photo in found.photos) == pytest.approx(17)


def test_draw_repeats_and_does_not_care_about_order() -> None:
    first, again = draw(KEYS, FLAGGED, seed=7), draw(KEYS[::-1], FLAGGED, seed=7)
    assert set(first.reviewed) == set(again.reviewed)
    assert set(first.reviewed) != set(draw(KEYS, FLAGGED, seed=8).reviewed)


def test_a_larger_draw_holds_the_smaller_one() -> None:
    small, large = draw(KEYS, FLAGGED, 7), draw(KEYS, FLAGGED, 7, Tightened(Budget()))
    assert set(small.reviewed) < set(large.reviewed)
    assert large.rest == StratumCount(10, 68)


def test_anyone_can_check_the_order() -> None:
    keys = ["b", "a", "c"]
    assert ranked(keys, 42) == sorted(keys, key=lambda key: sha256(f"42:{key}".encode()).hexdigest())


def test_every_photo_is_drawn_as_often_as_its_probability_says() -> None:
    times: Counter[str] = Counter()
    for seed in range(3000):
        times.update(draw(KEYS[:20], frozenset(), seed).reviewed)
    # 5 of 20: 750 expected, standard deviation 24; five of them around.
    assert all(630 < times[key] < 870 for key in KEYS[:20])


def test_pairs_are_drawn_together_as_often_as_without_replacement() -> None:
    together = sum({"photo-003", "photo-004"} <= set(draw(KEYS[:20], set(), s).reviewed) for s in range(4000))
    # 5/20 x 4/19 of 4000 is 210.5, standard deviation 14.1.
    assert 140 < together < 281


@pytest.mark.parametrize(
    ("keys", "flagged", "message"),
    [(["a", "a"], set(), "1 keys occur twice"), (["a"], {"z"}, "Flagged but not in the batch: z")],
)
def test_a_draw_from_a_muddled_batch_is_refused(keys: list[str], flagged: set[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw(keys, flagged, 1)


def test_an_empty_batch_draws_nothing() -> None:
    found = draw([], set(), 1)
    assert (found.photos, found.rest.probability) == ((), 0.0)
