"""Colour differences agree with the published values."""

import numpy as np
import pytest

from processing.imaging import colour

# Sharma, Wu, Dalal 2005, table 1.
PAIRS = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, 2.8361, -74.0200), (50, 0, -82.7485), 3.4412),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS)
def test_ciede2000_gives_the_published_values(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    a, b = np.array(one), np.array(other)
    assert colour.ciede2000(a, b) == pytest.approx(expected, abs=1e-4)
    assert colour.ciede2000(b, a) == pytest.approx(expected, abs=1e-4)


def test_lab_of_known_colours() -> None:
    pixels = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0]], np.uint8)
    expected = [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]]
    assert colour.lab(pixels) == pytest.approx(np.array(expected), abs=0.05)


def test_lab_comes_back_as_the_srgb_that_it_was() -> None:
    every = np.stack(np.meshgrid(*3 * [np.arange(0, 256, 15, dtype=np.uint8)], indexing="ij"), axis=-1)
    assert np.abs(colour.srgb(colour.lab(every)).astype(int) - every).max() <= 1
    assert colour.srgb(np.array([120.0, 0, 0], np.float32)).tolist() == [255, 255, 255]
