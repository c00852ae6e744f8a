"""The joint of a neck: laid where it belongs, in the cloth's light, and refused where it does not fit."""

import numpy as np
import pytest

from processing.imaging import collars, colour
from processing.imaging.collars import Joined
from processing.imaging.frame import Frame
from tests.mannequins import BLUE, LEFT, RIGHT, Dressed, dressed, inside

NECK = (0.40 * 720, 0.60 * 720)


def bare(**values: object) -> tuple[Dressed, Frame]:
    """The shot, and the garment as it was cut out of it."""
    shot = dressed(**values)  # type: ignore[arg-type]
    return shot, Frame(shot.rgb, shot.garment)


def join(garment: Frame, other: Dressed, most: float = 1.0) -> Joined:
    before = dressed(neck="v").alpha  # all necks stand in it alike
    return collars.join(garment, before, NECK, Frame(other.rgb, other.alpha), most)


@pytest.mark.parametrize("neck", ["round", "v"])
def test_the_collars_ends_are_where_they_were_drawn(neck: str) -> None:
    shot, garment = bare(neck=neck)
    found = collars.collar(garment.alpha, NECK)
    assert found is not None
    for end, truth in zip((found.left, found.right), shot.ends, strict=True):
        assert np.hypot(end[0] - truth[0], end[1] - truth[1]) < 3
    assert found.width == pytest.approx((RIGHT - LEFT) * 720, abs=4)


@pytest.mark.parametrize(("turn", "zoom"), [(0.0, 1.0), (2.0, 1.05), (-4.0, 0.95), (6.0, 1.2)])
def test_the_inside_is_laid_where_it_belongs(turn: float, zoom: float) -> None:
    """The label is the only thing near white: its middle lies where it was sewn on."""
    _, garment = bare(neck="v")
    made = join(garment, inside(turn=turn, zoom=zoom))
    assert made.joint is not None and made.misfit is not None and made.misfit < 0.8
    light = colour.lab(made.joint.rgb)[..., 0] * (made.joint.alpha > 200)
    rows, columns = np.nonzero(light > 55)
    assert columns.mean() + made.joint.x == pytest.approx(0.5 * 720, abs=2)
    assert rows.mean() + made.joint.y == pytest.approx(0.265 * 800, abs=2.5)


def test_it_fills_the_opening_and_shows_nowhere_else() -> None:
    shot, garment = bare(neck="v")
    made = join(garment, inside())
    drawn, opacity = garment.with_joint(made.joint).drawn
    assert opacity is not None and garment.alpha is not None
    assert (opacity[shot.opening] > 200).mean() > 0.97
    added = (opacity > 64) & (garment.alpha < 32)
    assert (added & ~shot.opening).sum() < 0.04 * shot.opening.sum()
    solid = garment.alpha == 255
    assert (drawn[solid] == garment.rgb[solid]).all()


def test_no_gap_stays_between_the_neck_and_what_of_the_inside_was_seen_beside_it() -> None:
    shot, garment = bare(neck="round")
    made = join(garment, inside())
    opacity = garment.with_joint(made.joint).drawn[1]
    assert opacity is not None
    assert (opacity[shot.opening] > 200).mean() > 0.97


@pytest.mark.parametrize("light", [0.85, 1.12])
def test_another_light_is_made_the_cloths_and_the_shadow_darkens(light: float) -> None:
    _, garment = bare(neck="v")
    even, other = join(garment, inside()), join(garment, inside(light=light))
    assert even.joint is not None and other.joint is not None
    seen = (even.joint.alpha > 250) & (other.joint.alpha > 250)
    apart = colour.ciede2000(*(np.median(colour.lab(one.joint.rgb[seen]), axis=0) for one in (even, other)))
    assert apart < 1.5
    assert other.apart is not None and other.apart < 8
    last = other.joint.rgb[-12:][other.joint.alpha[-12:] > 200].mean()
    first = other.joint.rgb[14:26][other.joint.alpha[14:26] > 200].mean()
    assert last < 0.9 * first


def test_another_cloth_keeps_its_colour() -> None:
    _, garment = bare(neck="v", cloth=BLUE)
    made = join(garment, inside(inner=(200, 60, 60), label=False))
    assert made.joint is not None and "another colour" in made.notes[0]
    red = made.joint.rgb[made.joint.alpha > 250].mean(axis=0)
    assert red[0] > 2 * red[2]


@pytest.mark.parametrize("slope", [0.02, 0.05, -0.03])
def test_shoulders_that_do_not_fit_are_refused_with_the_misfit(slope: float) -> None:
    _, garment = bare(neck="v")
    made = join(garment, inside(slope=slope))
    assert made.joint is None and made.misfit is not None and made.misfit > 1
    assert f"{made.misfit:.1f} %" in made.why
    assert join(garment, inside(slope=slope), most=50.0).joint is not None


def test_a_photo_that_lies_otherwise_is_refused() -> None:
    _, garment = bare(neck="v")
    assert "otherwise" in join(garment, inside(turn=24.0)).why
    assert "otherwise" in join(garment, inside(zoom=0.55)).why


def test_a_photo_without_a_collar_is_refused() -> None:
    shot, garment = bare(neck="v")
    flat = shot.alpha.copy()
    flat[:320] = 0
    assert "no collar" in collars.join(garment, shot.alpha, NECK, Frame(shot.rgb, flat), 1.0).why


def test_a_collar_that_closes_the_neck_needs_nothing() -> None:
    _, garment = bare(neck="v")
    back = inside(turn=0.0, zoom=1.0, shift=(0.0, 0.0))
    found = collars.collar(back.alpha, NECK)
    assert found is not None
    high = garment.alpha.copy() if garment.alpha is not None else back.alpha
    for x in range(round(found.left[0]), round(found.right[0]) + 1):
        high[round(found.left[1]) + 2 :, x] = np.maximum(high[round(found.left[1]) + 2 :, x], 255 * (x > 0))
    made = collars.join(Frame(garment.rgb, high), high, NECK, Frame(back.rgb, back.alpha), 1.0)
    assert made.joint is None and made.why == ""


def test_the_inside_is_seen_only_where_the_mannequin_was() -> None:
    shot, garment = bare(neck="v")
    other, half = inside(), shot.alpha.copy()
    half[:, 360:] = np.where(shot.mannequin[:, 360:] > 0, 0, half[:, 360:])
    made = collars.join(garment, half, NECK, Frame(other.rgb, other.alpha), 1.0)
    assert made.joint is not None
    opacity = garment.with_joint(made.joint).drawn[1]
    assert opacity is not None and opacity[262, 350] == 255 and opacity[262, 370] == 0


def test_a_crumb_that_hides_the_collars_end_leaves_no_gap_beside_it() -> None:
    shot, garment = bare(neck="v")
    assert garment.alpha is not None
    alpha, (x, y) = garment.alpha.copy(), (round(side) for side in shot.ends[0])
    alpha[y - 6 : y + 12, x + 7] = 255
    made = join(Frame(garment.rgb, alpha), inside())
    assert made.joint is not None
    opacity = Frame(garment.rgb, alpha, joint=made.joint).drawn[1]
    assert opacity is not None
    beside = np.zeros_like(shot.opening)
    beside[:, x : x + 7] = shot.opening[:, x : x + 7]
    assert beside.sum() > 20 and (opacity[beside] > 200).mean() > 0.8
