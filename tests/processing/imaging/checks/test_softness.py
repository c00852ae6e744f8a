"""The soft fraction: half-transparent pixels for each pixel of outline."""

from dataclasses import replace

import numpy as np
import pytest

from processing.imaging.checks.softness import CHECK
from processing.imaging.frame import Frame
from tests.processing.imaging.damages import assert_worse_step_by_step, drawn, mushy, perfect, reading, weakened


def test_it_grows_with_the_width_of_the_edge() -> None:
    assert_worse_step_by_step(CHECK, mushy, [1, 2, 4, 8])


def test_it_grows_with_an_undecided_region() -> None:
    assert_worse_step_by_step(CHECK, weakened, [0.02, 0.1, 0.3])


def test_a_lens_that_the_photo_came_with_is_no_doubt() -> None:
    shot, sound = drawn(), perfect()
    lens = shot.alpha.copy()
    lens[140:180, 180:220] = 200

    def softness(frame: Frame) -> float:
        return reading(CHECK, replace(sound, cutout=frame))

    assert softness(shot.frame.with_given(lens)) == pytest.approx(reading(CHECK, sound), rel=0.1)
    assert softness(shot.frame.with_alpha(lens)) > 2 * reading(CHECK, sound)
    lens[140:180, 180:220] = np.random.default_rng(1).integers(150, 230, (40, 40))
    assert softness(shot.frame.with_given(lens)) > 2 * reading(CHECK, sound), "uneven is mush, wherever it comes from"


def test_an_empty_cutout_has_no_outline() -> None:
    nothing = drawn().frame.with_alpha(np.zeros((320, 400), np.uint8))
    assert CHECK.measure(replace(perfect(), cutout=nothing)) is None
