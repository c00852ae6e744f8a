"""Mannequins: found by colour, smoothness and place, to a pixel; and left alone where they can't be told."""

import numpy as np
import pytest

from processing.imaging import mannequins
from processing.imaging.mannequins import COLOURS, Found, lab_of
from tests.images import product_shot
from tests.mannequins import BLACK, BLUE, GREY, PAPER, RED, SKIN, WHITE, Dressed, dressed

MADE_IN = {"white": WHITE, "black": BLACK, "grey": GREY, "skin": SKIN}
NAVY, SNOW, SAND, COAL, ASH = (28, 32, 62), (236, 236, 234), (214, 186, 160), (24, 24, 26), (150, 150, 152)
ZONES = ("neck", "arms", "hem")


def find(shot: Dressed, kind: str, *, zones: tuple[str, ...] = ZONES, strict: bool = False) -> Found:
    return mannequins.find(mannequins.view(shot.rgb, shot.alpha), lab_of(COLOURS[kind]), 10.0, zones, strict=strict)


@pytest.mark.parametrize("neck", ["round", "v", "turtle"])
@pytest.mark.parametrize(
    ("kind", "cloth"),
    [
        *(("white", cloth) for cloth in (BLUE, NAVY, SAND)),
        *(("black", cloth) for cloth in (SNOW, RED, NAVY)),
        *(("grey", cloth) for cloth in (BLUE, SNOW)),
        *(("skin", cloth) for cloth in (RED, SNOW, ASH)),
    ],
)
def test_a_neck_of_each_kind_is_found_in_each_collar(kind: str, cloth: tuple[int, int, int], neck: str) -> None:
    shot = dressed(neck=neck, cloth=cloth, mannequin=MADE_IN[kind])
    found, truth = find(shot, kind), shot.mannequin > 127
    assert found.zones == ("neck",)
    assert (found.mask & truth).sum() / (found.mask | truth).sum() > 0.96
    assert (found.mask & ~truth & (shot.alpha > 127)).sum() < 0.001 * (shot.alpha > 127).sum()
    assert found.apart is not None and found.apart > mannequins.TOO_CLOSE


@pytest.mark.parametrize("kind", list(COLOURS))
def test_arms_and_legs_are_found_where_they_are_asked_for(kind: str) -> None:
    shot = dressed(neck="v", cloth=RED, mannequin=MADE_IN[kind], arms=True, legs=True)
    truth = shot.mannequin > 127
    found = find(shot, kind)
    assert set(found.zones) == set(ZONES)
    assert (found.mask & truth).sum() / (found.mask | truth).sum() > 0.95
    assert find(shot, kind, zones=("neck",)).zones == ("neck",)


@pytest.mark.parametrize(("kind", "cloth"), [("white", SNOW), ("skin", SAND), ("black", COAL), ("grey", ASH)])
def test_cloth_of_the_mannequins_colour_is_left_and_the_reason_said(kind: str, cloth: tuple[int, int, int]) -> None:
    found = find(dressed(cloth=cloth, mannequin=MADE_IN[kind]), kind)
    assert not found.stumps
    assert found.why == mannequins.ALL_ALIKE or "too close to the cloth's" in found.why


def test_cloth_beside_the_neck_that_is_too_close_is_told_with_its_difference() -> None:
    shot = dressed(cloth=(214, 204, 190), mannequin=WHITE)
    found = mannequins.find(mannequins.view(shot.rgb, shot.alpha), lab_of("#e8e6e2"), 3.5, ZONES)
    assert not found.stumps and found.apart is not None
    assert found.apart < mannequins.TOO_CLOSE and f"{found.apart:.1f}" in found.why


def test_where_cloth_is_like_it_in_shade_only_the_neck_is_taken_and_that_is_said() -> None:
    shot = dressed((1080, 1200), neck="v", cloth=ASH, mannequin=WHITE, arms=True, legs=True)
    found = find(shot, "white")
    assert found.shaded and found.zones == ("neck",)
    assert not find(dressed(cloth=BLUE), "white").shaded


@pytest.mark.parametrize("kind", list(COLOURS))
@pytest.mark.parametrize("neck", ["round", "v", "turtle"])
def test_a_garment_without_a_mannequin_keeps_all(kind: str, neck: str) -> None:
    for cloth in (BLUE, SNOW, COAL, SAND):
        bare = dressed(neck=neck, cloth=cloth, mannequin=None)
        assert not find(bare, kind).stumps and not find(bare, kind, strict=True).stumps


@pytest.mark.parametrize("colour", [WHITE, BLACK, SKIN, (60, 90, 60)])
def test_a_bag_or_a_cap_is_no_mannequin(colour: tuple[int, int, int]) -> None:
    for shape in ("box", "disc", "ring"):
        shot = product_shot((720, 800), shape=shape, colour=colour, background=(120, 160, 190))
        seen = mannequins.view(shot.rgb, shot.alpha)
        for kind in COLOURS:
            assert not mannequins.find(seen, lab_of(COLOURS[kind]), 10.0, ZONES).stumps


def test_a_person_is_no_mannequin() -> None:
    found = find(dressed(head=True, mannequin=SKIN, cloth=BLUE), "skin")
    assert not found.stumps and found.why.startswith("a person")


def test_a_neck_that_runs_out_of_the_photo_is_taken_for_a_persons() -> None:
    shot = dressed(mannequin=SKIN)
    cut = slice(110, None)
    seen = mannequins.view(np.ascontiguousarray(shot.rgb[cut]), np.ascontiguousarray(shot.alpha[cut]))
    found = mannequins.find(seen, lab_of(COLOURS["skin"]), 10.0, ZONES)
    assert not found.stumps and "runs out of the photo" in found.why


def test_unasked_only_a_neck_that_stands_far_out_is_taken() -> None:
    assert find(dressed(cloth=BLUE), "white", strict=True).zones == ("neck",)
    low = dressed(cloth=BLUE)
    rows = round(0.225 * 800)  # what is left above the collar is a rim
    alpha = low.alpha.copy()
    alpha[:rows] = 0
    seen = mannequins.view(low.rgb, alpha)
    assert not mannequins.find(seen, lab_of(COLOURS["white"]), 10.0, ZONES, strict=True).stumps


def test_the_matte_is_the_truth_to_a_part_of_a_pixel() -> None:
    shot = dressed((1440, 1600), neck="v", cloth=RED, mannequin=GREY)
    seen = mannequins.view(shot.rgb, shot.alpha)
    found = mannequins.find(seen, lab_of(COLOURS["grey"]), 10.0, ZONES)
    part, share = mannequins.matte(shot.rgb, seen, found, found.stumps[0])
    whole = np.zeros_like(shot.alpha)
    whole[part] = share
    off = np.abs(whole.astype(int) - shot.mannequin) * (shot.alpha > 127)
    assert off.sum() / shot.mannequin.sum(dtype=np.int64) < 0.006


def test_each_stumps_matte_takes_only_the_part_around_it() -> None:
    shot = dressed((1440, 1600), cloth=RED, mannequin=GREY, arms=True, legs=True)
    seen, found = mannequins.view(shot.rgb, shot.alpha), find(shot, "grey")
    assert found.zones == ("neck", "arms", "hem")
    mattes = [mannequins.matte(shot.rgb, seen, found, stump) for stump in found.stumps]
    assert sum(share.size for _, share in mattes) < 0.35 * shot.alpha.size
    whole = np.zeros_like(shot.alpha)
    for part, share in mattes:
        whole[part] = np.maximum(whole[part], share)
    off = np.abs(whole.astype(int) - shot.mannequin) * (shot.alpha > 127)
    assert off.sum() / shot.mannequin.sum(dtype=np.int64) < 0.02


def test_what_is_left_of_it_is_told_in_per_cent_of_the_garments_box() -> None:
    shot = dressed(neck="v", cloth=RED, mannequin=WHITE, arms=True)
    seen, found = mannequins.view(shot.rgb, shot.alpha), find(shot, "white", zones=("neck",))
    garment = seen.subject & ~found.mask
    arms = (shot.mannequin > 127) & ~found.mask
    left, _, right, _ = seen.box
    rows = np.flatnonzero(garment.any(axis=1))
    box = (right - left) * (rows[-1] + 1 - rows[0])
    assert mannequins.left(seen, garment, found) == pytest.approx(100 * arms.sum() / box, rel=0.25)
    assert mannequins.left(seen, garment & ~arms, found) < 0.05


def test_a_colour_is_read_from_six_digits() -> None:
    assert lab_of("#ffffff")[0] == pytest.approx(100, abs=0.1)
    for text in ("#fff", "white", "", "#gggggg", "#-1-1-1", "#+f+f+f", "# f f f", "#١١١١١١"):
        with pytest.raises(ValueError):
            lab_of(text)


def test_an_outline_tells_a_neck_whatever_its_colour() -> None:
    for shot, stands in ((dressed(cloth=SNOW), True), (dressed(cloth=SNOW, mannequin=None), False)):
        assert mannequins.stands_out(mannequins.view(shot.rgb, shot.alpha)) == stands
    for shape in ("box", "disc", "ring", "button"):
        other = product_shot((720, 800), shape=shape)
        assert not mannequins.stands_out(mannequins.view(other.rgb, other.alpha))


@pytest.mark.parametrize("kind", list(COLOURS))
def test_only_colours_that_the_topmost_rows_show_are_sought(kind: str) -> None:
    shot = dressed(cloth=BLUE, mannequin=MADE_IN[kind])
    sought = [one.tolist() for one in mannequins.likely(mannequins.view(shot.rgb, shot.alpha), 10.0)]
    assert lab_of(COLOURS[kind]).tolist() in sought and len(sought) < len(COLOURS)
    bare = dressed(cloth=BLUE, mannequin=None)
    assert not mannequins.likely(mannequins.view(bare.rgb, bare.alpha), 10.0)
    nothing = np.zeros_like(bare.alpha)
    assert not mannequins.likely(mannequins.view(bare.rgb, nothing), 10.0)


@pytest.mark.parametrize("body", [21, 30])
def test_a_subject_of_two_rows_has_no_neck(body: int) -> None:
    alpha = np.zeros((40, 60), np.uint8)
    alpha[20, 28:32], alpha[body, 5:55] = 255, 255
    assert not mannequins.stands_out(mannequins.view(np.full((40, 60, 3), WHITE, np.uint8), alpha))


def test_auto_takes_no_heel_for_a_neck() -> None:
    """A shoe: blue, but for a white upper that goes from its middle to the heel, which is its highest place."""
    down, across = np.mgrid[:500, :800]
    heel = (across > 610) & (across < 740) & (down > 80)
    upper = (across > 260) & (down > 220)
    shoe = (across > 60) & (across < 740) & (down < 420) & ((down > 220) | heel)
    rgb = np.full((500, 800, 3), PAPER, np.uint8)
    rgb[shoe] = BLUE
    rgb[shoe & (heel | upper) & (down < 330)] = WHITE
    seen = mannequins.view(rgb, np.where(shoe, 255, 0).astype(np.uint8))
    assert mannequins.find(seen, lab_of(COLOURS["white"]), 10.0, ZONES).stumps
    assert not mannequins.find(seen, lab_of(COLOURS["white"]), 10.0, ZONES, strict=True).stumps


def test_a_hood_is_no_neck() -> None:
    bare = dressed(cloth=SNOW, mannequin=None)
    down, across = np.mgrid[:800, :720]
    hood = (np.abs(across - 360) < 70 * np.minimum(1, (down - 60) / 30)) & (down < 216)
    rgb, alpha = bare.rgb.copy(), bare.alpha.copy()
    rgb[hood], alpha[hood] = SNOW, 255
    assert not mannequins.stands_out(mannequins.view(rgb, alpha))
