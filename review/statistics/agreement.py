"""How far reviewers agree, with the counts: Po, positive agreement, AC1 and kappa; and the gate on it.

At 2 % defects 98 % agreement can be kappa 0.49, and AC1 hides that no defect was found twice, so all are
shown and the gate looks at positive agreement.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """Two reviewers' agreement; a number that their table cannot give is None.

    positive: agreement on defects, 2a / (2a + b + c); rejects: photos that at least one of them rejected.
    """

    photos: int
    rejects: int
    observed: float | None
    positive: float | None
    ac1: float | None
    kappa: float | None


def _table(counts: Sequence[Sequence[int]]) -> Table:
    table = np.asarray(counts, float)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or table.shape[0] < 2 or (table < 0).any():
        raise ValueError("Agreement wants a square table of counts, one row and one column for each answer.")
    return table


def observed(counts: Sequence[Sequence[int]]) -> float | None:
    """Po, the share of photos on which both gave one answer; None without photos."""
    table = _table(counts)
    return float(np.trace(table) / table.sum()) if table.sum() else None


def cohen(counts: Sequence[Sequence[int]]) -> float | None:
    """Cohen's kappa, (Po - Pe) / (1 - Pe), Pe = sum of products of the margins; None where Pe is 1."""
    table = _table(counts)
    if not (total := table.sum()):
        return None
    expected = float(table.sum(0) @ table.sum(1) / total**2)
    return _beyond_chance(float(np.trace(table) / total), expected)


def ac1(counts: Sequence[Sequence[int]]) -> float | None:
    """Gwet's AC1, with Pe = sum of m (1 - m) / (answers - 1) over the mean margins m (Gwet 2008)."""
    table = _table(counts)
    if not (total := table.sum()):
        return None
    margins = (table.sum(0) + table.sum(1)) / (2 * total)
    expected = float((margins * (1 - margins)).sum() / (len(margins) - 1))
    return _beyond_chance(float(np.trace(table) / total), expected)


def _beyond_chance(agreed: float, expected: float) -> float | None:
    return None if expected >= 1 else (agreed - expected) / (1 - expected)


def positive(counts: Sequence[Sequence[int]]) -> float | None:
    """2a / (2a + b + c) of [[a, b], [c, d]], a = both reject; None where neither rejected anything."""
    ((both, first), (second, _)) = _two_by_two(counts)
    rejects = 2 * both + first + second
    return float(2 * both / rejects) if rejects else None


def _two_by_two(counts: Sequence[Sequence[int]]) -> Table:
    table = _table(counts)
    if table.shape != (2, 2):
        raise ValueError("Positive agreement wants [[both reject, first only], [second only, both approve]].")
    return table


def compare(counts: Sequence[Sequence[int]]) -> Agreement:
    """All of it for [[both reject, first only], [second only, both approve]]."""
    table = _two_by_two(counts)
    photos, rejects = int(table.sum()), int(table.sum() - table[1, 1])
    return Agreement(photos, rejects, observed(counts), positive(counts), ac1(counts), cohen(counts))


def fleiss(ratings: Sequence[Sequence[int]]) -> float | None:
    """Fleiss's kappa of a table photos x answers, each cell the number of reviewers who gave that answer."""
    table = np.asarray(ratings, float)
    raters = table.sum(1)
    if table.ndim != 2 or (raters != raters[0]).any() or raters[0] < 2:
        raise ValueError("Fleiss's kappa wants as many reviewers on every photo, at least two.")
    each = ((table**2).sum(1) - raters) / (raters * (raters - 1))
    return _beyond_chance(float(each.mean()), float(((table.sum(0) / table.sum()) ** 2).sum()))


class Scale(StrEnum):
    """What answers are to each other, for Krippendorff's alpha: names, grades, or numbers with or without a zero."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


def krippendorff(answers: Sequence[Sequence[Hashable | None]], scale: Scale = Scale.NOMINAL) -> float | None:
    """Krippendorff's alpha: one row a reviewer, one column a photo, None where unseen.

    1 - Do / De from the coincidence matrix; photos with fewer than two answers drop out. None where all
    answers that can be paired are the same. Any scale but the nominal one wants numbers (severities as 1, 2, 3).
    """
    pairs = [[a for a in photo if a is not None] for photo in zip(*answers, strict=True)]
    pairs = [photo for photo in pairs if len(photo) > 1]
    found = list(dict.fromkeys(a for photo in pairs for a in photo))
    values = found if scale is Scale.NOMINAL else sorted(found, key=_number)
    names = {name: place for place, name in enumerate(values)}
    matrix = np.zeros((len(names), len(names)))
    for photo in pairs:
        matrix += _coincidences(photo, names)
    totals, paired = matrix.sum(0), matrix.sum()
    apart = _apart(values, totals, scale)
    expected = float((np.outer(totals, totals) * apart).sum())
    if not expected:
        return None
    return 1 - float((paired - 1) * (matrix * apart).sum() / expected)


def _number(answer: Hashable) -> float:
    if not isinstance(answer, int | float):
        raise ValueError(f"An ordered scale wants numbers, not {answer!r}; severities are 1, 2 and 3.")
    return float(answer)


def _apart(values: Sequence[Hashable], totals: Table, scale: Scale) -> Table:
    """Squared distances between the values, as Krippendorff defines them for each scale."""
    if scale is Scale.NOMINAL:
        return 1 - np.eye(len(values))
    if scale is Scale.ORDINAL:
        # Between the middles of two grades lie half of each and all that is graded between them.
        at = np.cumsum(totals) - totals / 2
        return (at[:, None] - at[None, :]) ** 2
    at = np.array([_number(value) for value in values])
    between = at[:, None] - at[None, :]
    if scale is Scale.RATIO:
        sums = at[:, None] + at[None, :]
        between = np.divide(between, sums, out=np.zeros_like(between), where=sums != 0)
    squared: Table = between**2
    return squared


def _coincidences(photo: Sequence[Hashable], names: Mapping[Hashable, int]) -> Table:
    counts = np.bincount([names[a] for a in photo], minlength=len(names)).astype(float)
    return (np.outer(counts, counts) - np.diag(counts)) / (len(photo) - 1)


class Gate(StrEnum):
    """Whether agreement is good enough, or cannot be told yet."""

    PASSED = "passed"
    FAILED = "failed"
    TOO_FEW = "too few"


def gate(agreement: Agreement, wanted: float = 0.6, rejects: int = 30) -> Gate:
    """Positive agreement of at least `wanted`, once at least this many photos were rejected by either."""
    if agreement.rejects < rejects or agreement.positive is None:
        return Gate.TOO_FEW
    return Gate.PASSED if agreement.positive >= wanted else Gate.FAILED
