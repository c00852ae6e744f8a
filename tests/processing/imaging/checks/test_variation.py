"""Variation: the share of the product that a model loses when it is shown the photo otherwise."""

from dataclasses import replace

import pytest

from processing.imaging.checks.variation import CHECK
from processing.imaging.contract import Trace
from tests.processing.imaging.damages import assert_worse_step_by_step, perfect, reading, wavering


def test_it_grows_with_the_part_that_another_look_lost() -> None:
    assert_worse_step_by_step(CHECK, wavering, [0.05, 0.15, 0.3])


def test_it_is_told_in_per_cent_of_the_mask_that_stays() -> None:
    assert reading(CHECK, wavering(perfect(), 0.25)) == pytest.approx(25, abs=4)


def test_a_run_whose_first_look_was_sure_enough_has_none() -> None:
    assert CHECK.measure(replace(perfect(), trace=Trace())) is None
