"""Pictures that fill their frame, cut to a marketplace's shape."""

import numpy as np
import pytest

from processing.imaging.framing import TooSmall, framed

WIDE = np.arange(1200 * 800 * 3, dtype=np.uint32).reshape(800, 1200, 3).astype(np.uint8)


@pytest.mark.parametrize(
    ("box", "left"), [((100, 300, 250, 600), 0), ((550, 300, 750, 600), 250), ((1000, 0, 1150, 500), 400)]
)
def test_it_is_cut_around_what_it_shows(box: tuple[int, int, int, int], left: int) -> None:
    made = framed(WIDE, box, (2000, 2000), 500)
    assert (made.rgb == WIDE[:, left : left + 800]).all() and made.notes == ("cut to shape around the product",)


def test_it_is_reduced_and_never_enlarged() -> None:
    assert framed(WIDE, (500, 300, 700, 600), (600, 600), 500).rgb.shape == (600, 600, 3)
    assert framed(WIDE, (500, 300, 700, 600), (1801, 2600), 500).rgb.shape == (800, 554, 3)
    with pytest.raises(TooSmall, match="800 x 800 px in this shape"):
        framed(WIDE, (500, 300, 700, 600), (2000, 2000), 900)


def test_what_a_cut_would_lose_stands_between_white_bars() -> None:
    made = framed(WIDE, (50, 300, 1150, 600), (2000, 2000), 500)
    assert made.rgb.shape == (1200, 1200, 3) and "white bars" in made.notes[0]
    assert (made.rgb[:200] == 255).all() and (made.rgb[200:1000] == WIDE).all()


def test_one_that_has_the_shape_stays_as_it_is() -> None:
    made = framed(WIDE, (50, 300, 1150, 600), (3000, 2000), 500)
    assert (made.rgb == WIDE).all() and made.notes == ()
