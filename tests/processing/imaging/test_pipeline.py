"""Recipes become steps, and a frame goes through them in order, each result verified."""

import numpy as np
import pytest

from processing.imaging import contract, pipeline
from processing.imaging.defaults import ROUTES, parameters_for
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.frame import Frame
from processing.imaging.steps import STEPS
from tests.images import ThresholdMatter, product_shot


class Fixed:
    """Gives the same mask value everywhere."""

    name = "fixed"
    takes_parts = False

    def __init__(self, value: float) -> None:
        self.value = value

    def mask(self, rgb: np.ndarray, whole: tuple[int, int] | None = None) -> np.ndarray:
        return np.full(rgb.shape[:2], self.value, np.float32)


@pytest.mark.parametrize("route", ROUTES)
def test_the_starting_parameters_of_every_route_are_valid(route: str) -> None:
    names = [bound.step.name for bound in pipeline.parse(parameters_for(route))]
    assert names == [step.name for step in STEPS if step.name in names]
    assert "cutout" in names


def test_steps_run_in_the_registrys_order_whatever_the_recipes() -> None:
    bound = pipeline.parse({"decontaminate": {}, "clean": {}})
    assert [item.step.name for item in bound] == ["clean", "decontaminate"]


@pytest.mark.parametrize(
    ("recipe", "code"),
    [
        ({"polish": {}}, "unknown_step"),
        ({"clean": {"shine": 1}}, "unknown_parameter"),
        ({"clean": {"island": 900.0}}, "bad_parameter"),
        ({"clean": {"island": "many"}}, "bad_parameter"),
        ({"clean": {"floor": True}}, "bad_parameter"),
        ({"clean": {"island": float("nan")}}, "bad_parameter"),
    ],
)
def test_a_bad_recipe_is_refused_with_words(recipe: dict[str, dict[str, object]], code: str) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        pipeline.parse(recipe)
    assert caught.value.code == code and caught.value.wanted


@pytest.mark.parametrize("shape", ["box", "disc", "ring"])
def test_a_drawn_product_is_cut_out(shape: str) -> None:
    shot = product_shot(shape=shape)
    result = pipeline.run(
        shot.frame, pipeline.parse(parameters_for("general")), contract.Context.always(ThresholdMatter())
    )
    assert result.frame.alpha is not None
    wrong = np.abs(result.frame.alpha.astype(int) - shot.alpha) > 127
    assert wrong.sum() < 0.015 * (shot.alpha > 127).sum()
    assert set(result.seconds) == {"cutout", "refine", "clean", "decontaminate"}
    assert result.trace.masks and result.source is not result.frame


def test_the_later_steps_run_on_a_stored_alpha_without_any_model() -> None:
    shot = product_shot()
    result = pipeline.run(
        shot.frame.with_alpha(shot.alpha),
        pipeline.parse({"decontaminate": {}}),
        contract.Context(contract.no_models),
    )
    assert result.frame.alpha is not None and (result.frame.alpha == shot.alpha).all()


def test_a_step_that_needs_a_model_says_so_where_there_is_none() -> None:
    with pytest.raises(InvalidRecipe):
        pipeline.run(product_shot().frame, pipeline.parse({"cutout": {}}), contract.Context(contract.no_models))


@pytest.mark.parametrize(("value", "code"), [(0.0, "empty_mask"), (1.0, "whole_frame_mask")])
def test_an_empty_or_whole_mask_stops_the_run_with_its_own_code(value: float, code: str) -> None:
    with pytest.raises(StepFailed) as caught:
        pipeline.run(
            product_shot().frame, pipeline.parse(parameters_for("general")), contract.Context.always(Fixed(value))
        )
    assert caught.value.code == code


def test_every_setting_can_be_shown_in_an_editor() -> None:
    for step in STEPS:
        for item in step.params.__dataclass_fields__.values():
            assert item.metadata["label"] and item.metadata["help"], (step.name, item.name)


def test_no_step_passes_a_frame_without_mask() -> None:
    frame = Frame(product_shot().rgb)
    for bound in pipeline.parse({"refine": {}, "clean": {}, "decontaminate": {}}):
        with pytest.raises(StepFailed, match="no mask"):
            bound.step.verify(frame, bound.step.apply(frame, bound.params, None), bound.params)  # type: ignore[arg-type]
