"""Each known damage moves its own check past its limit, and leaves the others where they were."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import ndimage

from processing.imaging.checks import CHECKS, default_limits, measure_all
from processing.imaging.contract import Trace
from processing.imaging.evidence import Evidence
from processing.imaging.frame import Frame
from processing.imaging.verdict import judge
from tests.images import GREY, RED, product_shot

SHOT = product_shot((500, 500), shape="disc", colour=RED, background=GREY)


@dataclass(frozen=True)
class Sheet:
    """A canvas for the checks of placing."""

    rgb: np.ndarray
    alpha: np.ndarray


def sheet(top: int = 25, size: int = 350, white: int = 255) -> Sheet:
    """A red square on a canvas of 400 px."""
    rgb, alpha = np.full((400, 400, 3), white, np.uint8), np.zeros((400, 400), np.uint8)
    alpha[top : top + size, 200 - size // 2 : 200 + size // 2] = 255
    rgb[alpha > 0] = RED
    return Sheet(rgb, alpha)


def sound() -> Evidence:
    mask = SHOT.alpha / np.float32(255)
    trace = Trace({"model": mask}, {"first_certainty": 0.97, "disagreement": 0.0, "variation": 0.0})
    return Evidence(SHOT.frame, SHOT.cutout, trace, sheet())


def beyond(evidence: Evidence) -> set[str]:
    readings, limits = measure_all(evidence), default_limits()
    return {
        check.name
        for check in CHECKS
        if (value := readings[check.name]) is not None and check.beyond(value, limits[check.name].flag)
    }


def with_alpha(change: Callable[[np.ndarray], np.ndarray]) -> Evidence:
    found = sound()
    alpha = np.clip(change(SHOT.alpha.astype(np.float32)), 0, 255).astype(np.uint8)
    return Evidence(found.source, found.cutout.with_alpha(alpha), found.trace, found.canvas)


def spilled() -> Evidence:
    """A mask that took a rim of the background along."""
    frame = SHOT.frame.with_alpha(ndimage.grey_dilation(SHOT.alpha, 25))
    return replace(sound(), cutout=frame)


def with_rgb(rgb: np.ndarray) -> Evidence:
    found = sound()
    return Evidence(found.source, found.cutout.with_rgb(rgb.astype(np.uint8)), found.trace, found.canvas)


def with_trace(**numbers: float) -> Evidence:
    found = sound()
    return replace(found, trace=Trace(found.trace.masks, found.trace.numbers | numbers))


def with_canvas(canvas: Sheet) -> Evidence:
    return replace(sound(), canvas=canvas)


def painted(box: tuple[slice, slice], value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(alpha: np.ndarray) -> np.ndarray:
        alpha[box] = value
        return alpha

    return change


def unsure_mask() -> Evidence:
    found = sound()
    return replace(found, trace=Trace({"model": found.trace.masks["model"] * 0.5 + 0.2}, found.trace.numbers))


def other_shot(**changes: object) -> Evidence:
    shot = product_shot((500, 500), shape="box", colour=RED, background=GREY, **changes)  # type: ignore[arg-type]
    return Evidence(shot.frame, shot.cutout, sound().trace, sheet())


def contaminated() -> Evidence:
    """A soft edge that kept the colours of a blue background."""
    alpha = ndimage.gaussian_filter(SHOT.alpha / 255, 1)
    mixed = alpha[..., None] * np.array(RED) + (1 - alpha[..., None]) * np.array((20, 30, 200))
    frame = Frame(mixed.astype(np.uint8))
    return Evidence(frame, frame.with_alpha((alpha * 255).astype(np.uint8)), sound().trace, sheet())


DAMAGES: dict[str, tuple[Callable[[], Evidence], set[str]]] = {
    "certainty": (unsure_mask, set()),
    "first_look": (lambda: with_trace(first_certainty=0.4), set()),
    "disagreement": (lambda: with_trace(disagreement=0.3), set()),
    "variation": (lambda: with_trace(variation=0.2), set()),
    "softness": (lambda: with_alpha(lambda a: ndimage.gaussian_filter(a, 9)), {"stability", "halo"}),
    "stability": (lambda: with_alpha(painted(np.s_[180:320, 180:320], 128)), {"softness", "holes", "halo"}),
    "holes": (lambda: with_alpha(painted(np.s_[190:310, 190:310], 0)), {"agreement"}),
    "islands": (lambda: with_alpha(painted(np.s_[5:65, 5:65], 255)), {"agreement"}),
    "specks": (lambda: with_alpha(painted(np.s_[20:26, 20:26], 255)), set()),
    "border": (lambda: other_shot(shift=(-120, 0)), set()),
    "coverage": (lambda: other_shot(fill=0.15), set()),
    "agreement": (spilled, {"halo"}),
    "halo": (contaminated, {"softness"}),
    "fidelity": (lambda: with_rgb(np.clip(SHOT.cutout.rgb + np.array([0, 14, 0]), 0, 255)), set()),
    "sharpness": (lambda: with_rgb(ndimage.gaussian_filter(SHOT.cutout.rgb, (2, 2, 0))), {"halo", "fidelity"}),
    "purity": (lambda: with_canvas(sheet(white=254)), set()),
    "fill": (lambda: with_canvas(sheet(top=100, size=200)), set()),
    "centring": (lambda: with_canvas(sheet(top=5)), set()),
    "mannequin": (lambda: with_trace(mannequin_left=0.5), set()),
    "joint_fit": (lambda: with_trace(joint_misfit=0.9), set()),
    "joint_colour": (lambda: with_trace(joint_apart=14), set()),
}


def test_a_perfect_cutout_goes_past_no_limit() -> None:
    assert beyond(sound()) == set()
    assert judge(measure_all(sound()), default_limits()).verdict == "pass"


def test_every_check_has_a_damage() -> None:
    assert set(DAMAGES) == {check.name for check in CHECKS}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_known_damage_moves_its_check_and_leaves_the_others(name: str) -> None:
    damage, along = DAMAGES[name]
    found = beyond(damage())
    assert name in found
    assert found <= {name} | along


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_explains_itself(check: object) -> None:
    assert check.label and check.unit and len(check.meaning) > 30  # type: ignore[attr-defined]


def test_without_a_product_nothing_breaks() -> None:
    nothing = with_alpha(lambda alpha: alpha * 0)
    readings = measure_all(nothing)
    assert readings["coverage"] == 0 and readings["softness"] is None


def test_without_canvas_or_trace_their_checks_say_nothing() -> None:
    readings = measure_all(Evidence(SHOT.frame, SHOT.cutout))
    silent = {name for name, value in readings.items() if value is None}
    models, canvas = {"certainty", "first_look", "disagreement", "variation"}, {"purity", "fill", "centring"}
    assert silent == models | canvas | {"mannequin", "joint_fit", "joint_colour"}
