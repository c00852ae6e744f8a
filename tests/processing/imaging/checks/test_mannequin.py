"""The check mannequin: what the step measured, and nothing where no mannequin was taken."""

from dataclasses import replace

from processing.imaging.checks.mannequin import CHECK
from processing.imaging.contract import Trace
from processing.imaging.verdict import judge
from tests.processing.imaging.damages import perfect


def test_it_tells_what_the_step_measured_and_flags_beyond_its_limit() -> None:
    good, bad = (replace(perfect(), trace=Trace(numbers={"mannequin_left": value})) for value in (0.5 * 0.2, 1.5 * 0.2))
    assert CHECK.measure(good) == 0.5 * 0.2
    words = [judge({CHECK.name: CHECK.measure(one)}, {CHECK.name: CHECK.limit}).verdict for one in (good, bad)]
    assert words == ["pass", "flag"]


def test_a_photo_without_a_mannequin_has_none() -> None:
    assert CHECK.measure(replace(perfect(), trace=Trace())) is None
