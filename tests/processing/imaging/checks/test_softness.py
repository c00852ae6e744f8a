"""The soft fraction: half-transparent pixels for each pixel of outline."""

from dataclasses import replace

import numpy as np

from processing.imaging.checks.softness import CHECK
from tests.processing.imaging.damages import assert_worse_step_by_step, drawn, mushy, perfect, weakened


def test_it_grows_with_the_width_of_the_edge() -> None:
    assert_worse_step_by_step(CHECK, mushy, [1, 2, 4, 8])


def test_it_grows_with_an_undecided_region() -> None:
    assert_worse_step_by_step(CHECK, weakened, [0.02, 0.1, 0.3])


def test_an_empty_cutout_has_no_outline() -> None:
    nothing = drawn().frame.with_alpha(np.zeros((320, 400), np.uint8))
    assert CHECK.measure(replace(perfect(), cutout=nothing)) is None
