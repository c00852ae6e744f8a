"""Sharpness: fine detail of the source that the output has lost."""

from processing.imaging.checks.sharpness import CHECK
from tests.processing.imaging.damages import (
    assert_worse_step_by_step,
    blurred,
    drawn,
    eroded,
    flagged,
    perfect,
    reading,
)


def test_it_grows_with_the_blur() -> None:
    assert_worse_step_by_step(CHECK, blurred, [0.4, 0.7, 2], drawn(texture=8.0))


def test_a_blur_of_two_pixels_loses_nearly_everything() -> None:
    assert reading(CHECK, blurred(perfect(drawn(texture=8.0)), 2)) > 0.9


def test_a_smooth_product_cannot_lose_what_it_has_not() -> None:
    assert not flagged(CHECK, blurred(perfect(drawn(texture=0.0)), 2))


def test_a_sliver_has_no_reading() -> None:
    assert CHECK.measure(eroded(perfect(), 90)) is None
