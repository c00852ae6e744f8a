"""A model that is unsure looks again, in even light and upside down, and its surest mask stays."""

import numpy as np
import pytest

from processing.imaging import looks, tones
from processing.imaging.faults import StepFailed
from tests.images import GREY, product_shot

SHOT = product_shot((120, 90), background=GREY, shape="disc", shift=(12, -9))
TRUTH = SHOT.alpha.astype(np.float32) / 255
VIEW = SHOT.rgb
EVEN = tones.equalised(VIEW)


class Moody:
    """Knows the truth, as ``clear`` in each look as it is told (0.5 is no idea at all); None is a flat prediction."""

    name = "moody"

    def __init__(self, as_it_is: float | None, even: float | None = 0.6, upside_down: float | None = 0.6) -> None:
        self.clear = {"": as_it_is, "in even light": even, "upside down": upside_down}
        self.asked: list[str] = []

    def mask(self, rgb: np.ndarray) -> np.ndarray:
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


def seen(matter: Moody, enough: float = 0.92) -> looks.Seen:
    return looks.surest(matter, VIEW, VIEW, enough)


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
        def mask(self, rgb: np.ndarray) -> np.ndarray:
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
        def mask(self, rgb: np.ndarray) -> np.ndarray:
            mask = super().mask(rgb)
            if self.asked[-1] == "in even light":
                mask[:, : np.flatnonzero(TRUTH.any(axis=0))[0] + 20] = 0
            return mask

    found = seen(Wavering(0.9, even=0.85, upside_down=0.85))
    assert found.stays == "" and found.variation is not None and 0.05 < found.variation < 0.4


def test_certainty_falls_as_the_mask_hesitates() -> None:
    blurred = np.clip(TRUTH * 0.6 + 0.1, 0, 1)
    assert looks.certainty(TRUTH) > 0.95 > looks.certainty(blurred)
