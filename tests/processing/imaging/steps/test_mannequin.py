"""The step takes the mannequin, joins the inside, and says what it did and what it could not do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from processing.imaging import rendering
from processing.imaging.contract import Context, Inside, no_models
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.frame import Frame
from processing.imaging.steps.mannequin import STEP
from tests.images import product_shot
from tests.mannequins import BLACK, BLUE, GREY, RED, SKIN, WHITE, Dressed, dressed, inside


def context(other: Dressed | None = None) -> Context:
    made = Context(no_models)
    if other is None:
        return made
    return replace(made, inside=lambda: Inside(Frame(other.rgb, other.alpha), "TEE-1_inside.jpg"))


def run(frame: Frame, within: Context | None = None, **values: Any) -> Frame:
    bound = STEP.bind({"kind": "white", **values})
    after = STEP.apply(frame, bound.params, within or context())
    STEP.verify(frame, after, bound.params)
    return after


def test_without_a_kind_nothing_happens() -> None:
    frame = dressed().frame
    assert run(frame, kind="none") is frame


@pytest.mark.parametrize("neck", ["round", "v", "turtle"])
def test_the_alpha_is_the_garments_own(neck: str) -> None:
    shot = dressed((1080, 1200), neck=neck)
    after = run(shot.frame)
    assert after.alpha is not None
    assert np.abs(after.alpha.astype(int) - shot.garment).sum() < 0.005 * shot.garment.sum(dtype=np.int64)
    assert after.rgb is shot.frame.rgb


def test_auto_takes_one_that_stands_out_and_leaves_all_else_without_a_word() -> None:
    assert "mannequin removed at the neck" in run(dressed(mannequin=SKIN).frame, kind="auto").notes[0]
    plain = [dressed(mannequin=None, cloth=cloth).frame for cloth in (BLUE, WHITE, GREY, SKIN, (24, 24, 26))]
    for frame in (*plain, product_shot().cutout, dressed(mannequin=SKIN, head=True).frame):
        within = context()
        assert run(frame, within, kind="auto") is frame
        assert not within.trace.numbers and not within.trace.demands


def test_its_own_colour_is_taken() -> None:
    pink = dressed(mannequin=(214, 120, 150), cloth=BLUE)
    assert run(pink.frame, kind="white").alpha is pink.alpha
    assert (run(pink.frame, kind="own", colour="#d67896").alpha != pink.alpha).any()


def test_the_inside_lies_in_the_neck_and_is_drawn_under_the_garment() -> None:
    shot, within = dressed(neck="v"), context(inside())
    after = run(shot.frame, within)
    assert after.joint is not None
    assert after.notes[-1] == "inside of the neck from TEE-1_inside.jpg"
    canvas = rendering.place(after, rendering.MASTER)
    x, y = (round(share * side + off) for share, side, off in zip((0.5, 0.33), (720, 800), canvas.offset, strict=True))
    assert canvas.alpha[y, x] == 255 and canvas.rgb[y, x].sum() < 600
    empty = rendering.place(run(shot.frame, context(inside()), inside="leave"), rendering.MASTER)
    x, y = (round(share * side + off) for share, side, off in zip((0.5, 0.33), (720, 800), empty.offset, strict=True))
    assert empty.alpha[y, x] == 0 and (empty.rgb[y, x] == 255).all()
    assert set(within.trace.numbers) >= {"mannequin_taken", "mannequin_left", "joint_misfit", "joint_apart"}


def test_without_an_inside_the_opening_is_left_empty_and_that_is_said() -> None:
    after = run(dressed().frame)
    assert after.joint is None
    assert after.notes[-1] == "the neck's opening is left empty: the product has no photo of its inside"


def test_an_inside_that_does_not_fit_is_not_joined_and_named_with_the_reason() -> None:
    after = run(dressed(neck="v").frame, context(inside(slope=0.05)))
    assert after.joint is None
    assert "left empty: TEE-1_inside.jpg was not joined, its shoulders do not fit" in after.notes[-1]


def test_whatever_it_took_a_person_has_to_see() -> None:
    within = context()
    run(dressed().frame, within)
    assert within.trace.demands == ["A mannequin was removed; every such picture is seen by a person."]


def test_one_that_can_not_be_told_from_the_cloth_is_left_noted_and_seen() -> None:
    shot, within = dressed(cloth=(214, 204, 190), mannequin=WHITE), context()
    after = run(shot.frame, within, tolerance=3.5)
    assert after.alpha is shot.alpha
    assert "no mannequin removed: its colour is too close to the cloth's" in after.notes[0]
    assert "may be left in the picture" in within.trace.demands[0]


@pytest.mark.parametrize(("kind", "mannequin"), [("black", BLACK), ("white", WHITE), ("skin", SKIN)])
def test_no_rim_of_its_neck_is_left(kind: str, mannequin: tuple[int, int, int]) -> None:
    """A mask that is a little wide has a rim of backdrop, which would be left as a row of dots where the neck was."""
    shot = dressed((1800, 2000), cloth=(70, 120, 80), mannequin=mannequin)
    wide = np.asarray(Image.fromarray(shot.alpha).filter(ImageFilter.MaxFilter(7)))
    after = run(Frame(shot.rgb, wide), kind=kind)
    assert after.alpha is not None and not after.alpha[: round(0.19 * 2000)].any()


def test_a_cap_on_its_neck_goes_with_it() -> None:
    shot = dressed()
    rgb, alpha = shot.rgb.copy(), shot.alpha.copy()
    cap = np.s_[66:80, 335:385]
    rgb[cap], alpha[cap] = (90, 60, 30), 255
    after = run(Frame(rgb, alpha))
    assert after.alpha is not None and not after.alpha[:100].any()
    assert "1 loose parts that it held went with it" in after.notes


@pytest.mark.parametrize(
    "values", [{"kind": "green"}, {"kind": "own", "colour": "#12"}, {"tolerance": 1.0}, {"zones": "head"}]
)
def test_bad_values_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRecipe):
        STEP.bind(values)


def test_a_result_that_lost_the_product_or_its_colours_is_refused() -> None:
    frame = dressed(cloth=RED).frame
    with pytest.raises(StepFailed) as lost:
        STEP.verify(frame, frame.with_alpha(np.zeros_like(frame.alpha)), STEP.bind({}).params)
    with pytest.raises(StepFailed) as changed:
        STEP.verify(frame, frame.with_rgb(frame.rgb.copy()), STEP.bind({}).params)
    assert (lost.value.code, changed.value.code) == ("product_lost", "colour_changed")


@pytest.mark.parametrize(("kind", "mannequin", "cloth"), [("auto", WHITE, (236, 236, 234)), ("white", WHITE, WHITE)])
def test_one_of_the_cloths_very_colour_is_left_and_never_passes_by_itself(
    kind: str, mannequin: tuple[int, int, int], cloth: tuple[int, int, int]
) -> None:
    within, shot = context(), dressed(cloth=cloth, mannequin=mannequin)
    after = run(shot.frame, within, kind=kind)
    assert after.alpha is shot.alpha
    assert after.notes == ("no mannequin removed: most of the subject has its colour",)
    assert "may be left in the picture" in within.trace.demands[0]


def test_auto_takes_the_colour_of_which_most_is_found() -> None:
    shot = dressed(neck="v", cloth=BLUE, mannequin=GREY, arms=True, legs=True)
    assert run(shot.frame, kind="auto").notes[0] == "mannequin removed at the neck and arms and hem"
