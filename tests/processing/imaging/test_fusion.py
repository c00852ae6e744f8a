"""Two masks become one by the backdrop: lost parts come back, spilled ones do not, holes open."""

import numpy as np
import pytest

from processing.imaging.fusion import disagreement, fuse, solid
from tests.images import GREY, RED, WHITE, product_shot

SIZE = (400, 400)


def masks() -> tuple[np.ndarray, np.ndarray]:
    """The whole product, and the product without its lower third."""
    whole = product_shot(SIZE, colour=RED, background=GREY).alpha / np.float32(255)
    half = whole.copy()
    half[240:] = 0
    return whole, half


def test_a_part_unlike_the_backdrop_is_taken_back_from_the_quick_mask() -> None:
    whole, half = masks()
    fusion = fuse(half, whole, product_shot(SIZE, colour=RED, background=GREY).rgb)
    assert fusion.recovered > 0.2
    assert np.abs(fusion.mask - whole).mean() < 0.01


def test_a_part_that_looks_like_the_backdrop_is_not_taken_back() -> None:
    whole, half = masks()
    shot = product_shot(SIZE, colour=RED, background=GREY)
    rgb = shot.rgb.copy()
    rgb[240:] = GREY
    fusion = fuse(half, whole, rgb)
    assert fusion.recovered == 0 and (fusion.mask == half).all()


def test_an_unsure_quick_mask_adds_nothing() -> None:
    whole, half = masks()
    fusion = fuse(half, np.minimum(whole, 0.7).astype(np.float32), product_shot(SIZE, background=GREY).rgb)
    assert fusion.recovered == 0


def test_backdrop_seen_through_the_product_becomes_a_hole() -> None:
    ring = product_shot(SIZE, shape="ring", colour=RED, background=GREY)
    disc = product_shot(SIZE, shape="disc", colour=RED, background=GREY).alpha / np.float32(255)
    big = fuse(disc, disc, ring.rgb)
    assert big.opened == 0, "a hole of a third of the product is the model's business"
    small = ring.rgb.copy()
    small[:] = product_shot(SIZE, shape="disc", colour=RED, background=GREY).rgb
    small[190:215, 190:215] = GREY
    sure = fuse(disc, disc, small)
    assert sure.opened == 0, "a label of the backdrop's colour, of which the model is sure"
    doubted = disc.copy()
    doubted[185:220, 185:220] = 0.8
    fusion = fuse(doubted, disc, small)
    assert 0.003 < fusion.opened < 0.08
    assert fusion.mask[202, 202] < 0.1 and fusion.mask[150, 150] > 0.9


def test_a_shadowed_opening_stays_open_where_the_detailed_model_gives_no_hint_of_a_part() -> None:
    shot = product_shot(SIZE, colour=RED, background=GREY)
    whole = shot.alpha / np.float32(255)
    slit = whole.copy()
    slit[170:177] = 0
    rgb = shot.rgb.copy()
    rgb[170:177] = [level - 40 for level in GREY]
    assert fuse(slit, whole, rgb).recovered == 0, "forty levels darker may be a shadow"
    hinted = np.maximum(slit, 0.2 * whole).astype(np.float32)
    fusion = fuse(hinted, whole, rgb)
    assert fusion.recovered > 0.01 and np.abs(fusion.mask - whole).mean() < 0.005


def test_a_part_of_a_colour_beyond_any_shadow_needs_no_hint() -> None:
    shot = product_shot(SIZE, colour=RED, background=GREY)
    whole = shot.alpha / np.float32(255)
    slit = whole.copy()
    slit[170:177] = 0
    assert fuse(slit, whole, shot.rgb).recovered > 0.01


def test_without_any_background_the_detailed_mask_stands() -> None:
    full = np.ones((100, 100), np.float32)
    fusion = fuse(full, full, np.full((100, 100, 3), 9, np.uint8))
    assert (fusion.mask == full).all()


def test_disagreement_counts_parts_and_not_the_width_of_an_edge() -> None:
    whole, half = masks()
    assert disagreement(whole, whole) == 0
    assert disagreement(whole, half) == pytest.approx(0.33, abs=0.04)
    assert disagreement(whole, np.roll(whole, 1, axis=1)) == 0


def test_a_doubt_inside_the_outline_becomes_product_and_the_edge_stays_soft() -> None:
    shot = product_shot(SIZE, shape="disc")
    mask = shot.alpha / np.float32(255)
    glass = np.where(mask == 1, np.float32(0.4), mask)
    filled = solid(glass, 0.3)
    assert filled[200, 200] == pytest.approx(1)
    edge = (mask > 0.05) & (mask < 0.95)
    assert np.abs(filled - glass)[edge].max() < 0.05
    assert (solid(glass, 0.5) <= np.maximum(glass, 0.01)).mean() > 0.95, "less certain than asked for: it stays"
    assert solid(glass, 1.0) is glass


WALL, SHADOWED, TINTED, BRIGHT = (200, 190, 170), (160, 152, 136), (158, 152, 150), (246, 234, 209)


@pytest.mark.parametrize(
    ("colour", "inside", "taken"),
    [
        (TINTED, True, True),
        (SHADOWED, True, False),
        (TINTED, False, False),
        (BRIGHT, False, True),
    ],
    ids=["a print of another hue", "a shadow", "light through the product", "brighter than the wall"],
)
def test_a_lost_part_is_told_from_shadow_and_from_light(
    colour: tuple[int, int, int], inside: bool, taken: bool
) -> None:
    """None of them is as far from the wall as a part that comes back for its distance alone."""
    shot = product_shot(SIZE, colour=RED, background=WALL)
    whole = shot.alpha / np.float32(255)
    part = np.s_[170:230, 170:230] if inside else np.s_[330:380, 150:250]
    rgb, detailed, quick = shot.rgb.copy(), whole.copy(), whole.copy()
    rgb[part], detailed[part], quick[part] = colour, 0, 1
    fusion = fuse(detailed, quick, rgb)
    assert (fusion.recovered > 0) == taken
    assert (fusion.mask[part].mean() > 0.9) == taken


@pytest.mark.parametrize(("sure", "joined"), [(1.0, True), (0.87, False)])
def test_what_holds_two_pieces_together_comes_back_though_it_looks_like_the_backdrop(sure: float, joined: bool) -> None:
    """A white front between a coloured card and a coloured spine, and a white panel within the spine."""
    shot = product_shot(SIZE, colour=RED, background=WHITE)
    whole = shot.alpha / np.float32(255)
    front, panel = np.s_[:, 150:220], np.s_[180:220, 250:290]
    rgb, detailed, quick = shot.rgb.copy(), whole.copy(), whole * np.float32(sure)
    for part in (front, panel):
        rgb[part], detailed[part] = np.where(whole[part][..., None] > 0.5, np.uint8(250), rgb[part]), 0
    fusion = fuse(detailed, quick, rgb)
    assert (fusion.mask[200, 185] > 0.9) == joined
    assert (fusion.mask[200, 270] > 0.9) == joined, "what the same model lost beside it"


def test_a_certain_part_at_one_piece_alone_stays_background() -> None:
    shot = product_shot(SIZE, colour=RED, background=WHITE)
    whole = shot.alpha / np.float32(255)
    rgb, detailed = shot.rgb.copy(), whole.copy()
    rgb[180:220, 250:290], detailed[180:220, 250:290] = 250, 0
    assert fuse(detailed, whole, rgb).recovered == 0
