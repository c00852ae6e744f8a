"""The defect rate of what was made, shipped and caught, from strata; never the mean of what was reviewed.

What is not known is None, never 0, and no standard error is 0 because a sample happened to be clean.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from review.statistics.intervals import Interval, clopper_pearson
from review.statistics.strata import Stratum, most_defects, pooled


@dataclass(frozen=True)
class Estimate:
    """A rate (0 to 1), its bounds, how they were made (`method` names their sides), and the counts behind.

    standard_error is None where the sample cannot show one: no defect seen, or one photo only.
    """

    rate: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    method: str
    size: int
    reviewed: int
    missing: int


@dataclass(frozen=True)
class Rates:
    """Three shares of all photos: made wrong, caught, escaped; None where nothing was reviewed.

    incoming = caught + escaped. `escaped_upper` is one-sided and holds if reviewers miss nothing.
    """

    incoming: Estimate
    escaped: float | None
    escaped_upper: float | None
    caught: float | None


def expand(strata: Iterable[Stratum]) -> float | None:
    """Estimated number of defects, sum of N_h k_h / n_h (Horvitz-Thompson); None if one was not sampled."""
    real = [s for s in strata if s.size]
    if not real or any(s.drawn == 0 for s in real):
        return None
    return sum(s.size * s.rate for s in real)


def standard_error(strata: Iterable[Stratum]) -> float | None:
    """sqrt(sum (N_h/N)^2 (1 - n_h/N_h) p_h q_h / (n_h - 1)), with the finite population correction.

    0 only when everything was reviewed; None where chance was at work and the sample shows no variance.
    """
    real = [s for s in strata if s.size]
    partial = [s for s in real if not s.complete]
    if not real or any(s.drawn < 2 for s in partial):
        return None
    size = sum(s.size for s in real)
    variance = sum((s.size / size) ** 2 * _variance(s) for s in partial)
    return sqrt(variance) if variance or not partial else None


def _variance(stratum: Stratum) -> float:
    unseen = 1 - stratum.drawn / stratum.size
    return unseen * stratum.rate * (1 - stratum.rate) / (stratum.drawn - 1)


def korn_graubard(rate: float, error: float, confidence: float = 0.95) -> Interval | None:
    """Clopper-Pearson on the effective sample, n_eff = p q / SE^2 (Korn and Graubard 1998), two-sided.

    ValueError unless the rate lies strictly between 0 and 1 and the error is above 0.
    """
    if not (0 < rate < 1 and error > 0):
        raise ValueError(f"Korn-Graubard wants 0 < rate < 1 and error > 0, not {rate:g} and {error:g}.")
    effective = rate * (1 - rate) / error**2
    return clopper_pearson(rate * effective, effective, confidence)


def effective_audits(strata: Iterable[Stratum]) -> float:
    """How many simple random audits `strata` are worth: p q / SE^2 (Korn and Graubard) where they show a variance.

    Elsewhere Kish's N^2 / sum(N_h^2 / n_h), which is N when everything was reviewed. 0 where a stratum was not sampled.
    """
    real = pooled(strata)
    total, error, size = expand(real), standard_error(real), sum(s.size for s in real)
    if total is None:
        return 0.0
    rate = total / size
    if error and 0 < rate < 1:
        return rate * (1 - rate) / error**2
    return size**2 / sum(s.size**2 / s.drawn for s in real)


def estimate(strata: Iterable[Stratum], confidence: float = 0.95) -> Estimate:
    """The incoming rate of everything in `strata`, of one batch or of many.

    Bounds: Korn-Graubard where the sample shows a variance. Where it does not, the hypergeometric bound above
    (one-sided) and what was found for certain below. When everything was reviewed, what is known.
    """
    real = pooled(strata)
    size, missing = sum(s.size for s in real), sum(s.missing for s in real)
    total, error = expand(real), standard_error(real)
    rate = None if total is None else total / size
    lower, upper, method = _bounds(real, rate, error, confidence)
    return Estimate(rate, error, lower, upper, method, size, sum(s.drawn for s in real) - missing, missing)


def _bounds(
    strata: Sequence[Stratum], rate: float | None, error: float | None, confidence: float
) -> tuple[float | None, float | None, str]:
    most, size = most_defects(strata, confidence), sum(s.size for s in strata)
    if rate is None or most is None:
        return None, None, "empty"
    if error and 0 < rate < 1 and (interval := korn_graubard(rate, error, confidence)):
        return interval.lower, max(interval.upper, _if_missing_are_bad(strata)), "korn-graubard, two-sided"
    method = "census" if all(s.complete for s in strata) else "hypergeometric, one-sided"
    return sum(s.bad for s in strata) / size, most / size, method


def _if_missing_are_bad(strata: Sequence[Stratum]) -> float:
    size = sum(s.size for s in strata)
    return sum(s.size * s.at_worst / s.drawn for s in strata) / size


def rates(strata: Iterable[Stratum], confidence: float = 0.95) -> Rates:
    """Incoming, escaped and caught: what is found is repaired, so only photos that nobody saw can escape."""
    real = pooled(strata)
    incoming = estimate(real, confidence)
    if incoming.rate is None:
        return Rates(incoming, None, None, None)
    found = sum(s.bad for s in real)
    escaped = sum((s.size - s.drawn) * s.rate for s in real) / incoming.size
    most = most_defects(real, confidence)
    ceiling = None if most is None else (most - found) / incoming.size
    return Rates(incoming, escaped, ceiling, found / incoming.size)
