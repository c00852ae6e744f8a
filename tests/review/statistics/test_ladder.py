"""The batch-size ladder: its rules one by one, and how it behaves over 200 lots."""

from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from review.statistics.acceptance import Level, Lot, Switching
from review.statistics.ladder import DEFAULT_LADDER, Ladder, LotEvidence, Rung, Step, Wait
from review.statistics.sampling import share_of

GOOD = LotEvidence(accepted=True, audited=6, bad=0)
SURE = Rung(place=1, run=5, audited=200)


def test_a_route_begins_at_the_base() -> None:
    assert Rung().size() == 50


def test_it_climbs_on_five_accepted_lots_and_evidence() -> None:
    assert SURE.after(GOOD) == Rung(2, 6, 0, 0.98 * 200 + 6, Step.UP)
    assert Rung(place=1, run=4, audited=200).after(GOOD).step is Step.UP
    assert Rung(place=1, run=3, audited=200).after(GOOD).step is Step.STAY


@pytest.mark.parametrize(
    ("rung", "lot", "wait"),
    [
        (replace(SURE, run=0), GOOD, Wait.ACCEPTED_LOTS),
        (replace(SURE, audited=20), GOOD, Wait.EVIDENCE),
        (replace(SURE, bad=4), GOOD, Wait.EVIDENCE),
        (SURE, replace(GOOD, severe_escalation=True), Wait.ESCALATION),
        (SURE, replace(GOOD, cusum=0.5), Wait.DRIFT),
        (replace(SURE, place=4), GOOD, Wait.TOP),
    ],
)
def test_each_reason_to_wait_holds_alone(rung: Rung, lot: LotEvidence, wait: Wait) -> None:
    assert rung.waits(lot) == (wait,)
    assert rung.after(lot).place == rung.place
    assert rung.after(lot).step is Step.STAY


def test_it_falls_one_rung_on_a_rejection_and_to_the_base_when_tightened() -> None:
    rejected = replace(GOOD, accepted=False, bad=1)
    assert replace(SURE, place=3).after(rejected) == Rung(2, 0, 1, 0.98 * 200 + 6, Step.DOWN)
    assert Rung(place=0).after(rejected).place == 0
    assert replace(SURE, place=3).after(replace(rejected, tightened=True)).step is Step.BASE
    assert replace(SURE, place=3).after(replace(GOOD, tightened=True)).size() == 50


def test_sizes_must_rise() -> None:
    with pytest.raises(ValueError, match="must rise"):
        Ladder(sizes=(50, 50))
    assert DEFAULT_LADDER.sizes == (50, 75, 100, 150, 200)


SIMULATED = Ladder(sizes=(25, 50, 75, 100, 150, 200))
RUNS, LOTS = 120, 200


def _run(defects: list[int]) -> list[int]:
    """One route's batch sizes: 12 % at random, accepted with no defect below 13 audits, 1 from there."""
    rung, switching, seen, sizes = Rung(), Switching(), 0, []
    for _ in range(LOTS):
        sizes.append(rung.size(SIMULATED))
        audited = share_of(0.12, sizes[-1])
        bad = defects[seen + audited] - defects[seen]
        seen += audited
        accepted = bad <= (0 if audited < 13 else 1)
        switching = switching.after(Lot(accepted))
        switching = switching.resumed() if switching.level is Level.STOPPED else switching
        lot = LotEvidence(accepted, audited, bad, tightened=switching.level is Level.TIGHTENED)
        rung = rung.after(lot, SIMULATED)
    return sizes


@cache
def _sizes(rate: float) -> npt.NDArray[np.int64]:
    """Batch sizes, runs x lots, of routes with this defect rate."""
    bad = np.random.default_rng(20260101).random((RUNS, LOTS * 24)) < rate
    running = np.pad(bad.cumsum(axis=1), ((0, 0), (1, 0)))
    return np.array([_run(defects) for defects in running.tolist()])


def test_a_very_good_route_reaches_150_by_the_50th_lot() -> None:
    assert np.median(_sizes(0.005)[:, 49]) >= 150


def test_a_good_route_needs_about_100_lots_to_leave_the_base() -> None:
    sizes = _sizes(0.01)
    assert np.median(sizes[:, 49]) == 25
    assert np.median(sizes[:, 109]) > 25


@pytest.mark.parametrize(("rate", "share"), [(0.02, 0.06), (0.03, 0.01), (0.05, 0.0), (0.08, 0.0)])
def test_worse_routes_hardly_ever_have_large_batches(rate: float, share: float) -> None:
    # Printed: 2 %, 0, 0, 0 of lots 100 to 199 at 100 photos or more; the tolerance is that of 120 runs.
    assert (_sizes(rate)[:, 100:] >= 100).mean() <= share
