"""The risk is a chance: within 0 to 1, rising on each reading's bad side, silent about what was not measured."""

import math

import pytest

from processing.imaging.checks import CHECKS
from processing.imaging.risk import FAINT, MODEL, REACH, Term, risk_of

BACK = {"plain": float, "log": math.expm1, "doubt": lambda taken: 1 + FAINT - math.exp(taken)}
USUAL = {name: BACK[term.scale](term.usual) for name, term in MODEL.items()}


def worse(name: str, spreads: float) -> dict[str, float]:
    """All readings usual, one of them ``spreads`` away on the side that its weight calls bad."""
    term = MODEL[name]
    moved = term.usual + math.copysign(spreads, term.weight) * term.spread
    return {**USUAL, name: BACK[term.scale](moved)}


def test_it_reads_registered_checks_only() -> None:
    assert set(MODEL) <= {check.name for check in CHECKS}
    assert MODEL


@pytest.mark.parametrize("name", MODEL)
def test_its_terms_are_sound(name: str) -> None:
    term = MODEL[name]
    assert term.spread > 0 and all(math.isfinite(value) for value in (term.weight, term.usual, term.spread))


@pytest.mark.parametrize("name", [name for name in MODEL if abs(MODEL[name].weight) > 0])
def test_it_rises_on_the_bad_side_of_a_reading_and_falls_on_the_other(name: str) -> None:
    usual = risk_of(USUAL)[0]
    assert risk_of(worse(name, 1))[0] > usual
    assert risk_of(worse(name, 2))[0] > risk_of(worse(name, 1))[0]


@pytest.mark.parametrize("value", [-1e12, 0.0, 1e12])
def test_no_reading_however_wild_leaves_the_range(value: float) -> None:
    risk, _ = risk_of(dict.fromkeys(MODEL, value))
    assert 0 < risk < 1


def test_what_was_not_measured_says_nothing() -> None:
    nothing, drivers = risk_of({})
    assert nothing == risk_of(dict.fromkeys(MODEL))[0] == risk_of({"unknown": 7.0})[0]
    assert drivers == ()
    assert nothing == pytest.approx(risk_of(USUAL)[0]), "the usual is where a reading neither helps nor harms"


def test_the_drivers_are_those_that_raised_it_the_heaviest_first() -> None:
    name = max(MODEL, key=lambda key: abs(MODEL[key].weight))
    assert risk_of(worse(name, 2))[1] == (name,)
    everything = {key: worse(key, 3)[key] for key in MODEL}
    found = risk_of(everything)[1]
    assert len(found) == min(3, len(MODEL)) and found[0] == name


def test_a_term_is_bounded_and_its_logarithm_takes_any_value() -> None:
    plain, log, doubt = Term(1.0, 2.0, 0.5), Term(1.0, 0.0, 1.0, "log"), Term(1.0, 0.0, 1.0, "doubt")
    assert plain.distance(2.0) == 0
    assert plain.distance(2.5) == 1
    assert (plain.distance(1e9), plain.distance(-1e9)) == (REACH, -REACH)
    assert log.distance(-5.0) == 0
    assert log.distance(math.e - 1) == pytest.approx(1)
    assert doubt.distance(0.7) > doubt.distance(0.9) > doubt.distance(1.0) == doubt.distance(2.0)
    assert doubt.distance(0.0) == pytest.approx(math.log(1 + FAINT))
