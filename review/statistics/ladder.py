"""The batch-size ladder: up a rung on evidence only, down one on a rejection, to base when tightened."""

from dataclasses import dataclass
from enum import StrEnum

from review.statistics.posterior import chance_within


@dataclass(frozen=True)
class Ladder:
    """The rungs (photos a batch, smallest first) and the evidence that a step up wants.

    `accepted` lots in a row, P(rate <= limit) >= sure by the Jeffreys posterior of the random audits, whose
    counts fade by `fade` with every lot, no open severe escalation, and the CUSUM below `cusum_share` of its
    limit.
    """

    sizes: tuple[int, ...] = (50, 75, 100, 150, 200)
    accepted: int = 5
    limit: float = 0.02
    sure: float = 0.90
    fade: float = 0.98
    cusum_share: float = 0.5

    def __post_init__(self) -> None:
        if not self.sizes or list(self.sizes) != sorted(set(self.sizes)):
            raise ValueError(f"Batch sizes must rise from one to the next, not {self.sizes}.")


DEFAULT_LADDER = Ladder()


class Step(StrEnum):
    """Why the next batch has its size."""

    STAY = "stay"
    UP = "up"
    DOWN = "down"
    BASE = "base"


class Wait(StrEnum):
    """What still stands between a route and the next rung."""

    ACCEPTED_LOTS = "accepted lots"
    EVIDENCE = "evidence"
    ESCALATION = "escalation"
    DRIFT = "drift"
    TOP = "top"


@dataclass(frozen=True)
class LotEvidence:
    """What one lot showed: accepted, its random audits, the defects among them, how its route stands now.

    cusum: the chart's value as a share of its limit, 0 to 1 and above.
    """

    accepted: bool
    audited: int
    bad: int
    tightened: bool = False
    severe_escalation: bool = False
    cusum: float = 0.0


@dataclass(frozen=True)
class Rung:
    """Where a route stands: place in the ladder, lots accepted in a row, faded counts, the last step."""

    place: int = 0
    run: int = 0
    bad: float = 0.0
    audited: float = 0.0
    step: Step = Step.STAY

    def size(self, ladder: Ladder = DEFAULT_LADDER) -> int:
        """Photos in the next batch."""
        return ladder.sizes[self.place]

    def sureness(self, ladder: Ladder = DEFAULT_LADDER) -> float:
        """P(rate <= limit) by what was seen, faded."""
        return chance_within(ladder.limit, self.bad, self.audited)

    def waits(self, lot: LotEvidence, ladder: Ladder = DEFAULT_LADDER) -> tuple[Wait, ...]:
        """Everything that keeps this route from the next rung after `lot`; empty when it may climb."""
        held = {
            Wait.TOP: self.place == len(ladder.sizes) - 1,
            Wait.ACCEPTED_LOTS: self.run < ladder.accepted,
            Wait.ESCALATION: lot.severe_escalation,
            Wait.DRIFT: lot.cusum >= ladder.cusum_share,
            Wait.EVIDENCE: self.sureness(ladder) < ladder.sure,
        }
        return tuple(wait for wait, holds in held.items() if holds)

    def after(self, lot: LotEvidence, ladder: Ladder = DEFAULT_LADDER) -> "Rung":
        """The rung after one more original lot."""
        bad, audited = ladder.fade * self.bad + lot.bad, ladder.fade * self.audited + lot.audited
        if lot.tightened:
            return Rung(0, self.run + 1 if lot.accepted else 0, bad, audited, Step.BASE)
        if not lot.accepted:
            return Rung(max(0, self.place - 1), 0, bad, audited, Step.DOWN)
        stayed = Rung(self.place, self.run + 1, bad, audited)
        if stayed.waits(lot, ladder):
            return stayed
        return Rung(self.place + 1, stayed.run, bad, audited, Step.UP)
