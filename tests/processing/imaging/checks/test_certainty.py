"""Mask certainty: high for a decided mask, falling as the model hesitates."""

from dataclasses import replace

from processing.imaging.checks.certainty import CHECK
from processing.imaging.contract import Trace
from tests.processing.imaging.damages import assert_worse_step_by_step, hesitant, perfect, reading


def test_it_falls_as_the_models_hesitate() -> None:
    assert_worse_step_by_step(CHECK, hesitant, [0.005, 0.02, 0.05, 0.1])


def test_it_is_the_last_model_that_counts() -> None:
    whole = perfect()
    unsure = hesitant(whole, 0.3).trace.masks["u2net"]
    masks = {"u2net": unsure, "isnet": whole.trace.masks["isnet"]}
    assert reading(CHECK, replace(whole, trace=Trace(masks=masks))) == reading(CHECK, whole)


def test_without_a_mask_there_is_no_reading() -> None:
    assert CHECK.measure(replace(perfect(), trace=Trace())) is None
