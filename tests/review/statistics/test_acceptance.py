"""The lot rule and the switching rules."""

import pytest

from review.statistics.acceptance import (
    Finding,
    Level,
    Lot,
    Severity,
    Switching,
    Widening,
    judge,
    policy_at,
    replay,
)
from review.statistics.sampling import Budget, Tightened

HALO = "recipe 3, dark shoes"


def _lots(results: str) -> list[Lot]:
    """ "+" accepted, "-" rejected, "r" a rejected resubmission, "R" an accepted one."""
    return [Lot(letter in "+R", letter in "+-") for letter in results]


def _level(results: str) -> Level:
    return replay(_lots(results)).level


@pytest.mark.parametrize("severity", [Severity.MAJOR, Severity.CRITICAL])
def test_one_random_defect_rejects_and_widens_to_its_signature(severity: Severity) -> None:
    found = judge([Finding(severity, random=True, signature=HALO)])
    assert not found.accepted
    assert (found.widening, found.signatures, found.deciding) == (Widening.SIGNATURE, frozenset({HALO}), 1)


def test_a_defect_that_cannot_be_scoped_widens_to_everything() -> None:
    known, unknown = Finding(Severity.MAJOR, True, HALO), Finding(Severity.MAJOR, True)
    assert judge([known, unknown]).widening is Widening.ALL


def test_a_lot_that_fails_again_is_looked_through() -> None:
    assert judge([Finding(Severity.MAJOR, True, HALO)], resubmitted=True).widening is Widening.ALL
    assert judge([], resubmitted=True).accepted


@pytest.mark.parametrize(
    "findings",
    [
        [],
        [Finding(Severity.CRITICAL, random=False, signature=HALO)],
        [Finding(Severity.MINOR, random=True, signature=HALO)],
    ],
    ids=["none", "flagged only", "minor"],
)
def test_other_defects_leave_the_lot_accepted(findings: list[Finding]) -> None:
    found = judge(findings)
    assert (found.accepted, found.widening, found.signatures) == (True, Widening.NONE, frozenset())


@pytest.mark.parametrize(
    ("results", "level"),
    [
        ("", Level.NORMAL),
        ("+-+++", Level.NORMAL),
        ("--", Level.TIGHTENED),  # fewer than five lots are enough
        ("-+++-", Level.TIGHTENED),
        ("-++++-", Level.NORMAL),  # six lots apart
        ("-rrrr", Level.NORMAL),  # resubmissions count for nothing
        ("-rr-", Level.TIGHTENED),
        ("--" + "++++", Level.TIGHTENED),
        ("--" + "+++++", Level.NORMAL),
        ("--" + "++++" + "R", Level.TIGHTENED),
        ("--" + "++++-++++", Level.TIGHTENED),  # five in a row, not five in all
        ("--" + "+++++" + "-", Level.NORMAL),  # the past before a switch no longer counts
        ("--" + "----", Level.TIGHTENED),
        ("--" + "-----", Level.STOPPED),
        ("--" + "-+-+-+-+-", Level.STOPPED),  # five in all, not in a row
        ("--" + "----" + "+++++" + "--" + "----", Level.TIGHTENED),  # a relaxed route begins to count anew
        ("--" + "-----" + "++++++", Level.STOPPED),  # nothing but a corrective action resumes it
    ],
)
def test_levels_after_lots(results: str, level: Level) -> None:
    assert _level(results) is level


def test_a_stopped_route_resumes_tightened() -> None:
    stopped = replay(_lots("-------"))
    assert stopped.resumed() == Switching(Level.TIGHTENED)
    assert replay(_lots("+++++"), state=stopped.resumed()).level is Level.NORMAL
    with pytest.raises(ValueError, match="Only a stopped route"):
        Switching().resumed()


def test_a_tightened_route_draws_twice_as_many_and_a_stopped_one_none() -> None:
    assert policy_at(Level.NORMAL, Budget()) == Budget()
    assert policy_at(Level.TIGHTENED, Budget()) == Tightened(Budget())
    with pytest.raises(ValueError, match="close its corrective action"):
        policy_at(Level.STOPPED, Budget())


def test_replay_is_the_same_in_pieces() -> None:
    lots = _lots("+-+++-+++++-+-++-----")
    state = replay(lots[:9])
    assert replay(lots[9:], state=state) == replay(lots)
