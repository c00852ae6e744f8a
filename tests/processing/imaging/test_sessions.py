"""Models load from our own folder, or say what is wrong and what to do."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rembg.sessions.base import BaseSession

from processing.imaging import scaling, sessions
from processing.imaging.calibration import IMAGENET
from processing.imaging.faults import ModelUnavailable, StepFailed


class Inner:
    """Stands where the network would be, and predicts what it is told to."""

    def __init__(self, prediction: np.ndarray) -> None:
        self.prediction = prediction

    def get_inputs(self) -> list[Any]:
        return [type("Port", (), {"name": "input"})]

    get_outputs = get_inputs

    def run(self, names: Any, feed: Any) -> list[np.ndarray]:
        return [self.prediction]


def test_missing_weights_name_the_command_that_fetches_them(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        sessions.load(tmp_path, "u2net")
    assert caught.value.code == "model_missing" and "models fetch u2net" in caught.value.action


def test_damaged_weights_are_refused_before_any_photo(tmp_path: Path) -> None:
    (tmp_path / "u2net.onnx").write_bytes(b"not a model" * 100)
    with pytest.raises(ModelUnavailable) as caught:
        sessions.load(tmp_path, "u2net")
    assert caught.value.code == "model_damaged" and "u2net.onnx" in caught.value.measured


def test_a_model_that_rembg_does_not_know_is_refused_with_those_it_does(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="birefnet-general") as caught:
        sessions.family_of("sharpest-ever")
    assert caught.value.code == "model_unknown"


@pytest.mark.parametrize(
    ("name", "family"), [("isnet", "isnet-general-use"), ("u2net-int8", "u2net"), ("silueta",) * 2]
)
def test_our_names_find_rembgs_families(name: str, family: str) -> None:
    assert sessions.family_of(name) == family


@pytest.mark.parametrize("value", [0.0, 0.7, np.nan])
def test_a_flat_prediction_is_a_failure_of_its_own(value: float) -> None:
    matter = object.__new__(sessions.RembgMatter)
    session: Any = object.__new__(sessions.families()["u2net"])
    session.inner_session = sessions._Probe(Inner(np.full((1, 1, 320, 320), value, np.float32)), "u2net")
    matter.name, matter._session = "u2net", session
    with pytest.raises(StepFailed) as caught:
        matter.mask(np.zeros((40, 60, 3), np.uint8))
    assert caught.value.code == "flat_prediction"


def test_a_mask_comes_in_the_pictures_own_shape() -> None:
    prediction = np.zeros((1, 1, 320, 320), np.float32)
    prediction[..., 160:] = 1
    matter = object.__new__(sessions.RembgMatter)
    session: Any = object.__new__(sessions.families()["u2net"])
    session.inner_session = sessions._Probe(Inner(prediction), "u2net")
    matter.name, matter._session = "u2net", session
    mask = matter.mask(np.zeros((40, 60, 3), np.uint8))
    assert mask.shape == (40, 60) and mask[20, 5] < 0.05 and mask[20, 55] > 0.95


def test_the_slower_way_to_resize_is_noted_on_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sessions.context(tmp_path).trace.choices == []
    monkeypatch.setattr(scaling, "fast", None)
    monkeypatch.setattr(scaling, "missing", "cykooz.resizer is not installed")
    told = "pictures were resized by Pillow, the slower way: cykooz.resizer is not installed"
    assert sessions.context(tmp_path).trace.choices == [told]


def test_a_slower_engine_is_noted_once_on_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = type("Slow", (), {"engine": "onnxruntime", "fallback": "OpenVINO is not installed"})()
    monkeypatch.setattr(sessions, "load", lambda folder, name, threads: slow)
    context = sessions.context(tmp_path)
    assert context.matter("u2net") is context.matter("u2net") is slow
    assert context.trace.choices == ["u2net ran in onnxruntime: OpenVINO is not installed"]


@pytest.mark.parametrize(("part", "seen"), [((500, 300), (640, 768)), ((800, 400), (1024, 1024)), ((30, 20), (64, 64))])
def test_a_part_is_seen_at_the_scale_of_the_whole(part: tuple[int, int], seen: tuple[int, int]) -> None:
    session: Any = object.__new__(sessions.families()["isnet-general-use"])
    session.inner_session = Inner(np.zeros(1))
    picture = Image.new("RGB", part, "red")
    picture.info[sessions.WHOLE] = (800, 400)
    fed = sessions.normalised(session, picture, (0.5,) * 3, (1.0,) * 3, (1024, 1024))["input"]
    assert fed.shape == (1, 3, *reversed(seen))


@pytest.mark.parametrize("brightest", [255, 180, 1, 0])
@pytest.mark.parametrize(("mean", "spread"), [IMAGENET, ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0))])
def test_the_network_gets_what_rembg_would_give_it(
    brightest: int, mean: sessions.Triple, spread: sessions.Triple, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaling, "fast", None)  # the quick library rounds in another order
    pixels = np.random.default_rng(1).integers(0, brightest + 1, (90, 120, 3), np.uint8)
    session: Any = object.__new__(sessions.families()["u2net"])
    session.inner_session = Inner(np.zeros(1))
    picture, size = Image.fromarray(pixels), (64, 48)
    ours, theirs = (make(session, picture, mean, spread, size) for make in (sessions.normalised, BaseSession.normalize))
    assert ours.keys() == theirs.keys() == {"input"}
    assert ours["input"].dtype == theirs["input"].dtype and (ours["input"] == theirs["input"]).all()
