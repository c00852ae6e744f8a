"""Mock-ups of scenes whose geometry, light, blur and grain are known."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from processing.imaging import colour, planes, surroundings
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Frame, Glass, Pixels
from processing.imaging.placing import Size, homography, through
from processing.imaging.scenes import Composed, DoesNotFit, compose
from processing.imaging.slots import Slot
from tests.images import product_shot
from tests.processing.imaging import rooms
from tests.processing.imaging.rooms import Room

PLAIN = Room(checks=False)
BARE = Slot(kind="stands", x=0.5, y=0.8, width=0.4, height=0.5, shadow="none", match=0.0)
ON_WALL = Slot(kind="flat", corners=rooms.WALL, match=0.0, shading=0.0, highlights=0.0, cm=30, cm_wide=40)


def box_of_change(before: Pixels, after: Pixels, least: int = 40) -> tuple[int, int, int, int]:
    found = planes.bounds(np.abs(before.astype(int) - after).max(axis=-1) > least)
    assert found is not None
    return found


def red_box(size: tuple[int, int] = (600, 480), fill: float = 0.5) -> Frame:
    return product_shot(size, fill=fill, texture=0).cutout


def middle(ink: tuple[int, int, int], rgb: Pixels) -> tuple[float, float]:
    """The middle of what is nearest to a colour, px."""
    share = np.clip(1 - np.abs(rgb.astype(float) - ink).max(axis=-1) / 90, 0, 1)
    total = share.sum()
    down, across = np.mgrid[0 : rgb.shape[0], 0 : rgb.shape[1]] + 0.5
    return float((share * across).sum() / total), float((share * down).sum() / total)


def test_what_is_flat_lies_in_its_four_corners_to_less_than_a_pixel() -> None:
    scene, (rgb, alpha) = Room(checks=False, amount=0.5).rgb, rooms.picture()
    made = compose(scene, Frame(rgb, alpha), replace(ON_WALL, cover=True))
    truth = homography(
        np.array([(0, 0), (400, 0), (400, 300), (0, 300)], float), np.array(rooms.WALL) * np.array(rooms.SIZE)
    )
    for place, ink in zip(
        rooms.spot_places((400, 300)), ((220, 0, 0), (0, 200, 0), (0, 0, 220), (0, 0, 0)), strict=True
    ):
        expected = through(truth, np.array([place[0]]), np.array([place[1]]))
        found = middle(ink, made.rgb)
        assert np.hypot(found[0] - expected[0][0], found[1] - expected[1][0]) < 1.0, ink


def test_the_edge_of_what_is_flat_is_where_the_area_ends() -> None:
    scene, (rgb, alpha) = Room(checks=False, amount=0.1).rgb, rooms.picture(spots=False)
    made = compose(scene, Frame(rgb, alpha), replace(ON_WALL, cover=True))
    area = np.abs(np.sum([a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*rooms.WALL, rooms.WALL[0]])])) / 2
    ground = scene[0, 0].astype(float)
    covered = ((made.rgb.astype(float) - ground) / (255 - ground)).mean()
    assert covered == pytest.approx(area, rel=0.01)


def test_what_stands_over_the_area_is_cut() -> None:
    scene, (rgb, alpha) = Room(checks=False, amount=0.1).rgb, rooms.picture((300, 300), spots=False)
    square = replace(ON_WALL, corners=((0.2, 0.2), (0.7, 0.2), (0.7, 0.7), (0.2, 0.7)), cover=True)
    made = compose(scene, Frame(rgb, alpha), square)
    left, top, right, bottom = box_of_change(scene, made.rgb)
    assert (left, top, right, bottom) == pytest.approx((180, 140, 630, 490), abs=1)


def test_an_evenly_lit_area_shades_nothing_up_to_its_rim() -> None:
    scene, (rgb, alpha) = Room(checks=False, amount=0.5).rgb, rooms.picture(spots=False)
    made = compose(scene, Frame(rgb, alpha), replace(ON_WALL, cover=True, shading=1.0)).rgb
    # The area's left edge runs from column 225 to 243.
    assert made[200:300, 240:246].mean() == pytest.approx(made[300:350, 400:450].mean(), abs=1.5)


@pytest.mark.parametrize(("size", "expected"), [(Size(height=20.0), 20.0), (Size(width=24.0), 24.0 * 240 / 300)])
def test_what_stands_has_its_true_size(size: Size, expected: float) -> None:
    slot = replace(BARE, cm=50)
    scene = PLAIN.rgb
    made = compose(scene, red_box(), slot, size)
    left, top, right, bottom = box_of_change(scene, made.rgb)
    a_cm = 0.5 * 700 / 50
    assert bottom - top == pytest.approx(expected * a_cm, rel=0.01)
    assert (right - left) / (bottom - top) == pytest.approx(300 / 240, rel=0.015)
    assert (left + right) / 2 == pytest.approx(450, abs=1)
    assert bottom == pytest.approx(560, abs=1)
    assert not any("true size is not kept" in note for note in made.notes)


def test_without_a_size_it_fills_the_place_and_says_so() -> None:
    scene = PLAIN.rgb
    made = compose(scene, red_box(), replace(BARE, cm=50))
    left, _, right, _ = box_of_change(scene, made.rgb)
    assert right - left == pytest.approx(0.4 * 900, abs=2)
    assert any("no height and no width" in note for note in made.notes)
    assert any("has no scale" in note for note in compose(scene, red_box(), BARE, Size(20.0)).notes)


def test_a_sheet_that_contradicts_the_photo_is_told() -> None:
    notes = compose(PLAIN.rgb, red_box(), replace(BARE, cm=50), Size(20.0, 60.0)).notes
    assert any("60 x 20 cm in the sheet is not the shape" in note for note in notes)
    fine = compose(PLAIN.rgb, red_box(), replace(BARE, cm=50), Size(20.0, 25.0)).notes
    assert not any("is not the shape" in note for note in fine)


def test_what_is_too_large_for_the_scene_is_refused_and_what_is_larger_than_the_place_told() -> None:
    with pytest.raises(DoesNotFit, match="The product would be"):
        compose(PLAIN.rgb, red_box(), replace(BARE, cm=10), Size(30.0))
    made = compose(PLAIN.rgb, red_box(), replace(BARE, cm=20), Size(24.0))
    assert any("larger than the place" in note for note in made.notes)
    with pytest.raises(DoesNotFit, match="px of the product would show"):
        compose(PLAIN.rgb, red_box(), replace(BARE, cm=500), Size(2.0))


def test_a_picture_larger_than_its_area_is_made_to_fit_and_one_of_known_size_is_not() -> None:
    scene, (rgb, alpha) = Room(checks=False, amount=0.1).rgb, rooms.picture(spots=False)
    square = replace(ON_WALL, corners=((0.2, 0.2), (0.7, 0.2), (0.7, 0.7), (0.2, 0.7)), cm=30, cm_wide=40)
    small = box_of_change(scene, compose(scene, Frame(rgb, alpha), square, Size(15.0)).rgb)
    assert small[3] - small[1] == pytest.approx(0.5 * 700 * 15 / 30, rel=0.01)
    large = compose(scene, Frame(rgb, alpha), square, Size(60.0))
    assert box_of_change(scene, large.rgb)[3] - box_of_change(scene, large.rgb)[1] == pytest.approx(350, abs=2)
    assert any("made to fit" in note for note in large.notes)


@pytest.mark.parametrize("light", [(1.0, 0.9, 0.75), (0.8, 0.92, 1.0)])
def test_white_moves_to_the_scenes_white_within_its_bound(light: tuple[float, float, float]) -> None:
    scene = Room(light=light, amount=0.6).rgb
    rgb, alpha = rooms.picture((300, 300), spots=False)
    rgb[:] = 200
    tints = []
    for match in (0.0, 1.0):
        slot = replace(BARE, match=match)
        made = compose(scene, Frame(rgb, alpha), slot)
        left, top, right, bottom = made.box
        product = made.rgb[top + 20 : bottom - 20, left + 20 : right - 20]
        lit = colour.linear(product).mean(axis=(0, 1))
        tints.append(lit[0] / lit[2])
    assert tints[0] == pytest.approx(1, abs=0.02)
    truth, most = light[0] / light[2], (1 + surroundings.MOST_TINT) / (1 - surroundings.MOST_TINT)
    assert (tints[1] - 1) * (truth - 1) > 0
    assert 1 / most - 0.02 <= tints[1] <= most + 0.02
    assert abs(tints[1] - truth) < 0.4 * abs(1 - truth)


def test_a_darker_scene_makes_the_product_darker_and_never_below_its_bound() -> None:
    def level(amount: float, **values: float) -> float:
        made = compose(Room(amount=amount).rgb, red_box(), replace(BARE, **{"match": 1.0, **values}))
        left, top, right, bottom = made.box
        return float(colour.linear(made.rgb[top + 30 : bottom - 30, left + 30 : right - 30])[..., 0].mean())

    whole, dim, night = level(0.85), level(0.65), level(0.05)
    assert dim == pytest.approx(whole * 0.65 / 0.85, rel=0.08)
    assert night == pytest.approx(whole * surroundings.DARKEST, rel=0.05)
    assert level(0.65, match=0.0) == pytest.approx(whole, rel=0.05)
    assert level(0.65, match=0.0, exposure=-1.0) == pytest.approx(whole / 2, rel=0.05)


def test_a_scene_of_one_colour_leaves_the_products_colours_with_a_note() -> None:
    scene = Room(light=(1.0, 0.35, 0.15)).rgb
    assert any("near enough to white" in note for note in compose(scene, red_box(), replace(BARE, match=1.0)).notes)


@pytest.mark.parametrize("level", [0, 20])
def test_a_dark_scene_tells_no_colour_of_its_light_and_says_so(level: int) -> None:
    dark = np.full((620, 800, 3), level, np.uint8)
    assert any("near enough to white" in note for note in compose(dark, red_box(), BARE).notes)


@pytest.mark.parametrize("blur", [1.0, 1.7])
def test_the_product_becomes_as_soft_as_the_scene(blur: float) -> None:
    big = Room(blur=blur, size=(1200, 930)).rgb
    # Between two edges of the scene's own checks.
    made = compose(big, red_box((1600, 1280)), replace(BARE, match=1.0, x=0.508))
    _, top, right, bottom = made.box
    row = made.rgb[(top + bottom) // 2, right - 15 : right + 15, 0].astype(float)
    assert surroundings.blur_of(surroundings.grey_of(big, made.box)) == pytest.approx(blur, abs=0.35)
    assert any(note.startswith("blurred by") for note in made.notes)
    sharp = compose(big, red_box((1600, 1280)), replace(BARE, x=0.508))
    before = sharp.rgb[(top + bottom) // 2, right - 15 : right + 15, 0].astype(float)
    assert np.abs(np.diff(row)).max() < 0.8 * np.abs(np.diff(before)).max()


def test_a_sharp_scene_blurs_nothing_and_one_without_an_edge_says_so() -> None:
    assert not any(
        note.startswith("blurred") for note in compose(Room().rgb, red_box(), replace(BARE, match=1.0)).notes
    )
    assert any("how sharp the scene is" in note for note in compose(PLAIN.rgb, red_box(), BARE).notes)


@pytest.mark.parametrize("grain", [2.5, 5.0])
def test_the_product_gets_the_scenes_grain(grain: float) -> None:
    scene = Room(checks=False, grain=grain, amount=0.4).rgb
    made = compose(scene, red_box(), replace(BARE, match=1.0))
    left, top, right, bottom = made.box
    inside = made.rgb[top + 20 : bottom - 20, left + 20 : right - 20].astype(float)
    # Noise of the red channel's own: the product is even.
    assert inside[..., 0].std() == pytest.approx(grain, rel=0.25)
    bare = compose(scene, red_box(), replace(BARE, match=0.0)).rgb
    assert bare[top + 20 : bottom - 20, left + 20 : right - 20, 0].std() < 0.5


def test_made_twice_it_is_the_same_to_the_bit() -> None:
    scene = Room(grain=3.0, blur=1.0).rgb
    one, other = (compose(scene, red_box(), replace(BARE, match=1.0, shadow="cast")) for _ in range(2))
    assert (one.rgb == other.rgb).all() and one.notes == other.notes


def test_clear_glass_lets_the_scene_through() -> None:
    scene, frame = Room().rgb, red_box()
    assert frame.alpha is not None
    half = frame.with_glass(Glass(np.full_like(frame.alpha, 128), frame.rgb))
    made = compose(scene, half, BARE)
    left, top, right, bottom = made.box
    part = np.s_[top + 10 : bottom - 10, left + 10 : right - 10]
    expected = scene[part].astype(float) * (127 / 255) + np.array((196, 40, 44)) * (128 / 255)
    assert np.abs(made.rgb[part].astype(float) - expected).mean() < 2


def test_what_stands_in_front_hides_product_and_shadow() -> None:
    scene = PLAIN.rgb
    front = np.zeros(scene.shape[:2], np.uint8)
    front[:, :450] = 255
    front[:, 450:460] = 128
    made = compose(scene, red_box(), replace(BARE, shadow="cast", direction=180.0), occlusion=front)
    whole = compose(scene, red_box(), replace(BARE, shadow="cast", direction=180.0))
    assert (made.rgb[:, :450] == scene[:, :450]).all()
    assert (made.rgb[:, 460:] == whole.rgb[:, 460:]).all()
    left, top, _, bottom = whole.box
    between = made.rgb[(top + bottom) // 2, 455].astype(float)
    assert between == pytest.approx((scene[0, 455].astype(float) + whole.rgb[(top + bottom) // 2, 455]) / 2, abs=2)
    assert left < 440
    with pytest.raises(ValueError, match="another size"):
        compose(scene, red_box(), BARE, occlusion=front[:-1])


def darker(made: Composed, scene: Pixels) -> tuple[float, float]:
    """How much darker the ground is left and right of the product."""
    left, _, right, bottom = made.box
    lost = scene.astype(float) - made.rgb
    rows = np.s_[bottom - 60 : bottom + 60]
    return float(lost[rows, left - 90 : left - 4].mean()), float(lost[rows, right + 4 : right + 90].mean())


def test_the_shadow_falls_where_the_light_goes() -> None:
    scene = PLAIN.rgb
    slot = replace(BARE, width=0.2, height=0.3, shadow="cast", density=0.6, length=0.6)
    to_left = darker(compose(scene, red_box(), replace(slot, direction=170.0)), scene)
    to_right = darker(compose(scene, red_box(), replace(slot, direction=10.0)), scene)
    assert to_left[0] > 3 * max(to_left[1], 0.1) and to_right[1] > 3 * max(to_right[0], 0.1)
    assert darker(compose(scene, red_box(), slot), scene)[1] > 1
    assert max(darker(compose(scene, red_box(), replace(slot, shadow="none")), scene)) < 0.5


def test_a_shadow_is_the_same_in_a_larger_copy_of_the_scene() -> None:
    """Large ones are painted on a copy that was reduced in another way."""
    slot = replace(BARE, width=0.5, height=0.6, shadow="cast", density=0.6)
    lost = []
    for size in ((900, 700), (1800, 1400)):
        scene = PLAIN.but(size=size).rgb
        made = compose(scene, red_box((1200, 960)), slot)
        fallen = (scene.astype(float) - made.rgb)[..., 0]
        fallen[made.box[1] : made.box[3], made.box[0] : made.box[2]] = 0
        step = size[0] // 900
        lost.append(fallen.reshape(700, step, 900, step).mean(axis=(1, 3)))
    assert lost[0].max() > 30
    assert np.abs(lost[0] - lost[1])[580:].max() < 6


@pytest.mark.parametrize("x", [0.02, 0.31, 0.5, 0.77, 0.97])
@pytest.mark.parametrize("y", [0.21, 0.6, 0.99])
def test_a_shadow_can_be_painted_wherever_the_product_stands(x: float, y: float) -> None:
    for width, height in ((0.11, 0.13), (0.4, 0.9), (0.9, 0.3)):
        scene = PLAIN.but(size=(431, 617)).rgb
        slot = replace(BARE, x=x, y=y, width=width, height=height, shadow="cast")
        made = compose(scene, red_box((300, 240)), slot)
        assert (made.rgb <= scene.astype(int) + 2)[..., 1:].all(), "the ground became brighter"


def test_a_contact_shadow_lies_at_the_foot() -> None:
    scene = PLAIN.rgb
    made = compose(scene, red_box(), replace(BARE, shadow="contact", density=0.6))
    left, top, right, bottom = made.box
    lost = scene.astype(float) - made.rgb
    below = lost[bottom + 1 : bottom + 12, (left + right) // 2].mean(axis=-1)
    assert below[0] > 15 and below[0] > 1.5 * below[-1], "it is darkest where the product stands"
    assert lost[top - 12 : top - 4, left:right].mean() < 0.5


def test_the_areas_own_shadow_stays_on_the_picture() -> None:
    scene = Room(checks=False, amount=0.7).rgb.astype(float)
    scene[:, :430] *= 0.7
    scene = np.dstack([ndimage.gaussian_filter(scene[..., place], 3) for place in range(3)]).astype(np.uint8)
    rgb, alpha = rooms.picture(spots=False)
    rgb[:] = 180

    def ratio(**values: float) -> float:
        made = compose(scene, Frame(rgb, alpha), replace(ON_WALL, cover=True, **values)).rgb.astype(float)
        return float(made[250:400, 280:380].mean() / made[250:400, 480:560].mean())

    assert ratio(shading=1.0) == pytest.approx(0.7, abs=0.05)
    assert ratio(shading=0.0) == pytest.approx(1.0, abs=0.01)


def test_glare_is_screened_over_the_picture() -> None:
    scene = Room(checks=False, amount=0.3).rgb
    scene[300:320, 400:420] = 250
    rgb, alpha = rooms.picture(spots=False)
    rgb[:] = 60
    plain = compose(scene, Frame(rgb, alpha), replace(ON_WALL, cover=True)).rgb
    shiny = compose(scene, Frame(rgb, alpha), replace(ON_WALL, cover=True, highlights=1.0)).rgb
    assert shiny[305:315, 405:415].mean() > plain[305:315, 405:415].mean() + 60
    assert np.abs(shiny[400:440, 300:340].astype(int) - plain[400:440, 300:340]).max() <= 1


def test_displacement_moves_the_picture_where_the_area_has_relief() -> None:
    scene = Room(checks=False, amount=0.5).rgb.astype(float)
    scene *= 1 + 0.35 * np.sin(np.arange(900) / 25)[None, :, None]
    scene = scene.clip(0, 255).astype(np.uint8)
    rgb, alpha = rooms.picture(spots=False)
    rgb[:, ::20] = 0
    still = compose(scene, Frame(rgb, alpha), replace(ON_WALL, cover=True)).rgb.astype(int)
    moved = compose(scene, Frame(rgb, alpha), replace(ON_WALL, cover=True, displacement=1.0)).rgb.astype(int)
    assert np.abs(still - moved).mean() > 1
    assert (still[:90] == moved[:90]).all()


def test_an_area_with_something_printed_on_it_is_told() -> None:
    rgb, alpha = rooms.picture()
    assert any("may not be empty" in note for note in compose(Room().rgb, Frame(rgb, alpha), ON_WALL).notes)
    assert not any("may not be empty" in note for note in compose(PLAIN.rgb, Frame(rgb, alpha), ON_WALL).notes)


def test_a_print_on_pale_paper_takes_the_papers_light() -> None:
    scene = Room(checks=False, light=(1.0, 0.95, 0.9), amount=0.5).rgb
    rgb, alpha = rooms.picture(spots=False)
    made = compose(scene, Frame(rgb, alpha), replace(ON_WALL, cover=True, match=1.0))
    assert made.rgb[300:350, 400:450].mean(axis=(0, 1)) == pytest.approx(scene[0, 0].astype(float), abs=3)


def test_nothing_of_the_scene_changes_but_product_and_shadow() -> None:
    scene = Room(grain=2.0).rgb
    made = compose(scene, red_box(), replace(BARE, match=1.0))
    left, top, right, bottom = made.box
    kept = np.ones(scene.shape[:2], bool)
    kept[top - 12 : bottom + 12, left - 12 : right + 12] = False
    assert (made.rgb[kept] == scene[kept]).all()


def test_an_empty_cutout_is_a_fault() -> None:
    with pytest.raises(StepFailed, match="no visible pixel"):
        compose(PLAIN.rgb, Frame(PLAIN.rgb, np.zeros((700, 900), np.uint8)), BARE)


def test_a_product_larger_than_its_photo_is_told() -> None:
    assert any("enlarged" in note for note in compose(PLAIN.rgb, red_box((120, 100)), BARE).notes)
