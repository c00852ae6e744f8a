"""Taking scenes in, marking them, and what stands in front."""

import io

import numpy as np
import pytest
from django.contrib.auth.models import User
from PIL import Image

from processing import scenes
from processing.imaging.faults import UnreadablePicture
from processing.imaging.slots import BadSlot
from processing.metadata import MADE, SOURCE_TYPES
from processing.models import Scene
from tests import factories

pytestmark = pytest.mark.django_db


def taken(operator: User, data: bytes, name: str = "Table") -> Scene:
    return scenes.receive(factories.make_catalog(), name, data, operator)


def test_a_scene_is_kept_upright_in_srgb_and_not_larger_than_mockups_need(operator: User) -> None:
    picture, handle = Image.new("RGB", (4000, 2000), "#c0d0e0"), io.BytesIO()
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(handle, "JPEG", exif=exif)
    scene = taken(operator, handle.getvalue())
    assert (scene.width, scene.height) == (1500, 3000)
    assert not scene.marked and scene.notes == ["reduced from 2000 x 4000 px"]
    rgb, front = scenes.pixels(scene)
    assert rgb.shape == (3000, 1500, 3) and front is None
    assert np.abs(rgb[0, 0].astype(int) - (0xC0, 0xD0, 0xE0)).max() <= 2


def test_a_small_picture_and_one_that_is_none_are_refused_in_a_sentence(operator: User) -> None:
    with pytest.raises(scenes.SceneRefused, match=r"800 x 600 px.*1200 px on the longest edge"):
        taken(operator, factories.picture_bytes((800, 600)))
    with pytest.raises(UnreadablePicture):
        taken(operator, b"no picture")
    assert not Scene.objects.exists()


def test_two_scenes_of_a_catalog_have_two_names(operator: User, storage: object) -> None:
    catalog, data = factories.make_catalog(), factories.picture_bytes((1200, 900))
    scenes.receive(catalog, "Table", data, operator)
    with pytest.raises(scenes.SceneRefused, match="There is a scene called Table"):
        scenes.receive(catalog, "Table", data, operator)
    assert Scene.objects.count() == 1
    assert scenes.receive(factories.make_catalog(), "Table", data, operator)


def test_a_scene_that_says_a_model_made_it_is_known_as_that(operator: User) -> None:
    handle = io.BytesIO()
    packet = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{SOURCE_TYPES}{MADE}</x:xmpmeta>'
    Image.new("RGB", (1200, 900)).save(handle, "JPEG", xmp=packet.encode())
    assert taken(operator, handle.getvalue()).made == MADE


def test_marking_checks_the_place_and_keeps_what_was_marked(operator: User) -> None:
    scene = factories.make_scene()
    scenes.mark(scene, {"kind": "stands", "x": "0.25", "cm": 60})
    assert scene.marked and scene.slot["x"] == 0.25 and scene.slot["cm"] == 60
    with pytest.raises(BadSlot, match="x is 2"):
        scenes.mark(scene, {"kind": "stands", "x": 2})
    scene.refresh_from_db()
    assert scene.slot["x"] == 0.25


def test_what_stands_in_front_is_brightness_or_opacity_at_the_scenes_size() -> None:
    scene, before = factories.make_scene(), factories.make_scene().sha256
    half = np.zeros((450, 600), np.uint8)
    half[:, :300] = 255
    handle = io.BytesIO()
    Image.fromarray(half).save(handle, "PNG")
    scenes.cover(scene, handle.getvalue())
    scene.refresh_from_db()
    front = scenes.pixels(scene)[1]
    assert front is not None and front.shape == (900, 1200)
    assert (front[:, :599] == 255).all() and (front[:, 601:] == 0).all()
    assert scene.sha256 != before
    clear = np.dstack([np.zeros((450, 600, 3), np.uint8), 255 - half])
    handle = io.BytesIO()
    Image.fromarray(clear).save(handle, "PNG")
    scenes.cover(scene, handle.getvalue())
    scene.refresh_from_db()
    front = scenes.pixels(scene)[1]
    assert front is not None and (front[:, 601:] == 255).all() and (front[:, :599] == 0).all()
    with pytest.raises(scenes.SceneRefused, match="the scene's own shape"):
        scenes.cover(scene, factories.picture_bytes((600, 600)))
    scenes.cover(scene, b"")
    scene.refresh_from_db()
    assert scenes.pixels(scene)[1] is None and scene.sha256 == before
