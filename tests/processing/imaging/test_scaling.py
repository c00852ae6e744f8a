"""Sharp copies: the same picture from both libraries, and no colour or opacity that nobody put there."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from processing.imaging import scaling
from tests.images import product_shot

SHOT = product_shot((640, 480))


@pytest.mark.parametrize("window", [None, (10.25, 7.5, 601.0, 470.75)])
@pytest.mark.parametrize("size", [(320, 200), (133, 177), (900, 700)])
def test_both_libraries_give_what_pillow_gives(
    size: tuple[int, int], window: scaling.Window | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scaling.fast is not None, "cykooz.resizer is among the requirements of this system"
    wanted = Image.fromarray(SHOT.rgb).resize(size, Image.Resampling.LANCZOS, box=window)
    quick = scaling.sharp(SHOT.rgb, size, window)
    monkeypatch.setattr(scaling, "fast", None)
    assert np.array_equal(scaling.sharp(SHOT.rgb, size, window), np.asarray(wanted))
    apart = np.abs(quick.astype(int) - np.asarray(wanted))
    assert quick.shape == (size[1], size[0], 3) and apart.mean() < 0.3 and apart.max() <= 24


@pytest.mark.parametrize(
    ("ours", "theirs"), [(scaling.smooth, Image.Resampling.BILINEAR), (scaling.even, Image.Resampling.BOX)]
)
def test_the_other_filters_are_pillows_as_well(
    ours: Callable[[scaling.Bytes, tuple[int, int]], scaling.Bytes], theirs: Image.Resampling
) -> None:
    # A size at which no pixel lies just on the border of two, where either may have it.
    noise = np.random.default_rng(3).integers(0, 256, (240, 330, 3), np.uint8)
    wanted = np.asarray(Image.fromarray(noise).resize((97, 71), theirs))
    assert np.abs(ours(noise, (97, 71)).astype(int) - wanted).max() <= 2


@pytest.mark.parametrize("quick", [True, False])
def test_an_even_plane_stays_even_at_every_level(quick: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not quick:
        monkeypatch.setattr(scaling, "fast", None)
    for level in range(256):
        plane = np.full((61, 83), level, np.uint8)
        assert (scaling.sharp(plane, (37, 29)) == level).all()
        assert (scaling.sharp(plane, (121, 99), (3.5, 2.25, 80.0, 60.5)) == level).all()


@pytest.mark.parametrize("quick", [True, False])
def test_what_is_transparent_lends_no_colour(quick: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not quick:
        monkeypatch.setattr(scaling, "fast", None)
    picture = np.zeros((90, 90, 4), np.uint8)
    picture[:] = (0, 255, 0, 0)
    picture[:, :45] = (200, 40, 40, 255)
    given = scaling.sharp(picture, (31, 31))
    half = given[(given[..., 3] > 60) & (given[..., 3] < 200)]
    assert len(half) and np.abs(half[:, :3].astype(int) - (200, 40, 40)).max() <= 4


def test_a_picture_of_the_size_asked_for_is_given_as_it_is() -> None:
    assert scaling.sharp(SHOT.rgb, (640, 480)) is SHOT.rgb
