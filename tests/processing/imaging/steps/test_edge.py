"""The edge moves by the pixels that were asked for, in every direction, and neutral values change nothing."""

import numpy as np
import pytest

from processing.imaging.contract import Context, no_models
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.frame import Frame
from processing.imaging.steps.edge import STEP, moved, spread
from tests.images import product_shot

CONTEXT = Context(no_models)
SIZE, RADIUS = 240, 70


def disc(radius: float = RADIUS) -> np.ndarray:
    """A disc with an edge one pixel soft."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    return (np.clip(radius - np.hypot(x - SIZE / 2, y - SIZE / 2) + 0.5, 0, 1) * 255).astype(np.uint8)


def radius_of(alpha: np.ndarray) -> float:
    return float(np.sqrt(alpha.sum() / 255 / np.pi))


@pytest.mark.parametrize("shift", [-6.0, -2.5, -1.0, -0.25, 0.25, 0.5, 1.0, 1.75, 4.0, 12.0])
def test_a_disc_grows_and_shrinks_by_what_was_asked(shift: float) -> None:
    assert radius_of(moved(disc(), shift, 0)) == pytest.approx(RADIUS + shift, abs=max(0.12, 0.06 * abs(shift)))


def test_the_edge_moves_alike_in_every_direction() -> None:
    after = spread(disc(), 8) > 127
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5 - SIZE / 2
    angles = np.deg2rad(np.arange(0, 360, 15))
    reaches = [np.hypot(x, y)[after & (np.abs(np.arctan2(y, x) - a) < 0.05)].max() for a in angles if a < np.pi]
    assert max(reaches) - min(reaches) < 1.2
    assert np.mean(reaches) == pytest.approx(RADIUS + 8, abs=0.8)


def test_thin_straps_spread_whole_and_are_choked_away() -> None:
    alpha = np.zeros((60, 60), np.uint8)
    alpha[29:31, 10:50] = 255
    wider = moved(alpha, 3, 0)
    assert (wider[26:34, 12:48] == 255).all()
    assert not moved(alpha, -1, 0).any()


def test_feather_softens_over_its_width_and_keeps_the_middle() -> None:
    after = moved(disc(), 0, 3.0)
    row = after[SIZE // 2, SIZE // 2 :].astype(float) / 255
    width = np.argmax(row < 0.1) - np.argmax(row < 0.9)
    assert width == pytest.approx(2 * 1.2816 * 3, abs=1.5), "10 to 90 % of a Gaussian edge"
    assert radius_of(after) == pytest.approx(RADIUS, abs=0.5)


def test_a_product_cut_by_the_photo_stays_cut() -> None:
    alpha = np.zeros((80, 80), np.uint8)
    alpha[40:, 20:60] = 255
    assert (moved(alpha, -4, 0)[-1, 26:54] == 255).all(), "the photo's rim is no edge of the product"
    assert moved(alpha, -4, 2)[-1, 40] == 255


def test_neutral_values_give_back_the_very_frame() -> None:
    frame = product_shot().cutout
    bound = STEP.bind({})
    assert STEP.apply(frame, bound.params, CONTEXT) is frame


def test_a_choke_that_takes_the_product_is_refused() -> None:
    alpha = np.zeros((80, 80), np.uint8)
    alpha[30:40, 10:70] = 255
    frame = Frame(np.zeros((80, 80, 3), np.uint8), alpha)
    bound = STEP.bind({"shift": -4.0})
    with pytest.raises(StepFailed) as caught:
        STEP.verify(frame, STEP.apply(frame, bound.params, CONTEXT), bound.params)
    assert caught.value.code == "product_lost" and "%" in caught.value.measured


@pytest.mark.parametrize("params", [{"shift": 13.0}, {"feather": -1.0}, {"shift": "wide"}])
def test_a_value_out_of_its_range_is_refused(params: dict[str, object]) -> None:
    with pytest.raises(InvalidRecipe):
        STEP.bind(params)
