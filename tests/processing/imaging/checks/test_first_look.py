"""The first look: how sure the quick model was."""

from dataclasses import replace

from processing.imaging.checks.first_look import CHECK
from processing.imaging.contract import Trace
from tests.processing.imaging.damages import assert_worse_step_by_step, hesitant, perfect


def test_it_falls_as_the_quick_model_hesitates() -> None:
    assert_worse_step_by_step(CHECK, hesitant, [0.02, 0.1, 0.3])


def test_a_run_without_models_has_no_first_look() -> None:
    assert CHECK.measure(replace(perfect(), trace=Trace())) is None
