"""The step measures glass for the canvas; the cut-out itself stays the whole product, as the photo shows it."""

import numpy as np
import pytest

from processing.imaging.contract import Context, no_models
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.frame import Frame
from processing.imaging.steps.glass import STEP
from tests.images import BLACK, RED, product_shot

CONTEXT = Context(no_models)


def run(frame: Frame, clarity: float) -> Frame:
    bound = STEP.bind({"clarity": clarity})
    after = STEP.apply(frame, bound.params, CONTEXT)
    STEP.verify(frame, after, bound.params)
    return after


def test_without_clarity_or_without_a_product_nothing_happens() -> None:
    frame = product_shot().cutout
    empty = frame.with_alpha(np.zeros_like(frame.alpha))
    assert run(frame, 0.0) is frame
    assert run(empty, 100.0) is empty


def test_alpha_and_pixels_stay_and_the_glass_is_told() -> None:
    shot = product_shot(colour=(200, 206, 208), background=(230, 232, 233))
    frame = Frame(shot.rgb, shot.alpha)
    after = run(frame, 100.0)
    assert after.alpha is frame.alpha and after.rgb is frame.rgb
    assert after.glass is not None and after.glass.opacity[shot.alpha == 255].mean() < 128
    assert any("clear glass is" in note for note in after.notes)
    assert run(after, 0.0).glass is None


def test_an_opaque_product_stays_opaque() -> None:
    shot = product_shot(colour=RED)
    after = run(Frame(shot.rgb, shot.alpha), 100.0)
    assert after.glass is not None
    assert (after.glass.opacity[shot.alpha == 255] > 240).all()


def test_before_a_dark_backdrop_it_stays_solid_and_says_so() -> None:
    shot = product_shot(colour=RED, background=BLACK)
    after = run(Frame(shot.rgb, shot.alpha), 100.0)
    assert after.glass is None
    assert any(note.startswith("glass stays solid: the backdrop is as bright as") for note in after.notes)


def test_a_step_that_touched_the_cutout_is_refused() -> None:
    frame = product_shot().cutout
    with pytest.raises(StepFailed) as caught:
        STEP.verify(frame, frame.with_rgb(frame.rgb.copy()), STEP.bind({}).params)
    assert caught.value.code == "pixels_changed"


@pytest.mark.parametrize("clarity", [-1.0, 101.0])
def test_a_clarity_out_of_its_range_is_refused(clarity: float) -> None:
    with pytest.raises(InvalidRecipe):
        STEP.bind({"clarity": clarity})
