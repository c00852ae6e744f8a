"""The soft fraction: half-transparent pixels for each pixel of outline."""

from dataclasses import replace

import numpy as np
import pytest

from processing.imaging.checks.softness import CHECK
from processing.imaging.frame import Alpha
from tests.processing.imaging.damages import assert_worse_step_by_step, drawn, mushy, perfect, reading, weakened


def test_it_grows_with_the_width_of_the_edge() -> None:
    assert_worse_step_by_step(CHECK, mushy, [1, 2, 4, 8])


def test_it_grows_with_an_undecided_region() -> None:
    assert_worse_step_by_step(CHECK, weakened, [0.02, 0.1, 0.3])


def test_a_lens_that_the_photo_came_with_is_no_doubt() -> None:
    shot, sound = drawn(), perfect()
    lens, mush = shot.alpha.copy(), shot.alpha.copy()
    lens[140:180, 180:220] = 200
    mush[(shot.alpha > 0) & (np.arange(400) < 200)] = 120

    def softness(alpha: Alpha, own: Alpha | None) -> float:
        source = replace(shot.frame, own=own)
        return reading(CHECK, replace(sound, source=source, cutout=source.with_alpha(alpha)))

    assert softness(lens, lens) == pytest.approx(reading(CHECK, sound), rel=0.1)
    assert softness(lens, None) > 2 * reading(CHECK, sound)
    assert softness(mush, mush) > 2 * reading(CHECK, sound), "a veil, or a shadow with a hard edge: somebody must look"


def test_an_empty_cutout_has_no_outline() -> None:
    nothing = drawn().frame.with_alpha(np.zeros((320, 400), np.uint8))
    assert CHECK.measure(replace(perfect(), cutout=nothing)) is None
