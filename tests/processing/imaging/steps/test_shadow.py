"""The step only says which shadow there is to be; no pixel of the cut-out changes."""

import pytest

from processing.imaging.contract import Context, no_models
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.steps.shadow import STEP
from tests.images import product_shot

CONTEXT = Context(no_models)


def test_without_a_kind_or_a_density_there_is_none() -> None:
    frame = product_shot().cutout
    for values in ({}, {"kind": "none"}, {"kind": "drop", "density": 0.0}):
        assert STEP.apply(frame, STEP.bind(values).params, CONTEXT) is frame


def test_the_frame_carries_the_shadow_in_shares() -> None:
    frame = product_shot().cutout
    bound = STEP.bind({"kind": "cast", "density": 50.0, "softness": 25.0, "direction": 360.0, "length": 10.0})
    after = STEP.apply(frame, bound.params, CONTEXT)
    STEP.verify(frame, after, bound.params)
    assert after.shadow is not None
    assert (after.shadow.kind, after.shadow.density, after.shadow.softness) == ("cast", 0.5, 0.25)
    assert (after.shadow.direction, after.shadow.length) == (0.0, 0.1)


def test_a_step_that_touched_the_cutout_is_refused() -> None:
    frame = product_shot().cutout
    with pytest.raises(StepFailed) as caught:
        STEP.verify(frame, frame.with_rgb(frame.rgb.copy()), STEP.bind({}).params)
    assert caught.value.code == "pixels_changed"


@pytest.mark.parametrize("values", [{"kind": "glow"}, {"density": 101.0}, {"direction": -1.0}])
def test_a_value_out_of_its_range_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(InvalidRecipe):
        STEP.bind(values)
