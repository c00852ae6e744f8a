"""Replaying: one photo through single changes of its recipe, with models asked the same thing only once."""

import numpy as np
import pytest

from processing.imaging import pipeline, replay
from processing.imaging.contract import Context, Mask
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Alpha, Pixels
from processing.imaging.replay import Change
from processing.imaging.steps import STEPS
from tests.images import ThresholdMatter, product_shot

REST = {"shift": 0.0, "feather": 0.0}
RECIPE = {"cutout": {"effort": "quick"}, "refine": {}, "clean": {}, "edge": REST}


class Counting(ThresholdMatter):
    """A threshold that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def mask(self, rgb: Pixels, whole: tuple[int, int] | None = None) -> Mask:
        self.asked += 1
        return super().mask(rgb, whole)


def replayed(recipe: dict, tried: list[Change], shape: str = "ring") -> dict[str, Alpha]:
    """Masks by the change's key, "" for the recipe as it is."""
    found = replay.masks(product_shot(shape=shape).frame, recipe, tried, Context.always(ThresholdMatter()))
    return {change.key if change else "": mask for change, mask in found}


def test_each_change_gives_what_a_run_of_the_changed_recipe_gives() -> None:
    tried = replay.changes(RECIPE)
    masks = replayed(RECIPE, tried)
    source = product_shot(shape="ring").frame
    for change in tried:
        steps = pipeline.parse(change.on(RECIPE))
        alone = pipeline.run(source, steps, Context.always(ThresholdMatter())).frame.alpha
        assert np.array_equal(masks[change.key], alone), change.key
    assert set(masks) == {"", *(change.key for change in tried)}


def test_changes_do_something() -> None:
    close, spread = Change("clean", "hole", 5.0), Change("edge", "shift", 2.0)
    masks = replayed({**RECIPE, "clean": {"hole": 0.0}}, [close, spread], shape="strap")
    assert np.count_nonzero(masks[spread.key]) > np.count_nonzero(masks[""])
    assert not np.array_equal(masks[close.key], masks[spread.key])


def test_only_steps_of_the_recipe_are_changed_and_never_to_what_they_have() -> None:
    tried = replay.changes({"cutout": {}, "clean": {"hole": 0.1}})
    assert {change.step for change in tried} == {"cutout", "clean"}
    assert Change("clean", "hole", 0.1) not in tried
    assert Change("clean", "hole", 0.02) in tried
    assert Change("clean", "island", 2.0) not in tried, "the value that the step has by itself"


def test_what_is_tried_is_within_what_the_step_takes() -> None:
    everything = {step.name: {} for step in STEPS}
    tried = replay.changes(everything)
    assert len(tried) > 15
    for change in tried:
        pipeline.parse(change.on(everything))


def test_models_answer_the_same_question_once() -> None:
    matter = Counting()
    tried = [change for change in replay.changes(RECIPE) if change.step != "cutout"]
    list(replay.masks(product_shot().frame, RECIPE, tried, Context.always(matter)))
    assert matter.asked == 1


def test_models_are_asked_again_about_another_picture() -> None:
    matter = Counting()
    once = replay.asking_once(Context.always(matter))
    for colour in ((10, 20, 30), (10, 20, 31), (10, 20, 30)):
        once.matter("any").mask(np.full((8, 8, 3), colour, np.uint8))
    once.matter("any").mask(np.full((8, 8, 3), (10, 20, 30), np.uint8), (16, 16))
    assert matter.asked == 3


@pytest.mark.parametrize("background", [(255, 255, 255), (196, 40, 44)])
def test_a_fault_is_told_and_ends_nothing_else(background: tuple[int, int, int]) -> None:
    shot = product_shot(background=background, texture=0.0)
    masks = dict(replay.masks(shot.frame, RECIPE, [Change("clean", "hole", 0.5)], Context.always(ThresholdMatter())))
    failed = {change: isinstance(mask, StepFailed) for change, mask in masks.items()}
    assert set(failed.values()) == {background == (196, 40, 44)}
    assert len(failed) == 2
