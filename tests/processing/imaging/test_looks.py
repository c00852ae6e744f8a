"""A model that is unsure looks again, closer, in even light and upside down, and its surest mask stays."""

import numpy as np
import pytest

from processing.imaging import looks, tones
from processing.imaging.faults import StepFailed
from tests.images import GREY, product_shot

SHOT = product_shot((120, 90), background=GREY, shape="disc", shift=(12, -9))
TRUTH = SHOT.alpha.astype(np.float32) / 255
VIEW = SHOT.rgb
EVEN = tones.equalised(VIEW)
PART = looks.part_of(TRUTH)
assert PART is not None


class Moody:
    """Knows the truth, as ``clear`` in each look as it is told (0.5 is no idea at all); None is a flat prediction."""

    name = "moody"
    takes_parts = False

    def __init__(self, as_it_is: float | None, even: float | None = 0.6, upside_down: float | None = 0.6) -> None:
        self.clear = {"": as_it_is, "in even light": even, "upside down": upside_down}
        self.asked: list[str] = []

    def mask(self, rgb: np.ndarray, whole: tuple[int, int] | None = None) -> np.ndarray:
        truth = TRUTH
        if np.array_equal(rgb, VIEW):
            look = ""
        elif np.array_equal(rgb, EVEN):
            look = "in even light"
        else:
            assert np.array_equal(rgb, VIEW[::-1])
            look, truth = "upside down", TRUTH[::-1]
        self.asked.append(look)
        clear = self.clear[look]
        if clear is None:
            raise StepFailed("flat_prediction", measured=look, wanted="w", action="a")
        return (0.5 + (truth - 0.5) * (2 * clear - 1)).astype(np.float32)


class Near(Moody):
    """Is asked about parts as well, of which it says what it is told about ``near``."""

    takes_parts = True

    def __init__(self, near: float | None, as_it_is: float | None = 0.6, **others: float | None) -> None:
        super().__init__(as_it_is, **others)
        self.near = near

    def mask(self, rgb: np.ndarray, whole: tuple[int, int] | None = None) -> np.ndarray:
        if whole is None:
            return super().mask(rgb)
        assert whole == (VIEW.shape[1], VIEW.shape[0])
        assert np.array_equal(rgb, VIEW[PART])
        self.asked.append("near")
        if self.near is None:
            raise StepFailed("flat_prediction", measured="near", wanted="w", action="a")
        return (0.5 + (TRUTH[PART] - 0.5) * (2 * self.near - 1)).astype(np.float32)


def seen(matter: Moody, enough: float = 0.92, quick: np.ndarray = TRUTH) -> looks.Seen:
    return looks.surest(matter, VIEW, VIEW, quick, enough)


def test_one_sure_look_at_the_whole_asks_for_no_part() -> None:
    matter = Near(1.0, as_it_is=1.0)
    assert seen(matter).taken == () and matter.asked == [""]


def test_an_unsure_model_looks_at_the_product_alone_and_there_is_nothing_around_it() -> None:
    matter = Near(1.0, as_it_is=0.8)
    found = seen(matter)
    assert matter.asked == ["", "near"] and found.stays == "at the product alone" and found.variation == 0
    assert TRUTH[PART].size < 0.9 * TRUTH.size
    assert found.mask.shape == TRUTH.shape and found.mask == pytest.approx(TRUTH, abs=1e-6)


@pytest.mark.parametrize(
    ("near", "stays"), [(0.95, "in even light"), (0.98, "at the product alone"), (None, "in even light")]
)
def test_unsure_of_the_product_alone_it_goes_on_and_the_surest_stays(near: float | None, stays: str) -> None:
    matter = Near(near, as_it_is=0.96, even=0.98, upside_down=0.9)
    found = seen(matter)
    assert matter.asked == ["", "near", "in even light", "upside down"] and found.stays == stays
    assert found.blind == (("at the product alone",) if near is None else ())


def test_where_nothing_was_found_there_is_no_part_to_look_at() -> None:
    matter = Near(1.0, as_it_is=0.8)
    seen(matter, quick=np.zeros_like(TRUTH))
    assert matter.asked == ["", "in even light", "upside down"]


def test_a_product_that_leaves_its_part_is_never_taken_cut() -> None:
    rows, _ = PART
    assert rows.stop < len(TRUTH)

    class Leaving(Near):
        def mask(self, rgb: np.ndarray, whole: tuple[int, int] | None = None) -> np.ndarray:
            mask = super().mask(rgb, whole)
            if whole:
                mask[-1, 10:30] = 1
            return mask

    matter = Leaving(1.0, as_it_is=0.8)
    found = seen(matter)
    assert matter.asked == ["", "near", "in even light", "upside down"] and found.stays == ""


@pytest.mark.parametrize(
    ("rows", "columns", "cut"),
    [
        (slice(4, 20), slice(4, 20), False),
        (slice(4, 12), slice(4, 20), True),
        (slice(12, 20), slice(4, 20), True),
        (slice(4, 20), slice(4, 12), True),
        (slice(4, 20), slice(12, 20), True),
    ],
)
def test_a_product_is_cut_where_it_goes_on_beyond_an_inner_side(rows: slice, columns: slice, cut: bool) -> None:
    shown = np.zeros((24, 24), np.float32)
    shown[rows, columns] = 1
    product = np.zeros((24, 24), np.float32)
    product[6:18, 6:18] = 1
    assert looks._cut(shown * product, (rows, columns)) is cut


def test_a_product_that_leaves_the_photo_is_not_cut_by_its_part() -> None:
    product = np.zeros((24, 24), np.float32)
    product[:10, 6:18] = 1
    assert not looks._cut(product, (slice(0, 14), slice(4, 20)))


def test_a_part_is_the_product_and_its_margin_in_sixteenths_of_the_photo() -> None:
    quick = np.zeros((160, 320), np.float32)
    quick[60:100, 140:180] = 1
    # With 16 px on each side 72 rows, of which a sixteenth is 10; with 32 px 104 columns, and 20 are a sixteenth.
    assert looks.part_of(quick) == (slice(40, 120), slice(100, 220))


def test_a_part_does_not_leave_the_photo() -> None:
    quick = np.zeros((160, 160), np.float32)
    quick[:40, 120:] = 1
    assert looks.part_of(quick) == (slice(0, 60), slice(100, 160))


def test_nearly_all_of_a_photo_is_no_part() -> None:
    quick = np.zeros((160, 160), np.float32)
    quick[:150, :120] = 1
    assert looks.part_of(quick) is None, "all rows and 14 sixteenths of the columns would be 88 % of the photo"


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_no_product_and_one_all_over_have_no_part(value: float) -> None:
    assert looks.part_of(np.full((90, 120), value, np.float32)) is None


def test_one_look_is_enough_where_it_is_sure() -> None:
    matter = Moody(1.0)
    found = seen(matter)
    assert matter.asked == [""] and found.taken == () and found.stays == ""
    assert found.variation is None and found.certainty > 0.92
    assert found.mask == pytest.approx(TRUTH, abs=1e-6)


def test_it_looks_again_until_it_is_sure() -> None:
    matter = Moody(0.8, even=1.0)
    found = seen(matter)
    assert matter.asked == ["", "in even light"]
    assert found.stays == "in even light" and found.variation == 0
    assert found.mask == pytest.approx(TRUTH, abs=1e-6)


def test_upside_down_its_mask_comes_back_upright() -> None:
    found = seen(Moody(0.7, even=0.8, upside_down=0.95))
    assert found.stays == "upside down" and found.taken == ("in even light", "upside down")
    assert ((found.mask > 0.5) == (TRUTH > 0.5)).all()


def test_the_first_mask_stays_where_no_other_is_surer() -> None:
    found = seen(Moody(0.8, even=0.7, upside_down=0.6))
    assert found.stays == "" and len(found.taken) == 2


@pytest.mark.parametrize(("enough", "asked"), [(0.0, 1), (1.0, 3)])
def test_how_sure_is_enough_is_the_recipes_to_say(enough: float, asked: int) -> None:
    matter = Moody(0.9)
    seen(matter, enough)
    assert len(matter.asked) == asked


def test_a_look_that_sees_nothing_is_passed_over() -> None:
    found = seen(Moody(None, even=None, upside_down=0.9))
    assert found.stays == "upside down" and found.blind == ("", "in even light")
    assert found.variation == 1.0, "that it saw nothing otherwise is no agreement"


@pytest.mark.parametrize("share", [0.001, 1.0])
def test_a_mask_without_a_product_is_never_the_surest(share: float) -> None:
    class Elsewhere(Moody):
        def mask(self, rgb: np.ndarray, whole: tuple[int, int] | None = None) -> np.ndarray:
            mask = super().mask(rgb)
            if self.asked[-1] == "in even light":
                mask[:] = 0
                mask.ravel()[: int(share * mask.size)] = 1
            return mask

    matter = Elsewhere(0.9, even=1.0, upside_down=0.8)
    found = seen(matter)
    assert looks.certainty(matter.mask(EVEN)) > found.certainty
    assert found.stays == "" and len(found.taken) == 2


def test_where_no_look_sees_anything_the_first_ones_fault_is_told() -> None:
    with pytest.raises(StepFailed) as caught:
        seen(Moody(None, even=None, upside_down=None))
    assert caught.value.measured == ""


def test_masks_that_differ_are_told_as_the_share_of_the_product() -> None:
    class Wavering(Moody):
        def mask(self, rgb: np.ndarray, whole: tuple[int, int] | None = None) -> np.ndarray:
            mask = super().mask(rgb)
            if self.asked[-1] == "in even light":
                mask[:, : np.flatnonzero(TRUTH.any(axis=0))[0] + 20] = 0
            return mask

    found = seen(Wavering(0.9, even=0.85, upside_down=0.85))
    assert found.stays == "" and found.variation is not None and 0.05 < found.variation < 0.4


def test_certainty_falls_as_the_mask_hesitates() -> None:
    blurred = np.clip(TRUTH * 0.6 + 0.1, 0, 1)
    assert looks.certainty(TRUTH) > 0.95 > looks.certainty(blurred)
