"""Pages of scenes: taking one in, marking it, the quick look, and what stands in front."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from processing.imaging import slots
from processing.models import Scene
from processing.scene_forms import entered
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def values(scene: Scene, **changed: object) -> dict[str, str]:
    """What the form of a scene's place sends."""
    known = {**entered(slots.parse(scene.slot)), **changed}
    return {name: str(value) for name, value in known.items() if value is not False}


def test_an_empty_catalog_teaches_what_a_scene_is(operator: User, reviewer: User, as_user: SignIn) -> None:
    address = reverse("processing:scenes", args=[factories.make_catalog().slug])
    page = as_user(operator).get(address).content.decode()
    assert "No scenes yet" in page and "how high that place is in reality" in page and "The first scene" in page
    assert "The first scene" not in as_user(reviewer).get(address).content.decode()


def test_a_picture_is_taken_in_and_its_place_marked(operator: User, as_user: SignIn) -> None:
    catalog, client = factories.make_catalog(), as_user(operator)
    picture = SimpleUploadedFile("table.jpg", factories.picture_bytes((1200, 900)))
    address = reverse("processing:scenes", args=[catalog.slug])
    response = client.post(address, {"name": "Table", "picture": picture})
    scene = Scene.objects.get()
    assert response["Location"] == reverse("processing:scene", args=[scene.pk])
    assert "place not marked" in client.get(address).content.decode()
    page = client.get(response["Location"]).content.decode()
    assert "Mark where a product goes, and save" in page and 'src="/static/js/scene.js"' in page
    client.post(response["Location"], values(scene, x=25, cm=60, density=35))
    scene.refresh_from_db()
    assert scene.marked and (scene.slot["x"], scene.slot["cm"], scene.slot["density"]) == (0.25, 60, 0.35)
    assert "0.1,0.4 0.4,0.4 0.4,0.8 0.1,0.8" in client.get(address).content.decode()


def test_a_picture_that_does_not_do_is_told_of_at_its_field(operator: User, as_user: SignIn) -> None:
    picture = SimpleUploadedFile("table.jpg", factories.picture_bytes((600, 400)))
    address = reverse("processing:scenes", args=[factories.make_catalog().slug])
    response = as_user(operator).post(address, {"name": "Table", "picture": picture})
    assert response.status_code == 422 and "600 x 400 px" in response.content.decode()


def test_a_place_that_is_none_is_refused_and_the_old_one_stays(operator: User, as_user: SignIn) -> None:
    scene = factories.make_scene()
    address = reverse("processing:scene", args=[scene.pk])
    sent = values(scene, kind="flat", c0x=90, c1x=10)
    response = as_user(operator).post(address, sent)
    assert response.status_code == 422 and "make no area" in response.content.decode()
    assert as_user(operator).post(address, {**sent, "x": "400"}).status_code == 422
    scene.refresh_from_db()
    assert scene.slot["kind"] == "stands"


def test_a_quick_look_shows_the_product_and_its_notes(operator: User, as_user: SignIn) -> None:
    output = factories.make_released()
    scene, client = factories.make_scene(output.photo.catalog), as_user(operator)
    address = reverse("processing:scene-preview", args=[scene.pk])
    page = client.get(address, values(scene, output=output.pk, match=0, shadow="none")).content.decode()
    assert "the scene has no scale" in page
    look = page.partition('src="')[2].partition('"')[0]
    response = client.get(look)
    assert response["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(response.content)) as picture:
        rgb = np.asarray(picture)
    assert rgb.shape == (750, 1000, 3)
    # In the middle of the place stands the red box, beside it the wall.
    assert rgb[500, 500, 0] > 150 > rgb[500, 500, 1] + 60 and abs(int(rgb[500, 50, 0]) - 200) < 6
    # Another place is another picture.
    other = client.get(address, values(scene, output=output.pk, match=0, shadow="none", x=25)).content.decode()
    assert look not in other


def test_a_quick_look_that_can_not_be_says_why(operator: User, as_user: SignIn) -> None:
    output = factories.make_released()
    scene, client = factories.make_scene(output.photo.catalog), as_user(operator)
    address = reverse("processing:scene-preview", args=[scene.pk])
    assert "Release a photo first" in client.get(address, values(scene)).content.decode()
    told = client.get(address, values(scene, output=output.pk, x="many")).content.decode()
    assert "Foot, across" in told and "<img" not in told
    product = output.photo.product
    assert product
    product.height = "9 m"
    product.save()
    assert "The product would be" in client.get(address, values(scene, output=output.pk, cm=20)).content.decode()


def test_an_output_of_another_catalog_is_not_shown(operator: User, as_user: SignIn) -> None:
    scene, foreign = factories.make_scene(), factories.make_released()
    page = as_user(operator).get(reverse("processing:scene-preview", args=[scene.pk]), values(scene, output=foreign.pk))
    assert "<img" not in page.content.decode()


def test_what_stands_in_front_is_kept_and_forgotten(operator: User, as_user: SignIn) -> None:
    scene, client = factories.make_scene(), as_user(operator)
    address = reverse("processing:scene-front", args=[scene.pk])
    front = SimpleUploadedFile("front.png", factories.picture_bytes((1200, 900), "black", "PNG"))
    assert "is kept" in client.post(address, {"front": front}, follow=True).content.decode()
    scene.refresh_from_db()
    assert scene.occlusion
    wrong = SimpleUploadedFile("front.png", factories.picture_bytes((900, 900), "black", "PNG"))
    assert "own shape" in client.post(address, {"front": wrong}, follow=True).content.decode()
    client.post(address)
    scene.refresh_from_db()
    assert not scene.occlusion


def test_a_retired_scene_is_offered_no_longer_and_again(operator: User, as_user: SignIn) -> None:
    output = factories.make_released()
    scene, client = factories.make_scene(output.photo.catalog), as_user(operator)
    making = reverse("processing:mockups-new", args=[scene.catalog.slug])
    assert scene.name in client.get(making).content.decode()
    client.post(reverse("processing:scene-retire", args=[scene.pk]))
    assert "No scene is ready" in client.get(making).content.decode()
    client.post(reverse("processing:scene-retire", args=[scene.pk]))
    assert scene.name in client.get(making).content.decode()


def test_lost_files_are_told_of_in_a_sentence(operator: User, as_user: SignIn) -> None:
    output = factories.make_released()
    scene, client = factories.make_scene(output.photo.catalog), as_user(operator)
    scene.picture.storage.delete(scene.picture.name)
    look = client.get(reverse("processing:scene-preview", args=[scene.pk]), values(scene, output=output.pk))
    assert "missing in the storage" in look.content.decode() and "Errno" not in look.content.decode()
    told = client.post(reverse("processing:scene-front", args=[scene.pk]), {}, follow=True)
    assert "picture is missing in the storage" in told.content.decode().replace("&#x27;", "'")


def test_a_quick_look_calls_a_field_that_is_wrong_by_its_name(operator: User, as_user: SignIn) -> None:
    scene = factories.make_scene()
    look = as_user(operator).get(reverse("processing:scene-preview", args=[scene.pk]), values(scene, shadow="long"))
    assert "Shadow: " in look.content.decode() and "None: " not in look.content.decode()
