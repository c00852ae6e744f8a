"""The matrix of damages and checks: each damage is caught by its check, and tells nothing about the others."""

import pytest

from processing.imaging.checks import CHECKS, default_limits, measure_all
from processing.imaging.evidence import Evidence
from processing.imaging.verdict import judge
from tests.processing.imaging import damages
from tests.processing.imaging.damages import Damage, perfect

# The damage and its strength, the checks that must catch it, and those that may as well, being about the same thing.
MATRIX: list[tuple[Damage, float, set[str], set[str]]] = [
    (damages.eroded, 12, {"agreement"}, {"coverage"}),
    # Background inside the mask has not the product's grain, colours or edge.
    (damages.dilated, 12, {"agreement"}, {"sharpness", "fidelity", "halo"}),
    (damages.punched, 0.2, {"holes"}, {"agreement"}),
    (damages.weakened, 0.2, {"stability", "softness"}, {"holes"}),
    (damages.with_island, 0.05, {"islands"}, {"agreement"}),
    (damages.with_residue, 0.05, {"specks"}, {"softness", "purity"}),
    (damages.with_specks, 25, {"specks"}, {"agreement"}),
    (damages.mushy, 10, {"softness", "stability"}, {"halo"}),
    (damages.lost, 0.97, {"coverage"}, {"agreement", "sharpness"}),
    (damages.against_the_frame, 40, {"border"}, set()),
    (damages.fringed, 0.9, {"halo"}, set()),
    (damages.tinted, 6, {"fidelity"}, {"halo", "sharpness"}),
    (damages.blurred, 2, {"sharpness"}, {"fidelity", "halo"}),
    (damages.greyed, 0.3, {"purity"}, set()),
    (damages.off_centre, 0.3, {"centring"}, {"fill"}),
    (damages.small_on_canvas, 0.5, {"fill"}, set()),
    (damages.hesitant, 0.6, {"certainty"}, {"first_look"}),
    # The detailed model's mask is the one whose certainty is read.
    (damages.disputed, 0.3, {"disagreement"}, {"certainty"}),
    (damages.wavering, 0.3, {"variation"}, set()),
    (damages.half_dressed, 0.5, {"mannequin"}, set()),
    (damages.misjoined, 0.9, {"joint_fit"}, set()),
    (damages.wrongly_lit, 14, {"joint_colour"}, set()),
]
NAMES = [damage.__name__ for damage, *_ in MATRIX]


def caught_by(evidence: Evidence) -> set[str]:
    """The checks whose reading goes past their own limits."""
    return {reason.check for reason in judge(measure_all(evidence), default_limits()).reasons}


def test_a_perfect_cutout_is_caught_by_none_and_read_by_all() -> None:
    assert caught_by(perfect()) == set()
    assert [name for name, value in measure_all(perfect()).items() if value is None] == []


@pytest.mark.parametrize(("damage", "strength", "catches", "may"), MATRIX, ids=NAMES)
def test_a_damage_is_caught_by_its_check_and_no_stranger(
    damage: Damage, strength: float, catches: set[str], may: set[str]
) -> None:
    registered = {check.name for check in CHECKS}
    caught = caught_by(damage(perfect(), strength))
    assert catches & registered <= caught
    assert caught <= catches | may


def test_every_check_catches_some_damage() -> None:
    """`first_look` reads what `hesitant` does to the quick model; it has its own test."""
    assert {check.name for check in CHECKS} - {"first_look"} <= set().union(*(row[2] for row in MATRIX))
