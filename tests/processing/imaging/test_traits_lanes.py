"""What the pixels tell before processing: colour, complexity, and the lane they speak for."""

import numpy as np
import pytest

from processing.imaging import traits
from processing.imaging.frame import Frame
from tests.images import BLACK, BLUE, GREEN, GREY, RED, WHITE, product_shot


@pytest.mark.parametrize(
    ("colour", "family"),
    [
        (RED, "red"),
        (GREEN, "green"),
        (BLUE, "blue"),
        (BLACK, "black"),
        ((238, 238, 236), "white"),
        ((120, 122, 121), "grey"),
        ((240, 140, 30), "orange"),
        ((245, 215, 60), "yellow"),
        ((120, 75, 45), "brown"),
        ((130, 60, 160), "purple"),
        ((240, 160, 185), "pink"),
    ],
)
def test_the_colour_family_is_the_products_and_not_the_backgrounds(colour: tuple[int, int, int], family: str) -> None:
    background = (90, 150, 200) if family in ("white", "grey") else WHITE
    assert traits.look(product_shot(colour=colour, background=background).frame).colour_family == family


def test_many_colours_are_multi() -> None:
    shot = product_shot(fill=0.8)
    rgb = shot.rgb.copy()
    for number, colour in enumerate((RED, GREEN, BLUE, (245, 215, 60))):
        strip = np.s_[:, 60 + number * 120 : 180 + number * 120]
        rgb[strip] = np.where((shot.alpha[strip] > 127)[..., None], np.array(colour, np.uint8), rgb[strip])
    assert traits.look(Frame(rgb)).colour_family == "multi"


def test_a_plain_box_is_simple_and_asks_for_no_lane() -> None:
    found = traits.look(product_shot(background=GREY).frame)
    assert (found.complexity, found.suggestions, found.objects, found.touches_frame) == ("simple", (), 1, False)


def test_white_on_white_is_suggested_as_low_contrast_with_the_reason() -> None:
    found = traits.look(product_shot(colour=(238, 238, 238), texture=1, background=(250, 250, 250)).frame)
    assert [s.route for s in found.suggestions] == ["low_contrast"]
    assert "Lab units" in found.suggestions[0].reason


def test_a_vignetted_backdrop_is_not_taken_for_the_product() -> None:
    shot = product_shot((600, 600), background=GREY, fill=0.4)
    y, x = np.mgrid[-1:1:600j, -1:1:600j]
    dark = (1 - 0.12 * (x**2 + y**2))[..., None]
    found = traits.look(Frame((shot.rgb * dark).astype(np.uint8)))
    assert found.colour_family == "red" and found.suggestions == ()


def test_separate_things_and_contact_with_the_frame_are_seen() -> None:
    assert traits.look(product_shot(shape="pair", background=GREY).frame).objects == 2
    assert traits.look(product_shot(shift=(-130, 0), background=GREY).frame).touches_frame


def test_a_comb_of_thin_teeth_is_fine_texture() -> None:
    rgb = np.full((600, 600, 3), 235, np.uint8)
    for left in range(100, 500, 14):
        rgb[100:500, left : left + 6] = (30, 90, 40)
    assert "fine_texture" in [s.route for s in traits.look(Frame(rgb)).suggestions]


def test_glints_beside_dark_parts_are_reflective() -> None:
    shot = product_shot(colour=(60, 60, 60), background=(120, 150, 190), texture=1)
    rgb = shot.rgb.copy()
    rgb[150:330, 180:260] = 250
    assert "reflective" in [s.route for s in traits.look(Frame(rgb)).suggestions]


def test_an_empty_picture_has_traits_too() -> None:
    found = traits.look(Frame(np.full((50, 80, 3), 200, np.uint8)))
    assert found.complexity in ("simple", "moderate", "complex")
