"""Refining brings a soft mask nearer to the truth, and never loses the product."""

import numpy as np
import pytest
from scipy import ndimage

from processing.imaging.contract import Context, no_models
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.frame import Alpha, Frame
from processing.imaging.steps import refine
from processing.imaging.steps.refine import STEP
from tests.images import Shot
from tests.processing.imaging.damages import drawn

CONTEXT = Context(no_models)


def soft(shot: Shot, sigma: float = 2.0) -> Alpha:
    """The exact alpha as a network gives it: blurred by its own small size."""
    blurred: Alpha = ndimage.gaussian_filter(shot.alpha.astype(np.float32), sigma).round().astype(np.uint8)
    return blurred


def refined(frame: Frame, **params: object) -> Alpha:
    bound = STEP.bind(params)
    after = STEP.apply(frame, bound.params, CONTEXT)
    STEP.verify(frame, after, bound.params)
    assert after.alpha is not None
    return after.alpha


def error(alpha: Alpha, shot: Shot) -> float:
    """Mean absolute error against the exact alpha, of 255."""
    return float(np.abs(alpha.astype(float) - shot.alpha).mean())


@pytest.mark.parametrize("shape", ["disc", "box", "ring", "strap"])
@pytest.mark.parametrize("radius", [0.0, 0.5])
def test_the_error_against_the_truth_falls(shape: str, radius: float) -> None:
    shot = drawn(shape)
    before = soft(shot)
    after = refined(shot.frame.with_alpha(before), radius=radius, sharpness=2.5)
    assert error(after, shot) < 0.8 * error(before, shot)


def test_the_steeper_the_narrower() -> None:
    shot = drawn()
    widths = [
        int(((alpha > 12) & (alpha < 243)).sum())
        for alpha in (refined(shot.frame.with_alpha(soft(shot)), sharpness=value) for value in (1.0, 2.0, 4.0))
    ]
    assert widths == sorted(widths, reverse=True) and widths[0] > 2 * widths[2]


def test_with_a_reach_a_mask_beside_the_edge_moves_towards_it() -> None:
    shot = drawn(texture=0.0)
    beside = np.roll(soft(shot), 3, axis=1)
    still, moved = (refined(shot.frame.with_alpha(beside), radius=radius) for radius in (0.0, 2.0))
    assert error(moved, shot) < 0.7 * error(still, shot)


def test_wholly_product_and_wholly_background_stay() -> None:
    shot = drawn()
    after = refined(shot.frame.with_alpha(soft(shot)))
    far = ndimage.distance_transform_edt(shot.alpha == 255) > 12
    outside = ndimage.distance_transform_edt(shot.alpha == 0) > 12
    assert (after[far] == 255).all() and (after[outside] == 0).all()


def test_the_picture_itself_is_not_touched() -> None:
    frame = drawn().frame.with_alpha(soft(drawn()))
    assert STEP.apply(frame, STEP.bind({}).params, CONTEXT).rgb is frame.rgb


def test_a_result_that_lost_the_product_is_refused() -> None:
    shot = drawn()
    before = shot.frame.with_alpha(shot.alpha)
    third = shot.alpha.copy()
    third[:, 160:] = 0
    with pytest.raises(StepFailed) as caught:
        STEP.verify(before, before.with_alpha(third), STEP.bind({}).params)
    assert caught.value.code == "product_lost" and caught.value.action


@pytest.mark.parametrize(
    "params", [{"sharpness": 0.5}, {"sharpness": 80.0}, {"radius": -1.0}, {"radius": 50.0}, {"epsilon": 0.0}]
)
def test_a_value_out_of_its_range_is_refused(params: dict[str, float]) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        STEP.bind(params)
    assert caught.value.code == "bad_parameter" and next(iter(params)) in caught.value.measured


def test_bands_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    shot = drawn("ring")
    frame = shot.frame.with_alpha(soft(shot, 3.0))

    def run(band: int) -> Alpha:
        monkeypatch.setattr(refine, "BAND", band)
        return refined(frame, radius=1.5).astype(int)

    assert np.abs(run(1000) - run(23)).max() <= 1
    assert np.abs(run(23) - frame.alpha).max() > 20
