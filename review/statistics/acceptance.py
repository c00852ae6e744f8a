"""Accepting a batch as one lot, and switching a route between normal, tightened and stopped by its lots."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from review.statistics.sampling import Policy, Tightened


class Severity(StrEnum):
    """How bad a defect is; a minor one counts in every rate but rejects no lot."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Widening(StrEnum):
    """How far a rejected lot is looked through."""

    NONE = "none"
    SIGNATURE = "signature"
    ALL = "all"


@dataclass(frozen=True)
class Finding:
    """A defect that a person found, in the random draw or not, and what it may share with others.

    The signature names those that have the same cause (one recipe version and segment); None if it cannot be
    told.
    """

    severity: Severity
    random: bool
    signature: str | None = None


@dataclass(frozen=True)
class LotVerdict:
    """Accepted or not, how far to widen and to what, and how many random defects decided it."""

    accepted: bool
    widening: Widening
    signatures: frozenset[str]
    deciding: int


def judge(findings: Iterable[Finding], resubmitted: bool = False) -> LotVerdict:
    """The lot rule: a major or critical defect in the random draw rejects; among the flagged it does not.

    A rejected lot is widened to all photos that share its defects' signatures, or to all of it when one has
    no signature, or when the lot was already widened once and failed again.
    """
    deciding = [f for f in findings if f.random and f.severity is not Severity.MINOR]
    if not deciding:
        return LotVerdict(True, Widening.NONE, frozenset(), 0)
    signatures = frozenset(f.signature for f in deciding if f.signature is not None)
    scoped = not resubmitted and all(f.signature is not None for f in deciding)
    if scoped:
        return LotVerdict(False, Widening.SIGNATURE, signatures, len(deciding))
    return LotVerdict(False, Widening.ALL, signatures, len(deciding))


class Level(StrEnum):
    """How a route and defect class is inspected."""

    NORMAL = "normal"
    TIGHTENED = "tightened"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Lot:
    """One lot's result; a resubmission (not original) counts for nothing in switching."""

    accepted: bool
    original: bool = True


@dataclass(frozen=True)
class Rules:
    """MIL-STD-105E 4.7 and 4.8: 2 of up to 5 tighten, 5 in a row relax, 5 rejected on tightened stop."""

    window: int = 5
    to_tighten: int = 2
    to_relax: int = 5
    to_stop: int = 5


DEFAULT_RULES = Rules()


@dataclass(frozen=True)
class Switching:
    """A route's level, and what of its history still counts: every change of level begins a new one.

    recent: accepted or not, oldest first, at most a window; rejected: lots rejected while tightened.
    """

    level: Level = Level.NORMAL
    recent: tuple[bool, ...] = ()
    rejected: int = 0

    def after(self, lot: Lot, rules: Rules = DEFAULT_RULES) -> "Switching":
        """The state after one more lot; a stopped route's lots change nothing until it is `resumed`."""
        if not lot.original or self.level is Level.STOPPED:
            return self
        width = max(rules.window, rules.to_relax)
        rejected = self.rejected + (self.level is Level.TIGHTENED and not lot.accepted)
        state = replace(self, recent=(*self.recent, lot.accepted)[-width:], rejected=rejected)
        level = state._next_level(rules)
        return state if level is state.level else Switching(level)

    def _next_level(self, rules: Rules) -> Level:
        if self.level is Level.NORMAL:
            tighten = self.recent[-rules.window :].count(False) >= rules.to_tighten
            return Level.TIGHTENED if tighten else Level.NORMAL
        if self.rejected >= rules.to_stop:
            return Level.STOPPED
        relaxed = len(self.recent) >= rules.to_relax and all(self.recent[-rules.to_relax :])
        return Level.NORMAL if relaxed else Level.TIGHTENED

    def resumed(self) -> "Switching":
        """A stopped route goes on, tightened, once its corrective action is closed; ValueError otherwise."""
        if self.level is not Level.STOPPED:
            raise ValueError(f"Only a stopped route can be resumed; this one is {self.level}.")
        return Switching(Level.TIGHTENED)


def replay(lots: Iterable[Lot], rules: Rules = DEFAULT_RULES, state: Switching | None = None) -> Switching:
    """The state after these lots, oldest first; from a fresh route unless one is given."""
    state = state or Switching()
    for lot in lots:
        state = state.after(lot, rules)
    return state


def policy_at(level: Level, policy: Policy) -> Policy:
    """The sampling policy at a level: the random draw doubles when tightened; ValueError when stopped."""
    if level is Level.STOPPED:
        raise ValueError("The route is stopped: close its corrective action and resume it before drawing.")
    return Tightened(policy) if level is Level.TIGHTENED else policy
