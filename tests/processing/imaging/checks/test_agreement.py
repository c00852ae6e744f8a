"""Edge agreement: the outline lies where the photo shows an edge."""

import pytest

from processing.imaging.checks.agreement import CHECK
from tests.images import BLACK, WHITE
from tests.processing.imaging.damages import Damage, dilated, drawn, eroded, flagged, lost, perfect, reading


@pytest.mark.parametrize("damage", [eroded, dilated])
def test_an_outline_beside_the_edge_does_not_agree(damage: Damage) -> None:
    """Within the filter's reach of a few pixels it still does; further off, only grain is left to agree with."""
    whole = perfect()
    near, far = reading(CHECK, damage(whole, 1)), reading(CHECK, damage(whole, 12))
    assert reading(CHECK, whole) >= near > 0.9
    assert far < 0.2 and flagged(CHECK, damage(whole, 12))


def test_it_falls_with_the_length_of_the_cut_through_the_product() -> None:
    whole = perfect()
    assert reading(CHECK, whole) > reading(CHECK, lost(whole, 0.5)) > reading(CHECK, lost(whole, 0.9))


COLOURS = [
    (BLACK, WHITE),
    (WHITE, BLACK),
    ((60, 60, 60), (90, 90, 90)),
    ((0, 0, 255), (255, 0, 0)),
    ((255, 140, 0), (120, 135, 140)),
]


@pytest.mark.parametrize(("colour", "background"), COLOURS)
def test_a_right_outline_agrees_on_any_backdrop(colour: tuple[int, int, int], background: tuple[int, int, int]) -> None:
    assert not flagged(CHECK, perfect(drawn(colour=colour, background=background)))


def test_an_edge_that_cannot_be_seen_is_flagged() -> None:
    assert flagged(CHECK, perfect(drawn(colour=(250, 250, 250), background=WHITE, texture=0.5)))
