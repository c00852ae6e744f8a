"""Quick looks: small copies of cut-outs that lie where the full ones do."""

from types import SimpleNamespace

import numpy as np
import pytest

from processing import outputs, quick_looks
from processing.imaging import rendering
from processing.imaging.frame import Glass, Joint
from processing.imaging.placing import Size
from processing.imaging.slots import Slot
from tests import factories
from tests.images import product_shot

pytestmark = pytest.mark.django_db


def test_clear_glass_has_its_whole_size_and_lets_the_scene_through(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = product_shot((2000, 1600), fill=0.5).cutout
    assert frame.alpha is not None
    opacity = np.full_like(frame.alpha, 255)
    opacity[:800] = 60
    clear = frame.with_glass(Glass(opacity, frame.rgb))
    calls = []
    monkeypatch.setattr(outputs, "reopen", lambda output: calls.append(1) or (frame, SimpleNamespace(frame=clear)))
    output = factories.make_output()
    small = quick_looks._cutout(output)
    assert rendering.whole(small).box == pytest.approx((250, 200, 750, 600), abs=1)
    drawn = small.drawn[1]
    assert drawn is not None and drawn[300, 500] == pytest.approx(60, abs=2) and drawn[550, 500] == 255
    quick_looks._cutout(output)
    assert len(calls) == 1, "it is opened once in a while"
    scene = factories.make_scene(output.photo.catalog)
    data, notes = quick_looks.look(scene, output, Slot(), Size())
    assert data.startswith(b"\xff\xd8") and not any("enlarged" in note for note in notes)


def test_what_lies_under_a_product_is_in_the_scene_too(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = product_shot((2000, 1600), fill=0.5).cutout
    assert frame.alpha is not None
    alpha = frame.alpha.copy()
    alpha[:800] = 0
    joint = Joint(np.full((200, 400, 3), (20, 60, 200), np.uint8), np.full((200, 400), 255, np.uint8), 800, 600)
    joined = frame.with_alpha(alpha).with_joint(joint)
    monkeypatch.setattr(outputs, "reopen", lambda output: (joined, SimpleNamespace(frame=joined)))
    small = rendering.whole(quick_looks._cutout(factories.make_output()))
    assert small.box == pytest.approx((250, 300, 750, 600), abs=1)
    assert small.alpha[350, 500] == 255 and small.rgb[350, 500].tolist() == [20, 60, 200]
    assert small.alpha[350, 300] == 0
