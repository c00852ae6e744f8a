"""The real models load from our own folder, once a process, and find drawn products. test_sessions needs none."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from PIL import Image

from processing.imaging import calibration, looks
from processing.imaging.faults import ModelUnavailable
from tests.images import GREY, product_shot

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def sessions() -> Any:
    """The module under test, imported late: it imports rembg, which unit runs that leave these tests out need not."""
    return importlib.import_module("processing.imaging.sessions")


@pytest.fixture(scope="module")
def models() -> Path:
    """The folder of weights that `make setup` fills."""
    folder: Path = settings.MODELS_DIR
    assert (folder / "u2net.onnx").is_file(), f"no weights in {folder}; run: make setup"
    return folder


@pytest.mark.parametrize("name", ["u2net", "isnet"])
@pytest.mark.parametrize("shape", ["disc", "pair"])
def test_a_real_model_finds_a_drawn_product(sessions: Any, models: Path, name: str, shape: str) -> None:
    shot = product_shot((600, 480), shape=shape, background=GREY, shadow=0.2)
    mask = sessions.context(models).matter(name).mask(shot.rgb)
    assert mask.shape == (480, 600) and mask.dtype == np.float32
    assert 0 <= mask.min() < 0.05 and 0.95 < mask.max() <= 1
    found, truth = mask > 0.5, shot.alpha > 127
    assert (found & truth).sum() / (found | truth).sum() > 0.9


def test_the_detailed_model_finds_a_drawn_product_in_its_part_of_the_photo(sessions: Any, models: Path) -> None:
    shot = product_shot((1100, 900), shape="disc", background=GREY, shadow=0.2)
    matter = sessions.context(models).matter("isnet")
    part = looks.part_of(shot.alpha.astype(np.float32) / 255)
    assert matter.takes_parts and part is not None
    found = matter.mask(np.ascontiguousarray(shot.rgb[part]), (1100, 900)) > 0.5
    truth = shot.alpha[part] > 127
    assert found.shape == truth.shape and found.size < 0.8 * shot.alpha.size
    assert (found & truth).sum() / (found | truth).sum() > 0.97


def test_a_model_is_loaded_once_a_process(sessions: Any, models: Path) -> None:
    first = sessions.context(models).matter("u2net")
    assert sessions.context(models).matter("u2net") is first
    assert sessions.load(models, "u2net", 1) is sessions.load(models, "u2net", 1)
    assert first.name == "u2net" and first.engine


def test_the_same_photo_gives_the_same_mask(sessions: Any, models: Path) -> None:
    matter, rgb = sessions.context(models).matter("u2net"), product_shot((300, 240), background=GREY).rgb
    assert (matter.mask(rgb) == matter.mask(rgb)).all()


def refusal(sessions: Any, folder: Path, name: str) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        sessions.load(folder, name)
    assert caught.value.measured and caught.value.wanted and caught.value.action
    return caught.value


def test_real_weights_that_were_cut_off_say_what_to_run(sessions: Any, models: Path, tmp_path: Path) -> None:
    with (models / "u2net.onnx").open("rb") as stream:
        head = stream.read(1_000_000)
    (tmp_path / "u2net.onnx").write_bytes(head)
    fault = refusal(sessions, tmp_path, "u2net")
    assert fault.code == "model_damaged"
    assert "models fetch" in fault.action


@pytest.mark.parametrize(("name", "edge"), [("u2net", 320), ("isnet", 1024)])
def test_calibration_hands_a_network_what_rembg_hands_it(sessions: Any, name: str, edge: int) -> None:
    class Stop(Exception):
        pass

    class Inner:
        def get_inputs(self) -> list[Any]:
            return [type("Port", (), {"name": "x"})]

        def run(self, names: Any, feed: Any) -> None:
            self.fed = feed["x"]
            raise Stop

    session = object.__new__(sessions.families()[sessions.family_of(name)])
    session.inner_session = inner = Inner()
    drawn = calibration.scene(3, 500)
    with pytest.raises(Stop):
        session.predict(Image.fromarray(drawn))
    assert np.abs(inner.fed - calibration.network_input(drawn, name, (edge, edge))).max() < 1e-5
