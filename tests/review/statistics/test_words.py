"""What pages say about a batch's size, its sample and what that proves."""

import pytest

from review.statistics.acceptance import Finding, Level, Severity, judge
from review.statistics.ladder import LotEvidence, Rung, Step
from review.statistics.sampling import (
    Budget,
    Everything,
    FixedShare,
    Policy,
    Qualifying,
    StratumCount,
    Tightened,
    draw,
)
from review.statistics.words import (
    counted,
    level,
    percent,
    still_needed,
    verdict,
    what_it_cannot,
    what_it_proves,
    why_sample,
    why_size,
)

KEYS = [f"photo-{number}" for number in range(80)]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.00001, "under 0.01 %"),
        (0.00962, "0.96 %"),
        (0.0171, "1.7 %"),
        (0.02, "2 %"),
        (0.0999, "10 %"),
        (0.125, "13 %"),
        (0.2375, "24 %"),
        (0.999, "over 99 %"),
        (1, "100 %"),
    ],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_counted() -> None:
    assert [counted(n, "photo") for n in (0, 1, 2)] == ["no photos", "1 photo", "2 photos"]
    assert counted(2, "batch", "batches") == "2 batches"


def _why(flagged: int, policy: Policy) -> str:
    return why_sample(draw(KEYS, set(KEYS[:flagged]), 1, policy), policy)


def test_why_the_default_sample() -> None:
    assert _why(2, Budget()) == (
        "People see 10 of 80 photos (13 %): all 2 that the checks flagged and 8 drawn at random from the "
        "other 78. The rule: 12 % of the batch in all, flagged photos first, but at least 5 and 6 % of the "
        "batch at random."
    )
    assert "none was flagged and 10 drawn at random from the other 80" in _why(0, Budget())


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (FixedShare(0.1), "10 % of the batch at random, at least 5"),
        (Tightened(Budget()), "the route is tightened, so 2 times the random draw of 12 %"),
        (Everything(), "People see every photo of this batch (80): everything is reviewed."),
        (Qualifying(3), "has shown 3 clean photos in a row; until it has shown 54, everything is reviewed"),
        (Qualifying(60), "has shown 54 clean photos in a row; now 12 %"),
    ],
)
def test_why_other_samples(policy: Policy, text: str) -> None:
    assert text in _why(2, policy)


def test_why_no_sample() -> None:
    assert why_sample(draw([], set(), 1), Budget()).startswith("No photo was left here to look at")


def test_what_a_clean_draw_proves() -> None:
    assert what_it_proves(0, StratumCount(10, 80)) == (
        "No defects in 10 of 80 photos leaves up to 19 defective (24 %) at 95 % confidence."
    )
    assert "1 defect in 8 of 68 photos leaves up to 30 defective" in what_it_proves(1, StratumCount(8, 68))


def test_what_all_and_nothing_prove() -> None:
    assert "with 2 defects: nothing is left to chance" in what_it_proves(2, StratumCount(50, 50))
    assert "nothing is known" in what_it_proves(0, StratumCount(0, 50))
    assert what_it_cannot(StratumCount(50, 50)) == ""


def test_what_a_draw_cannot_prove() -> None:
    assert what_it_cannot(StratumCount(10, 80)) == (
        "It cannot prove 2 %: with 2 defects among the 80 it would show none in 76 % of draws, with 8 still "
        "in 33 %. A promise of 2 % rests on the route: 149 random audits, none bad."
    )


def test_what_a_route_still_needs() -> None:
    assert still_needed(0, 0).endswith("2 % can be promised at 95 % confidence after 149 clean audits.")
    assert still_needed(0, 100).endswith("49 more clean audits until 2 % can be promised at 95 % confidence.")
    assert still_needed(1, 235).count("1 more clean audit until") == 1
    assert still_needed(1, 236).endswith("at 95 % confidence its rate is at most 2 %.")


def test_why_a_size() -> None:
    good = LotEvidence(accepted=True, audited=6, bad=0)
    assert why_size(Rung()) == "Up to 50 photos: a new route begins with the smallest size."
    waiting = why_size(Rung(run=2, audited=30), good)
    assert "5 accepted batches in a row (now 2)" in waiting
    assert "90 % certainty that the rate is at most 2 % (now 73 %)" in waiting
    up = why_size(Rung(place=2, run=6, audited=200, step=Step.UP), good)
    assert up == "Up to 100 photos: one step up, on the evidence of the route's last batches."
    down = why_size(Rung(place=0, step=Step.DOWN), LotEvidence(False, 6, 1, severe_escalation=True, cusum=0.7))
    assert "since the last batch was rejected" in down
    assert "a severe escalation to close" in down and "drift alarm" in down


def test_verdicts_and_levels() -> None:
    assert verdict(judge([])).startswith("Accepted")
    halo = Finding(Severity.MAJOR, True, "recipe 3, dark shoes")
    assert verdict(judge([halo])).endswith("All photos with the same cause are reviewed: recipe 3, dark shoes.")
    assert verdict(judge([halo], resubmitted=True)).endswith("The whole batch is reviewed.")
    assert [level(at).split(":")[0].lower() for at in Level] == [at.value for at in Level]
