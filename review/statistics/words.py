"""Plain words for pages: why a batch has its size and its sample, and what the sample can and cannot prove.

Every sentence carries its counts; a share is never given without the number behind it.
"""

from collections.abc import Mapping
from math import floor

from review.statistics.acceptance import Level, LotVerdict, Widening
from review.statistics.intervals import audits_until, hypergeometric_upper
from review.statistics.ladder import DEFAULT_LADDER, Ladder, LotEvidence, Rung, Step, Wait
from review.statistics.plans import chance_of_seeing
from review.statistics.sampling import (
    Budget,
    Draw,
    Everything,
    FixedShare,
    Policy,
    Qualifying,
    StratumCount,
    Tightened,
)


def percent(share: float) -> str:
    """A share as a page shows it, never rounded to nothing or to all: 0.2375 -> "24 %", 0.0171 -> "1.7 %"."""
    hundred = 100 * share
    if 0 < hundred < 0.01:
        return "under 0.01 %"
    if 99.5 <= hundred < 100:
        return "over 99 %"
    # Halves go up, as a reader expects, rather than to the even number.
    return f"{floor(hundred + 0.5)} %" if hundred >= 9.95 else f"{float(f'{hundred:.2g}'):g} %"


def counted(number: int, one: str, many: str | None = None) -> str:
    """ "1 photo", "2 photos", "no photos"."""
    return f"{number or 'no'} {one if number == 1 else many or one + 's'}"


def why_sample(draw: Draw, policy: Policy) -> str:
    """Which photos of this batch people see, and by what rule."""
    size, seen = len(draw.photos), draw.flagged.size + draw.rest.drawn
    if not size:
        return "No photo was left here to look at: each went to the manual lane or to another batch before the draw."
    if seen == size:
        return f"People see every photo of this batch ({size}): {_rule(policy)}."
    return (
        f"People see {seen} of {counted(size, 'photo')} ({percent(seen / size)}): {_flagged(draw.flagged)} "
        f"and {draw.rest.drawn} drawn at random from the other {draw.rest.size}. The rule: {_rule(policy)}."
    )


def _flagged(flagged: StratumCount) -> str:
    return f"all {flagged.size} that the checks flagged" if flagged.size else "none was flagged"


def _rule(policy: Policy) -> str:
    match policy:
        case Budget():
            return (
                f"{percent(policy.share)} of the batch in all, flagged photos first, but at least "
                f"{policy.floor} and {percent(policy.floor_share)} of the batch at random"
            )
        case FixedShare():
            share = percent(policy.share)
            return f"{share} of the batch at random, at least {policy.floor}, and all that is flagged"
        case Qualifying():
            return _qualifying(policy)
        case Tightened():
            return f"the route is tightened, so {policy.factor} times the random draw of {_rule(policy.inner)}"
        case Everything():
            return "everything is reviewed"
    return "set by the catalog"


def _qualifying(policy: Qualifying) -> str:
    if policy.qualified:
        return f"the route has shown {policy.clearance} clean photos in a row; now {_rule(policy.after)}"
    return (
        f"the route is new and has shown {policy.clean} clean photos in a row; until it has shown "
        f"{policy.clearance}, everything is reviewed"
    )


def what_it_proves(bad: int, stratum: StratumCount, confidence: float = 0.95) -> str:
    """What a finished random draw says of its stratum: 0 in 10 of 80 leaves up to 19 defective."""
    if not stratum.drawn:
        return "Nothing was drawn at random, so nothing is known about the photos that nobody saw."
    if stratum.drawn == stratum.size:
        seen = f"Every photo that was not flagged was seen ({stratum.size}), with {counted(bad, 'defect')}"
        return f"{seen}: nothing is left to chance."
    most = hypergeometric_upper(bad, stratum.drawn, stratum.size, confidence) or 0
    return (
        f"{counted(bad, 'defect').capitalize()} in {stratum.drawn} of {counted(stratum.size, 'photo')} "
        f"leaves up to {most} defective ({percent(most / stratum.size)}) at {percent(confidence)} confidence."
    )


def what_it_cannot(stratum: StratumCount, limit: float = 0.02) -> str:
    """How likely a draw of this size is to miss a batch that breaks the promise, and a bad one."""
    if not stratum.drawn or stratum.drawn == stratum.size:
        return ""
    defects = max(1, round(limit * stratum.size)), max(1, round(0.10 * stratum.size))
    missed = [1 - chance_of_seeing(stratum.drawn, stratum.size, number) for number in defects]
    more = f", with {defects[1]} still in {percent(missed[1])}" if defects[1] > defects[0] else ""
    return (
        f"It cannot prove {percent(limit)}: with {counted(defects[0], 'defect')} among the {stratum.size} it "
        f"would show none in {percent(missed[0])} of draws{more}. "
        f"A promise of {percent(limit)} rests on the route: {audits_until(limit)} random audits, none bad."
    )


def still_needed(bad: int, audited: int, limit: float = 0.02, confidence: float = 0.95) -> str:
    """How many more audits a route needs before its promise can be made, if they are clean."""
    wanted = audits_until(limit, bad, confidence)
    if not audited:
        promise = f"{percent(limit)} can be promised at {percent(confidence)} confidence"
        return f"Nothing of this route was audited at random yet: {promise} after {wanted} clean audits."
    seen = f"{counted(bad, 'defect').capitalize()} in {counted(audited, 'random audit')} of this route"
    if audited >= wanted:
        return f"{seen}: at {percent(confidence)} confidence its rate is at most {percent(limit)}."
    return (
        f"{seen}: {counted(wanted - audited, 'more clean audit')} until {percent(limit)} can be promised at "
        f"{percent(confidence)} confidence."
    )


_STEPS: Mapping[Step, str] = {
    Step.STAY: "as the one before",
    Step.UP: "one step up, on the evidence of the route's last batches",
    Step.DOWN: "one step down, since the last batch was rejected",
    Step.BASE: "the smallest size, since the route is tightened",
}


def why_size(rung: Rung, lot: LotEvidence | None = None, ladder: Ladder = DEFAULT_LADDER) -> str:
    """Why a batch has its size, and what the next step up waits for; `lot` is the route's last, if any."""
    size = rung.size(ladder)
    if lot is None:
        return f"Up to {counted(size, 'photo')}: a new route begins with the smallest size."
    waits = [_wait(wait, rung, ladder) for wait in rung.waits(lot, ladder)]
    ahead = f" The next step waits for: {'; '.join(waits)}." if waits else ""
    return f"Up to {counted(size, 'photo')}: {_STEPS[rung.step]}.{ahead}"


def _wait(wait: Wait, rung: Rung, ladder: Ladder) -> str:
    return {
        Wait.ACCEPTED_LOTS: f"{ladder.accepted} accepted batches in a row (now {rung.run})",
        Wait.EVIDENCE: (
            f"{percent(ladder.sure)} certainty that the rate is at most {percent(ladder.limit)} "
            f"(now {percent(rung.sureness(ladder))})"
        ),
        Wait.ESCALATION: "a severe escalation to close",
        Wait.DRIFT: "the drift alarm to fall below half its limit",
        Wait.TOP: "nothing, this is the largest size",
    }[wait]


def verdict(found: LotVerdict) -> str:
    """What became of a batch, and why."""
    if found.accepted:
        return "Accepted: the random draw shows no major or critical defect."
    why = f"Rejected: the random draw shows {counted(found.deciding, 'major or critical defect')}."
    if found.widening is Widening.SIGNATURE:
        return f"{why} All photos with the same cause are reviewed: {', '.join(sorted(found.signatures))}."
    return f"{why} The whole batch is reviewed."


def level(at: Level) -> str:
    """What a route's level means for its next batches."""
    return {
        Level.NORMAL: "Normal: 2 rejected of up to 5 batches in a row would tighten it.",
        Level.TIGHTENED: (
            "Tightened: twice the random draw, smallest batches. 5 accepted in a row end it, 5 rejected stop the route."
        ),
        Level.STOPPED: "Stopped: no batch of this route starts until its corrective action is closed.",
    }[at]
