"""Coverage: how much of the photo is product."""

import pytest

from processing.imaging.checks.coverage import CHECK
from tests.processing.imaging.damages import assert_worse_step_by_step, drawn, flagged, lost, perfect, reading


def test_it_falls_as_the_product_is_lost() -> None:
    assert_worse_step_by_step(CHECK, lost, [0.3, 0.6, 0.97])


def test_it_is_the_products_area_over_the_photos() -> None:
    assert reading(CHECK, perfect(drawn("box"))) == pytest.approx(36, abs=0.5)


def test_a_product_taken_from_far_away_is_flagged() -> None:
    assert flagged(CHECK, perfect(drawn(fill=0.1)))
