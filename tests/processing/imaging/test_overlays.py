"""What is laid over a photo shows where colour changed and where the backdrop clings, and nothing where all is well."""

import io

import numpy as np
import pytest
from PIL import Image

from processing.imaging import overlays
from tests.images import WHITE
from tests.processing.imaging.damages import drawn, perfect, tinted

SHOT = drawn(background=WHITE)


def veil(data: bytes) -> np.ndarray:
    """The veil's opacity, 0 to 255."""
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.mode == "RGBA"
        return np.asarray(picture)[..., 3]


def test_a_perfect_cutout_has_no_veil_of_difference() -> None:
    assert not veil(overlays.difference(SHOT.frame, SHOT.cutout)).any()


def test_the_veil_of_difference_thickens_with_the_change() -> None:
    whole = perfect(SHOT)
    weak, strong = (veil(overlays.difference(SHOT.frame, tinted(whole, steps).cutout)) for steps in (2, 5))
    assert 0 < weak[160, 200] < strong[160, 200]
    assert not weak[SHOT.alpha == 0].any() and not strong[SHOT.alpha == 0].any()


def test_the_veil_of_difference_lies_where_the_change_is() -> None:
    rgb = SHOT.cutout.rgb.copy()
    rgb[140:180, 150:190] = (30, 30, 200)
    found = veil(overlays.difference(SHOT.frame, SHOT.cutout.with_rgb(rgb))).copy()
    assert (found[145:175, 155:185] > 200).all()
    found[140:180, 150:190] = 0
    assert not found.any()


def test_a_fringe_of_the_backdrop_is_veiled_and_a_clean_edge_is_not() -> None:
    """The cut-out whose mask was drawn two pixels too wide carries a rim of white."""
    wide = SHOT.frame.with_alpha(
        np.maximum.reduce([np.roll(SHOT.alpha, (y, x), (0, 1)) for y in (-2, 2) for x in (-2, 2)])
    )
    fringed = veil(overlays.halo(SHOT.frame, wide))
    clean = veil(overlays.halo(SHOT.frame, SHOT.cutout))
    assert (fringed > 200).sum() > 500
    assert (clean > 100).sum() < 0.02 * (fringed > 100).sum()
    assert not fringed[160, 150:250].any(), "the inside is no edge"


@pytest.mark.parametrize("overlay", [overlays.difference, overlays.halo])
def test_a_veil_has_the_photos_geometry_and_no_giant_size(overlay: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(overlay)
    assert veil(overlay(SHOT.frame, SHOT.cutout)).shape == SHOT.alpha.shape
    monkeypatch.setattr(overlays, "EDGE", 200)
    assert veil(overlay(SHOT.frame, SHOT.cutout)).shape == (160, 200)


@pytest.mark.parametrize("overlay", [overlays.difference, overlays.halo])
@pytest.mark.parametrize("value", [0, 255])
def test_an_empty_or_a_whole_mask_is_shown_too(overlay: object, value: int) -> None:
    assert callable(overlay)
    assert not veil(overlay(SHOT.frame, SHOT.frame.with_alpha(np.full_like(SHOT.alpha, value)))).any()


@pytest.mark.parametrize("overlay", [overlays.difference, overlays.halo])
def test_without_alpha_there_is_nothing_to_lay(overlay: object) -> None:
    assert callable(overlay)
    with pytest.raises(ValueError, match="without alpha"):
        overlay(SHOT.frame, SHOT.frame)
