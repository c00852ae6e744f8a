"""What a limit of the risk costs and lets through, from samples that were drawn under another one. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from review.statistics.estimates import Estimate, estimate
from review.statistics.intervals import Sides, audits_until, clopper_pearson
from review.statistics.strata import Stratum, most_defects, pooled

# Fractions of draws that differ by less are taken for one: each batch has its own, and few draws. Wider steps bend the
# curve: flags eat a batch's budget, so bad batches are drawn less than good ones.
STEP = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Placed:
    """One output as its batch's draw found it: its ``risk``, and whether a limit of something else flagged it.

    ``fraction`` is the share of its stratum that was drawn (1 for what was flagged), ``drawn`` whether it was among
    these, and ``bad`` what people said of it then; None without a decision.
    """

    risk: float
    otherwise: bool
    fraction: Fraction
    drawn: bool
    bad: bool | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """What one limit does: the share that it and all others flag, and the rate of defects among what is not flagged.

    ``most`` is that rate's upper bound, one-sided, None where nothing was drawn; ``audits`` are the decisions behind.
    """

    limit: float
    flagged: float
    left: Estimate
    most: float | None
    audits: int


def curve(placed: Sequence[Placed], limits: Iterable[float], confidence: float = 0.95) -> list[Point]:
    """A point for each limit, in the order of limits. Empty without outputs.

    Photos not flagged under a limit are a domain of the sample: of each stratum as it was drawn their number is known,
    and those drawn among them are a simple random sample of them (Cochran 1977, section 2.11).
    """
    return [_point(placed, limit, confidence) for limit in sorted(limits)] if placed else []


def _point(placed: Sequence[Placed], limit: float, confidence: float) -> Point:
    passing = [one for one in placed if not one.otherwise and one.risk <= limit]
    strata = _strata(passing)
    left = estimate(strata, confidence)
    return Point(limit, 1 - len(passing) / len(placed), left, _to_come(strata, confidence), left.reviewed)


def _to_come(strata: tuple[Stratum, ...], confidence: float) -> float | None:
    """The rate's upper bound, one-sided, for these photos and for those to come; None where a stratum was not drawn.

    Of lots that were reviewed whole nothing is in doubt, and still they are a sample of what the recipe makes: so it is
    at least Clopper and Pearson's on as many audits as the strata are worth (Kish 1965), with what was not decided
    taken for defective.
    """
    most, size = most_defects(strata, confidence), sum(stratum.size for stratum in strata)
    if most is None or not size:
        return None
    worth = size**2 / sum(stratum.size**2 / stratum.drawn for stratum in strata)
    rate = sum(stratum.size * stratum.at_worst / stratum.drawn for stratum in strata) / size
    bound = clopper_pearson(rate * worth, worth, confidence, Sides.UPPER)
    return max(most / size, bound.upper if bound else 1.0)


def _strata(placed: Iterable[Placed]) -> tuple[Stratum, ...]:
    groups: dict[Fraction, list[Placed]] = defaultdict(list)
    for one in placed:
        groups[one.fraction if one.fraction == 1 else round(one.fraction / STEP) * STEP].append(one)
    return pooled(_stratum(found) for found in _drawn([groups[at] for at in sorted(groups)]))


def _drawn(groups: Sequence[list[Placed]]) -> list[list[Placed]]:
    """The groups, those without a draw joined to the one before, or else behind: a few photos of one batch would make
    all unknown."""
    found: list[list[Placed]] = []
    for group in groups:
        if found and not (any(one.drawn for one in group) and any(one.drawn for one in found[-1])):
            found[-1] = found[-1] + group
        else:
            found.append(group)
    return found


def _stratum(placed: Sequence[Placed]) -> Stratum:
    words = [one.bad for one in placed if one.drawn]
    return Stratum(len(placed), len(words), bad=words.count(True), missing=words.count(None))


def needed(target: float, confidence: float = 0.95) -> int:
    """The fewest audits, all clean, after which a rate of at most ``target`` is sure."""
    return audits_until(target, 0, confidence)


def highest_sure(points: Sequence[Point], target: float, confidence: float = 0.95) -> Point | None:
    """The highest limit under which the rate of defects left is surely at most ``target``; None if none is.

    Limits are tried upwards from the first with enough audits to prove it, which is chosen without looking at words,
    and the first that fails ends the search: then all that passed hold together at ``confidence`` (fixed-sequence
    testing in "Learn then test", Angelopoulos et al. 2021). A limit that no audit lies below which did not lie below
    the one before is not taken: nobody has seen what it would let through.
    """
    found = None
    for point in points:
        if point.audits < needed(target, confidence):
            continue
        if point.most is None or point.most > target:
            break
        if found is None or point.audits > found.audits:
            found = point
    return found
