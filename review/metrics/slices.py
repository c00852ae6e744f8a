"""What happened on some days on some routes: counts, samples and working time, which add up. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from review.metrics.samples import BatchSample
from review.statistics.detection import Golden

# A pause of the machines longer than this is not working time.
PAUSE = timedelta(minutes=5)
NO_EYES = Golden(0, 0)


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of machine work: from the first event to the last, and the photos finished in it."""

    first: datetime
    last: datetime
    finished: int


@dataclass
class Slice:
    """All facts of one day and route, or of several added up.

    Keys of `counts`: a stage's value (photos that entered it), "accepted" and "refused" (at intake), "complaints",
    "decisions", "timed", "milliseconds", "open", "overdue", "manual" (waiting in the manual lane now).
    `eyes` is what golden photos show of all reviewers; it is the same in every slice and not added up.
    """

    counts: "Counter[str]" = field(default_factory=Counter)
    samples: list[BatchSample] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    eyes: Golden = NO_EYES

    def read_samples(self) -> list[BatchSample]:
        """The samples that may be counted: read in full, or too old to wait for."""
        return [sample for sample in self.samples if sample.counts]


def added(parts: Iterable[Slice]) -> Slice:
    """One slice of many."""
    total = Slice()
    for part in parts:
        total.counts.update(part.counts)
        total.samples.extend(part.samples)
        total.spans.extend(part.spans)
        total.eyes = part.eyes if part.samples else total.eyes
    return total


def working_time(spans: Iterable[Span]) -> timedelta:
    """How long the machines were at work: spans laid over each other, with pauses of up to PAUSE counted in."""
    total, until = timedelta(), None
    for span in sorted(spans):
        if until is None or span.first - until > PAUSE:
            total += span.last - span.first
            until = span.last
        elif span.last > until:
            total += span.last - until
            until = span.last
    return total
