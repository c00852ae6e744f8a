"""Cleaning takes residue away and closes pinholes, by the recipe's limits, and keeps what is product by right."""

import numpy as np
import pytest
from scipy import ndimage

from processing.imaging.contract import Context, no_models
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.frame import Alpha, Frame
from processing.imaging.steps.clean import STEP, without_islands
from tests.images import Shot
from tests.processing.imaging.damages import drawn, perfect, punched, with_island, with_residue, with_specks

CONTEXT = Context(no_models)


def cleaned(alpha: Alpha, shot: Shot | None = None, **params: object) -> Frame:
    frame = (shot or drawn()).frame.with_alpha(alpha)
    bound = STEP.bind(params)
    after = STEP.apply(frame, bound.params, CONTEXT)
    STEP.verify(frame, after, bound.params)
    return after


def differs(frame: Frame, shot: Shot) -> int:
    """Pixels that are on the other side of half than in the truth."""
    assert frame.alpha is not None
    return int(((frame.alpha > 127) != (shot.alpha > 127)).sum())


@pytest.mark.parametrize(("share", "goes"), [(0.01, True), (0.04, True), (0.08, False)])
def test_an_island_goes_when_it_is_below_the_limit(share: float, goes: bool) -> None:
    after = cleaned(with_island(perfect(), share).full_alpha, island=5.0)
    assert (differs(after, drawn()) == 0) is goes
    assert after.notes == (("1 islands taken away",) if goes else ())


def test_specks_and_faint_residue_go() -> None:
    assert differs(cleaned(with_specks(perfect(), 12).full_alpha), drawn()) == 0
    residue = cleaned(with_residue(perfect(), 0.02).full_alpha)
    assert residue.alpha is not None
    assert (residue.alpha[drawn().alpha == 0] == 0).all()


def test_one_of_a_pair_is_no_residue() -> None:
    pair = drawn("pair")
    assert differs(cleaned(pair.alpha, pair), pair) == 0


@pytest.mark.parametrize(("share", "closes"), [(0.002, True), (0.015, True), (0.04, False)])
def test_a_hole_closes_when_it_is_below_the_limit(share: float, closes: bool) -> None:
    after = cleaned(punched(perfect(), share).full_alpha, hole=2.0)
    assert (differs(after, drawn()) == 0) is closes
    assert after.notes == (("1 holes closed",) if closes else ())


@pytest.mark.parametrize("shape", ["ring", "strap"])
def test_the_hole_of_a_ring_and_the_gap_of_a_strap_stay(shape: str) -> None:
    shot = drawn(shape)
    assert differs(cleaned(shot.alpha, shot, hole=5.0), shot) == 0


def test_background_that_the_frame_cuts_off_is_no_hole() -> None:
    """Two corners of background, each small, apart from the rest: they touch the frame, so they stay."""
    alpha = np.full((200, 200), 255, np.uint8)
    alpha[:10, :10] = alpha[-10:, -10:] = 0
    after = cleaned(alpha, drawn(size=(200, 200)), hole=5.0)
    assert after.alpha is not None and (after.alpha == alpha).all()


def test_faint_alpha_becomes_none_and_nearly_solid_becomes_solid() -> None:
    alpha = drawn().alpha.copy()
    middle = alpha[160, 180:220]
    middle[:] = 250
    soft = ndimage.gaussian_filter(alpha.astype(np.float32), 1.5).astype(np.uint8)
    after = cleaned(soft, floor=16).alpha
    assert after is not None
    assert not ((after > 0) & (after < 16)).any() and not ((after > 239) & (after < 255)).any()
    assert ((after > 16) & (after < 239)).any(), "the soft edge stays"
    assert (after[160, 180:220] == 255).all()


def test_limits_of_nothing_change_nothing() -> None:
    messy = punched(with_island(perfect(), 0.01), 0.001).full_alpha
    after = cleaned(messy, island=0.0, hole=0.0, floor=0)
    assert after.alpha is not None and (after.alpha == messy).all() and after.notes == ()


def test_a_result_that_lost_the_product_is_refused() -> None:
    before = drawn().frame.with_alpha(drawn().alpha)
    half = drawn().alpha.copy()
    half[:, 200:] = 0
    with pytest.raises(StepFailed) as caught:
        STEP.verify(before, before.with_alpha(half), STEP.bind({}).params)
    assert caught.value.code == "product_lost" and caught.value.action


@pytest.mark.parametrize("params", [{"island": -1.0}, {"island": 90.0}, {"hole": 20.0}, {"floor": 200}, {"floor": 1.5}])
def test_a_value_out_of_its_range_is_refused(params: dict[str, float]) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        STEP.bind(params)
    assert caught.value.code == "bad_parameter" and next(iter(params)) in caught.value.measured


def test_alpha_that_is_faint_all_over_has_no_islands_to_take_away() -> None:
    faint = np.full((20, 30), 12, np.uint8)
    alpha, gone = without_islands(faint, 0.02)
    assert gone == 0 and (alpha == faint).all()
