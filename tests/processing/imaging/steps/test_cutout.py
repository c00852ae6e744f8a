"""The cut-out asks the models that its recipe names, in the light that suits, and records each choice."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

from processing.imaging import contract, pipeline
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.frame import Frame
from processing.imaging.steps import cutout
from tests.images import GREY, WHITE, ThresholdMatter, product_shot


class Asked:
    """Hands out matters that threshold, or know ``truth``; remembers who was asked, and how bright a picture."""

    def __init__(self, truth: np.ndarray | None = None, *, takes_parts: bool = False) -> None:
        self.truth, self.takes_parts = truth, takes_parts
        self.seen: list[tuple[str, float]] = []

    def __call__(self, name: str) -> contract.Matter:
        outer = self

        class Named(ThresholdMatter):
            def mask(self, rgb: np.ndarray, whole: tuple[int, int] | None = None) -> np.ndarray:
                outer.seen.append((name, float(rgb.mean())))
                return super().mask(rgb) if outer.truth is None else outer.truth

        matter = Named()
        matter.name, matter.takes_parts = name, self.takes_parts
        return matter


def run(shot: object, truth: np.ndarray | None = None, **params: object) -> tuple[Asked, pipeline.Result]:
    asked = Asked(truth)
    steps = pipeline.parse({"cutout": params})
    return asked, pipeline.run(shot.frame, steps, contract.Context(asked))  # type: ignore[attr-defined]


def test_both_models_are_asked_by_default() -> None:
    asked, result = run(product_shot(background=GREY))
    assert [name for name, _ in asked.seen] == ["u2net", "isnet"]
    assert result.frame.notes == ("mask by u2net and isnet",)
    assert set(result.trace.masks) == {"u2net", "isnet"}
    assert {"first_certainty", "disagreement"} <= set(result.trace.numbers)


@pytest.mark.parametrize(("effort", "models"), [("quick", ["u2net"]), ("cascade", ["u2net"])])
def test_less_effort_asks_the_first_model_alone_where_it_is_sure(effort: str, models: list[str]) -> None:
    asked, result = run(product_shot(background=GREY), effort=effort)
    assert [name for name, _ in asked.seen] == models
    assert "alone" in result.trace.choices[0]


def test_the_cascade_asks_the_second_where_the_first_is_unsure() -> None:
    class Unsure:
        name = "unsure"
        takes_parts = False

        def mask(self, rgb: np.ndarray, whole: tuple[int, int] | None = None) -> np.ndarray:
            return (0.2 + 0.5 * ThresholdMatter().mask(rgb)).astype(np.float32)

    asked = Asked()
    context = contract.Context(lambda name: Unsure() if name == "u2net" else asked(name))
    pipeline.run(product_shot(background=GREY).frame, pipeline.parse({"cutout": {"effort": "cascade"}}), context)
    assert [name for name, _ in asked.seen] == ["isnet"]


def test_a_cascade_does_not_stop_at_an_empty_first_mask_however_certain() -> None:
    class Blind(ThresholdMatter):
        def mask(self, rgb: np.ndarray, whole: tuple[int, int] | None = None) -> np.ndarray:
            return np.zeros(rgb.shape[:2], np.float32)

    asked = Asked()
    context = contract.Context(lambda name: Blind() if name == "u2net" else asked(name))
    shot = product_shot(background=GREY)
    found = pipeline.run(shot.frame, pipeline.parse({"cutout": {"effort": "cascade"}}), context).frame.alpha
    assert found is not None and (np.abs(found.astype(int) - shot.alpha) < 64).mean() > 0.99


def test_only_the_detailed_model_sees_opened_tones() -> None:
    drawn = product_shot(background=WHITE)
    rgb = drawn.rgb.copy()
    rgb[:, :200][drawn.alpha[:, :200] > 127] = (238, 236, 232)
    shot = SimpleNamespace(frame=drawn.frame.with_rgb(rgb))
    asked, result = run(shot, drawn.alpha / np.float32(255))
    assert asked.seen[0][1] > asked.seen[1][1] + 10
    assert "tones opened" in result.trace.choices[0]
    plain, _ = run(shot, tone="off")
    assert plain.seen[0][1] == plain.seen[1][1]


def test_tones_stay_shut_where_nothing_of_the_rim_blends_with_the_backdrop() -> None:
    shot = product_shot(background=WHITE)
    asked, result = run(shot)
    assert asked.seen[0][1] == asked.seen[1][1] and not result.trace.choices
    strong, _ = run(shot, tone="strong")
    assert strong.seen[0][1] > strong.seen[1][1] + 10


def test_further_looks_are_told_on_the_trace() -> None:
    shot = product_shot(background=GREY)
    asked, result = run(shot, enough=1.0)
    assert [name for name, _ in asked.seen] == ["u2net", "isnet", "isnet", "isnet"]
    assert result.trace.choices == ["isnet looked again (in even light, upside down): its first mask stays"]
    assert "variation" in result.trace.numbers
    _, sure = run(shot, enough=0.0)
    assert not sure.trace.choices and "variation" not in sure.trace.numbers


def test_a_look_at_the_product_alone_is_told_among_the_others() -> None:
    shot, asked = product_shot((160, 120), background=GREY), Asked(takes_parts=True)
    result = pipeline.run(shot.frame, pipeline.parse({"cutout": {"enough": 1.0}}), contract.Context(asked))
    told = "isnet looked again (at the product alone, in even light, upside down): its first mask stays"
    assert result.trace.choices == [told]


def cut_out(shape: str, own: np.ndarray | None = None) -> Frame:
    """A photo that came with transparency, laid on white as ``decode`` does."""
    shot = product_shot((320, 240), shape=shape, background=WHITE)
    return replace(shot.frame, own=shot.alpha if own is None else own)


def test_a_photo_that_is_cut_out_already_keeps_its_alpha_and_asks_no_model() -> None:
    frame = cut_out("ring")
    asked, result = run(SimpleNamespace(frame=frame))
    assert asked.seen == [] and result.trace.masks == {}
    assert np.array_equal(result.frame.alpha, frame.own) and result.frame.given
    assert result.frame.notes == ("mask by the photo's own transparency",)


def test_a_shadow_that_was_taken_away_is_noted() -> None:
    shot = product_shot((320, 240), shape="ring", background=WHITE, fill=0.5)
    shade = ndimage.gaussian_filter(ndimage.shift(shot.alpha.astype(float), (70, 0)), 6) * 0.5
    over = shot.alpha / 255 + (1 - shot.alpha / 255) * shade / 255
    rgb = (shot.rgb * (1 - shade / 255 * (1 - shot.alpha / 255))[..., None]).astype(np.uint8)
    frame = replace(shot.frame.with_rgb(rgb), own=(over * 255 + 0.5).astype(np.uint8))
    _, result = run(SimpleNamespace(frame=frame))
    assert result.frame.notes[0] == "mask by the photo's own transparency"
    assert result.frame.notes[1].startswith("a shadow as large as ")


def test_told_to_ignore_it_models_cut_the_photo_out() -> None:
    asked, result = run(SimpleNamespace(frame=cut_out("ring")), own="ignore")
    assert [name for name, _ in asked.seen][:2] == ["u2net", "isnet"] and not result.frame.given
    assert result.frame.notes == ("mask by u2net and isnet",)


def test_a_plain_shape_is_kept_exactly_where_models_see_it_as_well() -> None:
    frame = cut_out("box")
    asked, result = run(SimpleNamespace(frame=frame))
    assert asked.seen and np.array_equal(result.frame.alpha, frame.own) and result.frame.given
    assert result.frame.notes == ("mask by the photo's own transparency", "a plain shape, and models see it as well")


def test_a_photo_cut_to_a_plain_shape_is_cut_out_by_models() -> None:
    shot = product_shot((320, 240), shape="disc", background=GREY, fill=0.4)
    card = product_shot((320, 240), fill=0.9).alpha
    on_white = np.where(card[..., None] > 127, shot.rgb, 255).astype(np.uint8)
    asked, result = run(SimpleNamespace(frame=replace(shot.frame.with_rgb(on_white), own=card)), shot.alpha / 255.0)
    assert asked.seen and not result.frame.given
    assert (np.abs(result.frame.alpha.astype(int) - shot.alpha) < 64).mean() > 0.99
    told = "own transparency is no cut-out: models see something else on"
    assert any(note.startswith(told) for note in result.frame.notes)


def test_transparency_that_tells_nothing_leaves_it_to_the_models() -> None:
    nothing = np.full((240, 320), 40, np.uint8)
    asked, result = run(SimpleNamespace(frame=cut_out("ring", nothing)))
    assert asked.seen and not result.frame.given


@pytest.mark.parametrize("step", ["refine", "clean"])
def test_what_a_photo_came_with_is_neither_sharpened_nor_cleaned(step: str) -> None:
    shot = product_shot((320, 240), shape="pair")
    soft = ndimage.gaussian_filter(shot.alpha, 2)
    soft[:12, :12] = 200
    values = {"refine": {"sharpness": 4.0}, "clean": {"island": 40.0, "hole": 2.0, "floor": 0}}[step]

    def after(frame: Frame) -> np.ndarray:
        steps = pipeline.parse({step: values})
        return pipeline.run(frame, steps, contract.Context(contract.no_models)).frame.alpha

    assert np.array_equal(after(shot.frame.with_given(soft)), soft)
    assert not np.array_equal(after(shot.frame.with_alpha(soft)), soft)


def masked(alpha: np.ndarray | None) -> Frame:
    return product_shot((40, 30)).frame.with_alpha(alpha)


def block(share: float) -> np.ndarray:
    """A mask of 30 x 40 pixels of which the first ``share`` is product."""
    flat = np.zeros(1200, np.uint8)
    flat[: round(1200 * share)] = 255
    return flat.reshape(30, 40)


@pytest.mark.parametrize(
    ("alpha", "code"),
    [
        (None, "no_mask"),
        (np.zeros((15, 20), np.uint8), "mask_size"),
        (block(0.0), "empty_mask"),
        (np.full((30, 40), 100, np.uint8), "empty_mask"),
        (block(1.0), "whole_frame_mask"),
    ],
)
def test_a_mask_that_says_nothing_is_refused_with_its_code(alpha: np.ndarray | None, code: str) -> None:
    with pytest.raises(StepFailed) as caught:
        cutout.STEP.verify(masked(None), masked(alpha), cutout.Params())
    assert caught.value.code == code
    assert caught.value.measured and caught.value.wanted and caught.value.action


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_small_and_large_products_are_taken(share: float) -> None:
    cutout.STEP.verify(masked(None), masked(block(share)), cutout.Params())


def test_a_models_flat_prediction_goes_through_with_its_code() -> None:
    class Flat:
        name = "flat"
        takes_parts = False

        def mask(self, rgb: np.ndarray, whole: tuple[int, int] | None = None) -> np.ndarray:
            raise StepFailed("flat_prediction", measured="m", wanted="w", action="a")

    with pytest.raises(StepFailed) as caught:
        pipeline.run(product_shot((40, 30)).frame, pipeline.parse({"cutout": {}}), contract.Context.always(Flat()))
    assert caught.value.code == "flat_prediction"


def test_the_mask_is_given_back_in_the_photos_own_size() -> None:
    shot = product_shot((150, 90), background=GREY)
    _, result = run(shot)
    assert result.frame.alpha is not None and result.frame.alpha.shape == (90, 150)
    assert ((result.frame.alpha > 127) != (shot.alpha > 127)).mean() < 0.01


@pytest.mark.parametrize("params", [{"effort": "all"}, {"tone": "loud"}, {"model": 7}])
def test_a_word_that_is_no_choice_is_refused(params: dict[str, object]) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        cutout.STEP.bind(params)
    assert caught.value.code == "bad_parameter" and next(iter(params)) in caught.value.measured
