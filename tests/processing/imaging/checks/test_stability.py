"""Stability: the shape must not depend on where the mask is cut."""

from dataclasses import replace

import numpy as np

from processing.imaging.checks.stability import CHECK
from tests.processing.imaging.damages import assert_worse_step_by_step, drawn, mushy, perfect, weakened


def test_it_falls_with_an_undecided_region() -> None:
    assert_worse_step_by_step(CHECK, weakened, [0.01, 0.05, 0.2])


def test_it_falls_with_a_mushy_edge() -> None:
    assert_worse_step_by_step(CHECK, mushy, [2, 5, 10])


def test_an_empty_cutout_has_no_shape() -> None:
    nothing = drawn().frame.with_alpha(np.zeros((320, 400), np.uint8))
    assert CHECK.measure(replace(perfect(), cutout=nothing)) is None
