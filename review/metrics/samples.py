"""One batch's sample as it was drawn and read. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from review.statistics.estimates import Estimate, Rates, effective_audits, estimate, rates
from review.statistics.strata import Stratum, pooled

# Bounds over a hundred thousand photos take a second; past days stay as they are, so their bounds are kept.
KEPT = 2048


@dataclass
class BatchSample:
    """The draw of one batch as stored, and the word on each photo drawn: defective, good, or None for no decision yet.

    `flagged` photos were all to be reviewed; `random` came from the `rest`, in the order of the draw. `seen` counts all
    photos of the batch with a decision, those of a widened batch included. `stale`: no longer waited for.
    """

    route: str
    drawn_at: datetime
    rest: int
    stale: bool = False
    seen: int = 0
    flagged: list[bool | None] = field(default_factory=list)
    random: list[bool | None] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Photos that a machine finished."""
        return len(self.flagged) + self.rest

    @property
    def counts(self) -> bool:
        """A sample half read would count its unread half as defects, so it waits; but not for ever."""
        return self.stale or None not in self.flagged + self.random

    @property
    def flagged_stratum(self) -> Stratum:
        """What was flagged: all of it taken."""
        return _stratum(len(self.flagged), self.flagged)

    @property
    def random_stratum(self) -> Stratum:
        """The rest, of which some were drawn."""
        return _stratum(self.rest, self.random)


def _stratum(size: int, words: Sequence[bool | None]) -> Stratum:
    return Stratum(size, len(words), bad=words.count(True), missing=words.count(None))


def strata(samples: Iterable[BatchSample]) -> list[Stratum]:
    """The strata of all samples, for review.statistics.estimates."""
    return [part for sample in samples for part in (sample.flagged_stratum, sample.random_stratum)]


def incoming_of(samples: Iterable[BatchSample]) -> Estimate:
    """The rate of what was made wrong; the same strata are computed once a process."""
    return _estimate(pooled(strata(samples)))


def effective_of(samples: Iterable[BatchSample]) -> float:
    """How many simple random audits the samples are worth for the rate of what was made wrong."""
    return _effective(pooled(strata(samples)))


def rates_of(samples: Iterable[BatchSample]) -> Rates:
    """Made wrong, escaped and caught; the same strata are computed once a process."""
    return _rates(pooled(strata(samples)))


@lru_cache(KEPT)
def _estimate(parts: tuple[Stratum, ...]) -> Estimate:
    return estimate(parts)


@lru_cache(KEPT)
def _effective(parts: tuple[Stratum, ...]) -> float:
    return effective_audits(parts)


@lru_cache(KEPT)
def _rates(parts: tuple[Stratum, ...]) -> Rates:
    return rates(parts)


def audits(samples: Iterable[BatchSample]) -> int:
    """How many photos of the samples were decided on."""
    return sum(stratum.drawn - stratum.missing for stratum in strata(samples))
