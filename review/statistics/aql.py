"""MIL-STD-105E / Z1.4 single sampling tables, generated from their rule rather than retyped.

An arrow moves to the neighbouring code letter and takes its sample size as well as its numbers; public tables
that keep the nominal size are wrong. ISO 2859-1:1999 differs in its reduced plans: do not mix the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LETTERS = "ABCDEFGHJKLMNPQRS"
AQLS = (  # per cent, or defects a hundred items
    *(0.010, 0.015, 0.025, 0.040, 0.065, 0.10, 0.15, 0.25, 0.40, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0),
    *(15.0, 25.0, 40.0, 65.0, 100.0, 150.0, 250.0, 400.0, 650.0, 1000.0),
)
LEVELS = ("S1", "S2", "S3", "S4", "I", "II", "III")

# Table I: the largest lot of a row, and its letters in the order of LEVELS; the last row has no upper end.
_CODE_LETTERS: tuple[tuple[int | None, str], ...] = (
    (8, "AAAAAAB"),
    (15, "AAAAABC"),
    (25, "AABBBCD"),
    (50, "ABBCCDE"),
    (90, "BBCCCEF"),
    (150, "BBCDDFG"),
    (280, "BCDEEGH"),
    (500, "BCDEFHJ"),
    (1200, "CCEFGJK"),
    (3200, "CDEGHKL"),
    (10000, "CDFGJLM"),
    (35000, "CDFHKMN"),
    (150000, "DEGJLNP"),
    (500000, "DEGJMPQ"),
    (None, "DEHKNQR"),
)
_NORMAL_SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000)
_TIGHTENED_SIZES = (*_NORMAL_SIZES, 3150)
_REDUCED_SIZES = (2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800)
# The rule was compared with the standard's reduced table up to here only.
_LARGEST_REDUCED = 10.0


class Inspection(StrEnum):
    """How hard a stream is inspected."""

    NORMAL = "normal"
    TIGHTENED = "tightened"
    REDUCED = "reduced"


@dataclass(frozen=True)
class Plan:
    """Take `sample`, accept up to `accept` defects, reject from `reject`; letter is that of the plan used.

    Between the two (reduced inspection only) the lot is accepted and the stream goes back to normal.
    """

    letter: str
    sample: int
    accept: int
    reject: int
    whole_lot: bool = False


@dataclass(frozen=True)
class _Rule:
    """A table: the diagonal of Ac = 0, (Ac, Re) from k = 3 up, the extra ones of letters A to E, sizes."""

    zero: int
    numbers: tuple[tuple[int, int], ...]
    small_letters: tuple[tuple[int, int], ...]
    sizes: tuple[int, ...]


def _next(*accepts: int) -> tuple[tuple[int, int], ...]:
    return tuple((accept, accept + 1) for accept in accepts)


_RULES: Mapping[Inspection, _Rule] = {
    Inspection.NORMAL: _Rule(14, _next(1, 2, 3, 5, 7, 10, 14, 21), _next(30, 44), _NORMAL_SIZES),
    Inspection.TIGHTENED: _Rule(15, _next(1, 2, 3, 5, 8, 12, 18), _next(27, 41), _TIGHTENED_SIZES),
    Inspection.REDUCED: _Rule(
        14, ((0, 2), (1, 3), (1, 4), (2, 5), (3, 6), (5, 8), (7, 10), (10, 13)), (), _REDUCED_SIZES
    ),
}


def code_letter(lot: int, level: str = "II") -> str:
    """A lot's code letter at an inspection level (Table I); ValueError below two or for no such level."""
    if lot < 2:
        raise ValueError(f"A lot of {lot}: the tables begin at 2.")
    if level not in LEVELS:
        raise ValueError(f"No inspection level {level!r}: there are {', '.join(LEVELS)}.")
    row = next(letters for largest, letters in _CODE_LETTERS if largest is None or lot <= largest)
    return row[LEVELS.index(level)]


def master_plan(letter: str, aql: float, inspection: Inspection = Inspection.NORMAL) -> Plan:
    """The table's cell with its arrows resolved. `aql` in per cent, one of AQLS.

    k = a - (14 - r) for normal and reduced, a - (15 - r) for tightened, with a and r the places of AQL and
    letter: k = 0 is 0/1, 1 and 2 are arrows, from 3 the numbers rise, below 0 is an arrow down, beyond the
    end one up.
    """
    column, row, rule = _column(aql, inspection), _row(letter), _RULES[inspection]
    seen: set[int] = set()
    while row not in seen:
        seen.add(row)
        step = _arrow(column, row, inspection)
        if step == 0:
            accept, reject = _numbers(rule, column, row)
            return Plan(LETTERS[row], rule.sizes[row], accept, reject)
        row = min(max(row + step, 0), len(rule.sizes) - 1)
    raise ValueError(f"The {inspection} table holds no plan for letter {letter} at an AQL of {aql:g}.")


def lot_plan(lot: int, aql: float, inspection: Inspection = Inspection.NORMAL, level: str = "II") -> Plan:
    """The plan for a lot; where the sample reaches the lot's size, all of it is inspected."""
    plan = master_plan(code_letter(lot, level), aql, inspection)
    if plan.sample < lot:
        return plan
    return Plan(plan.letter, lot, plan.accept, plan.reject, whole_lot=True)


def _column(aql: float, inspection: Inspection) -> int:
    if inspection is Inspection.REDUCED and aql > _LARGEST_REDUCED:
        raise ValueError(f"Reduced plans are known here up to an AQL of {_LARGEST_REDUCED:g} %, not {aql:g} %.")
    if aql not in AQLS:
        raise ValueError(f"No AQL of {aql:g} % in the tables: choose from {', '.join(f'{a:g}' for a in AQLS)}.")
    return AQLS.index(aql)


def _row(letter: str) -> int:
    if len(letter) != 1 or letter not in LETTERS[:-1]:
        raise ValueError(f"No code letter {letter!r}: there are A to R without I and O.")
    return LETTERS.index(letter)


def _all_numbers(rule: _Rule, row: int) -> tuple[tuple[int, int], ...]:
    return rule.numbers + (rule.small_letters if row <= LETTERS.index("E") else ())


def _numbers(rule: _Rule, column: int, row: int) -> tuple[int, int]:
    place = column - (rule.zero - row)
    return (0, 1) if place == 0 else _all_numbers(rule, row)[place - 3]


def _arrow(column: int, row: int, inspection: Inspection) -> int:
    """-1 for an arrow up, 1 for one down, 0 for a plan."""
    rule = _RULES[inspection]
    place = column - (rule.zero - row)
    if place == 0 and not (inspection is Inspection.TIGHTENED and row == 0):
        return 0
    if place == 1 and inspection is not Inspection.TIGHTENED and row > 0:
        return -1
    if place <= 2:
        return 1
    return 0 if place - 3 < len(_all_numbers(rule, row)) else -1
