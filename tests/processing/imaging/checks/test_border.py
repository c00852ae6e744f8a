"""Border contact: the product reaches the edge of the photo."""

import pytest

from processing.imaging.checks.border import CHECK
from tests.processing.imaging.damages import against_the_frame, assert_worse_step_by_step, drawn, perfect, reading


def test_it_grows_with_what_the_camera_cut_off() -> None:
    assert_worse_step_by_step(CHECK, against_the_frame, [5, 15, 40])


def test_it_is_the_share_of_all_four_sides() -> None:
    """A box of 60 % of each side, cut by the left side only: 192 of 2 x (320 + 300) pixels."""
    cut = against_the_frame(perfect(drawn("box")), 20)
    height, width = cut.full_alpha.shape
    assert reading(CHECK, cut) == pytest.approx(100 * 192 / (2 * (height + width)), rel=0.02)
