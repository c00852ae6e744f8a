"""Disagreement: the share of the product that only one of the models saw."""

from dataclasses import replace

import pytest

from processing.imaging.checks.disagreement import CHECK
from processing.imaging.contract import Trace
from tests.processing.imaging.damages import assert_worse_step_by_step, disputed, perfect, reading


def test_it_grows_with_the_part_that_one_model_lost() -> None:
    assert_worse_step_by_step(CHECK, disputed, [0.05, 0.15, 0.3])


def test_it_is_told_in_per_cent_of_what_the_detailed_model_found() -> None:
    assert reading(CHECK, disputed(perfect(), 0.5)) == pytest.approx(100, abs=8)


def test_a_run_with_one_model_has_none() -> None:
    assert CHECK.measure(replace(perfect(), trace=Trace())) is None
