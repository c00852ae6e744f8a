"""What is told of a photo before processing: colour family, complexity, touching, parts, and the lanes that suit."""

import numpy as np
import pytest

from processing.imaging import colour
from processing.imaging.defaults import ROUTES
from processing.imaging.frame import Frame
from processing.imaging.traits import Traits, colour_family, look
from tests.images import BLACK, GREY, WHITE
from tests.processing.imaging.damages import drawn

FAMILIES = {
    "red": [(196, 40, 44), (110, 20, 40), (255, 0, 0)],
    "orange": [(240, 130, 30)],
    "yellow": [(235, 205, 40)],
    "green": [(40, 150, 70), (20, 70, 40), (160, 210, 90)],
    "blue": [(36, 70, 190), (25, 35, 80), (0, 0, 255), (25, 25, 112), (120, 180, 230)],
    "purple": [(120, 50, 150), (128, 0, 128), (180, 160, 220)],
    "pink": [(245, 170, 190)],
    "brown": [(110, 70, 40)],
    "white": [(245, 245, 245), (245, 238, 220)],
    "grey": [(150, 150, 150), (90, 92, 95)],
    "black": [(12, 12, 12), (30, 30, 34)],
}
CASES = [(value, family) for family, values in FAMILIES.items() for value in values]


def routes(traits: Traits) -> set[str]:
    return {suggestion.route for suggestion in traits.suggestions}


@pytest.mark.parametrize(("product", "family"), CASES)
def test_a_plain_colour_has_its_family(product: tuple[int, int, int], family: str) -> None:
    assert colour_family(colour.lab(np.full((50, 3), product, np.uint8))) == family


@pytest.mark.parametrize("background", [WHITE, GREY, BLACK])
@pytest.mark.parametrize(("product", "family"), [((196, 40, 44), "red"), ((36, 70, 190), "blue")])
def test_the_family_is_the_products_and_not_the_backdrops(
    product: tuple[int, int, int], family: str, background: tuple[int, int, int]
) -> None:
    assert look(drawn(colour=product, background=background).frame).colour_family == family


def test_a_product_of_many_colours_is_multi() -> None:
    rgb = drawn(background=WHITE).rgb.copy()
    for column, value in enumerate([(200, 30, 30), (30, 140, 60), (40, 70, 200), (230, 200, 40)]):
        part = np.zeros(rgb.shape[:2], bool)
        part[64:256, 80 + 60 * column : 140 + 60 * column] = True
        rgb[part] = value
    assert look(Frame(rgb)).colour_family == "multi"


def test_two_colours_have_the_family_of_the_commoner() -> None:
    lab = colour.lab(np.array([(196, 40, 44)] * 70 + [(36, 70, 190)] * 30, np.uint8))
    assert colour_family(lab) == "red"
    assert colour_family(lab[::-1]) == "red"


@pytest.mark.parametrize("shape", ["disc", "box"])
def test_a_plain_shape_is_simple(shape: str) -> None:
    assert look(drawn(shape).frame).complexity == "simple"


def comb(texture: bool = True) -> Frame:
    """A product of thin teeth with a coarse grain: long outline, busy surface."""
    rgb = np.full((320, 400, 3), 255, np.uint8)
    teeth = np.zeros((320, 400), bool)
    teeth[60:260, 60:340] = (np.arange(280) // 7 % 2 == 0)[None]
    teeth[60:90, 60:340] = True
    grain = np.random.default_rng(3).integers(0, 130 if texture else 2, (320, 400, 1))
    rgb[teeth] = (np.array((90, 60, 40)) + grain)[teeth].clip(0, 255)
    return Frame(rgb)


def test_a_long_outline_and_a_busy_surface_are_complex_and_fine_texture() -> None:
    traits = look(comb())
    assert traits.complexity == "complex"
    assert "fine_texture" in routes(traits)
    assert traits.numbers["roughness"] > 2 * look(drawn("disc").frame).numbers["roughness"]


def test_complexity_lies_between_for_a_strap() -> None:
    assert look(drawn("strap").frame).complexity == "moderate"


@pytest.mark.parametrize(("shift", "touches"), [((0, 0), False), ((-60, 0), False), ((-110, 0), True), ((0, 90), True)])
def test_a_product_cut_by_the_frame_touches_it(shift: tuple[int, int], touches: bool) -> None:
    assert look(drawn(shift=shift).frame).touches_frame is touches


@pytest.mark.parametrize(("shape", "count"), [("disc", 1), ("ring", 1), ("pair", 2)])
def test_separate_parts_are_counted(shape: str, count: int) -> None:
    assert look(drawn(shape).frame).objects == count


def test_crumbs_are_no_objects() -> None:
    rgb = drawn().rgb.copy()
    rgb[10:14, 10:14] = rgb[300:304, 380:384] = 0
    assert look(Frame(rgb)).objects == 1


@pytest.mark.parametrize(("product", "background"), [((247, 247, 247), WHITE), ((20, 20, 20), BLACK)])
def test_white_on_white_and_black_on_black_are_of_low_contrast(
    product: tuple[int, int, int], background: tuple[int, int, int]
) -> None:
    traits = look(drawn(colour=product, background=background, texture=1.0).frame)
    assert routes(traits) == {"low_contrast"}


def test_the_weaker_the_contrast_the_stronger_the_suggestion() -> None:
    strengths = [
        look(drawn(colour=(level, level, level), background=WHITE, texture=0.5).frame).suggestions[0].strength
        for level in (235, 245, 251)
    ]
    assert strengths == sorted(strengths) and strengths[0] < strengths[2] <= 1


def test_glints_beside_dark_parts_speak_for_reflective() -> None:
    rgb = drawn("box", background=GREY, colour=(30, 30, 30), texture=0.0).rgb.copy()
    rgb[100:220, 120:180] = 250
    assert "reflective" in routes(look(Frame(rgb)))


@pytest.mark.parametrize("background", [WHITE, GREY, BLACK])
@pytest.mark.parametrize("shadow", [0.0, 0.3])
def test_a_plain_shot_suggests_no_lane(background: tuple[int, int, int], shadow: float) -> None:
    assert look(drawn(background=background, shadow=shadow).frame).suggestions == ()


@pytest.mark.parametrize("frame", [comb(), drawn(colour=(250, 250, 250), background=WHITE).frame])
def test_a_suggestion_names_a_route_and_says_why(frame: Frame) -> None:
    found = look(frame).suggestions
    assert found
    for suggestion in found:
        assert suggestion.route in ROUTES
        assert 0 < suggestion.strength <= 1
        assert any(letter.isdigit() for letter in suggestion.reason), "a reason tells what was measured"
    assert list(found) == sorted(found, key=lambda item: -item.strength)


def test_a_picture_without_a_product_is_white_and_of_no_contrast() -> None:
    traits = look(Frame(np.full((320, 400, 3), 255, np.uint8)))
    assert traits.colour_family == "white" and not traits.touches_frame
    assert routes(traits) == {"low_contrast"}


@pytest.mark.parametrize("size", [(1, 1), (50, 2), (1, 60), (3, 3), (4, 2000)])
def test_a_picture_of_any_size_is_looked_at(size: tuple[int, int]) -> None:
    traits = look(Frame(np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)))
    assert traits.complexity in ("simple", "moderate", "complex")
    assert all(np.isfinite(value) for value in traits.numbers.values())


def test_a_large_photo_gives_the_same_traits_as_its_small_copy() -> None:
    small = drawn("box", texture=0.0)
    large = Frame(small.rgb.repeat(3, axis=0).repeat(3, axis=1))
    one, other = look(small.frame), look(large)
    assert (one.colour_family, one.complexity, one.objects) == (other.colour_family, other.complexity, other.objects)
