"""How many photos of a batch people see, and the seeded draw of which, with every inclusion probability.

A draw is a fact: store it as drawn (stratum, probability, seed, counts) and never compute it again.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from math import ceil
from typing import Protocol


class Sampled(StrEnum):
    """Why a photo of the batch is reviewed, if it is."""

    FLAGGED = "flagged"
    RANDOM = "random"
    NONE = "none"


def share_of(share: float, size: int) -> int:
    """ceil(share x size), exact in decimals: 0.07 of 100 is 7, where binary floating point says 8."""
    return ceil(Fraction(str(share)) * size)


def _check_batch(size: int, flagged: int) -> None:
    if not 0 <= flagged <= size:
        raise ValueError(f"{flagged} flagged photos in a batch of {size}: wanted 0 <= flagged <= size.")


def _check_share(name: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"A {name} of {share:g} is outside 0 to 1: give 0.12 for 12 %.")


class Policy(Protocol):
    """Anything that says how many unflagged photos are drawn at random."""

    def plan(self, size: int, flagged: int) -> int:
        """The random count for a batch of `size` photos with `flagged` among them, 0 to size - flagged."""


@dataclass(frozen=True)
class Budget:
    """The default: a budget of reviews that flagged photos use up first, over a floor that they cannot touch.

    nR = clamp(max(floor, ceil(floor_share N), ceil(share N) - |F|), max N - |F|). Without the floor a bad
    batch, whose flags eat the budget, would leave nothing to estimate the rest from.
    """

    floor: int = 5
    floor_share: float = 0.06
    share: float = 0.12

    def __post_init__(self) -> None:
        _check_share("floor share", self.floor_share)
        _check_share("share", self.share)

    def plan(self, size: int, flagged: int) -> int:
        _check_batch(size, flagged)
        wanted = max(self.floor, share_of(self.floor_share, size), share_of(self.share, size) - flagged)
        return min(wanted, size - flagged)


@dataclass(frozen=True)
class FixedShare:
    """A fixed share of the batch at random, whatever is flagged; never fewer than `floor`."""

    share: float = 0.12
    floor: int = 5

    def __post_init__(self) -> None:
        _check_share("share", self.share)

    def plan(self, size: int, flagged: int) -> int:
        _check_batch(size, flagged)
        return min(max(self.floor, share_of(self.share, size)), size - flagged)


@dataclass(frozen=True)
class Everything:
    """Every photo: full inspection."""

    def plan(self, size: int, flagged: int) -> int:
        _check_batch(size, flagged)
        return size - flagged


AFTER_QUALIFYING = Budget(floor_share=0.10)


@dataclass(frozen=True)
class Qualifying:
    """CSP-1 at the batch's door: everything until `clearance` photos in a row were clean, then a sample.

    `clean` is the run of clean photos so far (review.statistics.continuous keeps it); it is read when the
    batch is drawn, so a route that clears in the middle of a batch samples from the next one on. The default
    clearance of 54 with a floor of 10 % ships at most 2 % on average.
    """

    clean: int = 0
    clearance: int = 54
    after: Policy = AFTER_QUALIFYING

    @property
    def qualified(self) -> bool:
        """Whether the route has shown its clean run."""
        return self.clean >= self.clearance

    def plan(self, size: int, flagged: int) -> int:
        policy = self.after if self.qualified else Everything()
        return policy.plan(size, flagged)


@dataclass(frozen=True)
class Tightened:
    """Any policy with its random count doubled (or `factor` times), for a route under suspicion."""

    inner: Policy
    factor: int = 2

    def plan(self, size: int, flagged: int) -> int:
        return min(self.factor * self.inner.plan(size, flagged), size - flagged)


DEFAULT_POLICY = Budget()


@dataclass(frozen=True)
class Drawn:
    """One photo of a batch: why it is reviewed and its chance, at the draw, of being reviewed."""

    key: str
    sampled: Sampled
    probability: float


@dataclass(frozen=True)
class StratumCount:
    """n_h of N_h: how many of a stratum's photos were taken."""

    drawn: int
    size: int

    @property
    def probability(self) -> float:
        """n_h / N_h; 0 for an empty stratum."""
        return self.drawn / self.size if self.size else 0.0


@dataclass(frozen=True)
class Draw:
    """A batch's draw: one entry for each key, in the order that the keys were given."""

    seed: int
    photos: tuple[Drawn, ...]
    flagged: StratumCount
    rest: StratumCount

    @property
    def reviewed(self) -> tuple[str, ...]:
        """The keys that people see."""
        return tuple(photo.key for photo in self.photos if photo.sampled is not Sampled.NONE)


def ranked(keys: Sequence[str], seed: int) -> list[str]:
    """The keys in the random order that the seed fixes: by SHA-256 of "seed:key".

    Anyone can check it without this program. It depends neither on the order of the keys nor on a random
    generator's version, and a larger draw with the same seed contains the smaller one.
    """
    return sorted(keys, key=lambda key: (sha256(f"{seed}:{key}".encode()).digest(), key))


def draw(keys: Sequence[str], flagged: AbstractSet[str], seed: int, policy: Policy = DEFAULT_POLICY) -> Draw:
    """Take every flagged key and a simple random sample, without replacement, of the rest.

    The seed must be chosen without looking at the keys. ValueError for a doubled key or a flagged key that is
    not in the batch.
    """
    _check_keys(keys, flagged)
    rest = [key for key in keys if key not in flagged]
    count = policy.plan(len(keys), len(flagged))
    chosen = frozenset(ranked(rest, seed)[:count])
    stratum = StratumCount(count, len(rest))
    photos = tuple(_drawn(key, flagged, chosen, stratum.probability) for key in keys)
    return Draw(seed, photos, StratumCount(len(flagged), len(flagged)), stratum)


def _check_keys(keys: Sequence[str], flagged: AbstractSet[str]) -> None:
    known = frozenset(keys)
    if len(known) != len(keys):
        raise ValueError(f"{len(keys) - len(known)} keys occur twice: a photo can be drawn only once.")
    if strangers := sorted(flagged - known):
        raise ValueError(f"Flagged but not in the batch: {', '.join(strangers[:5])}.")


def _drawn(key: str, flagged: AbstractSet[str], chosen: AbstractSet[str], probability: float) -> Drawn:
    if key in flagged:
        return Drawn(key, Sampled.FLAGGED, 1.0)
    photo = Drawn(key, Sampled.NONE, probability)
    return replace(photo, sampled=Sampled.RANDOM) if key in chosen else photo
