"""How an error rate stands against its target: the posterior chance, not the point estimate. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil

from review.metrics.samples import BatchSample
from review.statistics.cusum import Cusum, limit_for, reference_steps
from review.statistics.posterior import DEFAULT_TARGET, Status, chance_within
from review.statistics.strata import pooled

# A route drifts when its rate has left the target for this many times the target ...
DRIFT = 2.5
# ... and a route that keeps its target rings falsely once in this many audits (quality notes, 2.1).
AUDITS_BETWEEN_FALSE_ALARMS = 5000


@dataclass(frozen=True)
class Evidence:
    """The photos that chance decides about: their number, and the sample of them as if drawn in one go.

    Draws at several fractions weigh differently; `audited` is Kish's effective sample, (sum N_h)^2 / sum(N_h^2 / n_h),
    and `bad` the weighted share of defects times that. `bad_at_most` takes missing decisions for defects.
    """

    size: int
    audited: float
    bad: float
    bad_at_most: float

    @classmethod
    def of(cls, samples: Sequence[BatchSample]) -> "Evidence | None":
        """None when some batch's rest was not sampled at all."""
        parts = pooled(sample.random_stratum for sample in samples)
        if any(part.drawn == 0 for part in parts):
            return None
        size = sum(part.size for part in parts)
        if not size:
            return cls(0, 0.0, 0.0, 0.0)
        audited = size**2 / sum(part.size**2 / part.drawn for part in parts)
        bad = sum(part.size * part.rate for part in parts) / size
        most = sum(part.size * part.at_worst / part.drawn for part in parts) / size
        return cls(size, audited, bad * audited, most * audited)

    def within(self, limit: float) -> tuple[float, float]:
        """P(rate <= limit), taking missing decisions for defects, and taking them for good photos."""
        if limit <= 0 or limit >= 1:
            return (0.0, 0.0) if limit <= 0 else (1.0, 1.0)
        return chance_within(limit, self.bad_at_most, self.audited), chance_within(limit, self.bad, self.audited)

    def status(self, limit: float, alarm: bool = False) -> Status:
        """Red, green or amber by how sure one is that the rate keeps the limit; grey on too few audits."""
        if alarm:
            return Status.RED
        if self.size and self.audited < DEFAULT_TARGET.enough:
            return Status.GREY
        surely, perhaps = self.within(limit)
        if 1 - perhaps >= DEFAULT_TARGET.broken:
            return Status.RED
        return Status.GREEN if surely >= DEFAULT_TARGET.kept else Status.AMBER


def incoming_status(samples: Sequence[BatchSample], target: float) -> Status:
    """Whether at most `target` of all photos were made wrong.

    Flagged photos are all known, so the doubt is about the rest alone: bad_F + N_R p_R <= target N.
    """
    evidence = Evidence.of(samples)
    if not samples or evidence is None:
        return Status.GREY
    left = target * sum(sample.size for sample in samples) - sum(sample.flagged_stratum.bad for sample in samples)
    limit = left / evidence.size if evidence.size else float(left >= 0)
    return evidence.status(limit, drifts(samples, target))


def escaped_status(samples: Sequence[BatchSample], target: float) -> Status:
    """Whether at most `target` of all photos went out wrong because nobody saw them: (N_R - n_R) p_R <= target N."""
    evidence = Evidence.of(samples)
    if not samples or evidence is None:
        return Status.GREY
    unseen = evidence.size - sum(len(sample.random) for sample in samples)
    size = sum(sample.size for sample in samples)
    return evidence.status(target * size / unseen if unseen else 1.0)


def drifts(samples: Sequence[BatchSample], target: float) -> bool:
    """Whether the Bernoulli CUSUM over the random draws rings now; routes are never mixed into one chart."""
    if len({sample.route for sample in samples}) != 1 or not 0 < target * DRIFT < 1:
        return False
    chart = _chart(target)
    for sample in sorted(samples, key=lambda sample: sample.drawn_at):
        for defective in sample.random:
            chart = chart if defective is None else chart.after(defective)
    return chart.alarm


@cache
def _chart(target: float) -> Cusum:
    steps = ceil(reference_steps(target, target * DRIFT))
    return Cusum(steps, limit_for(steps, target, AUDITS_BETWEEN_FALSE_ALARMS))
