"""The halo: old background left in the colour of edge pixels."""

from dataclasses import replace

import numpy as np
import pytest

from processing.imaging.checks.halo import CHECK
from tests.images import BLACK, BLUE, GREEN, RED, WHITE
from tests.processing.imaging.damages import (
    assert_worse_step_by_step,
    drawn,
    flagged,
    fringed,
    perfect,
    reading,
)


@pytest.mark.parametrize(
    ("colour", "background"), [(RED, WHITE), (WHITE, BLACK), (BLACK, WHITE), (BLUE, GREEN), (WHITE, GREEN)]
)
def test_it_grows_with_the_background_in_the_fringe(
    colour: tuple[int, int, int], background: tuple[int, int, int]
) -> None:
    assert_worse_step_by_step(CHECK, fringed, [0.15, 0.4, 0.9], drawn(colour=colour, background=background))


def test_the_photos_own_edge_pixels_are_a_halo() -> None:
    shot = drawn()
    assert flagged(CHECK, replace(perfect(shot), cutout=shot.frame.with_alpha(shot.alpha)))


def test_an_edge_darker_than_the_inside_is_no_halo_on_white() -> None:
    """Leaning away from the background is not the background's colour."""
    whole = perfect(drawn(colour=(120, 120, 120), background=WHITE))
    rgb = whole.cutout.rgb.copy()
    rgb[(whole.full_alpha > 0) & (whole.full_alpha < 255)] //= 2
    assert reading(CHECK, replace(whole, cutout=whole.cutout.with_rgb(rgb))) < CHECK.limit.flag / 3


def test_an_edge_without_soft_pixels_has_no_reading() -> None:
    whole = perfect()
    hard = whole.cutout.with_alpha(np.where(whole.full_alpha > 127, 255, 0).astype(np.uint8))
    assert CHECK.measure(replace(whole, cutout=hard)) is None
