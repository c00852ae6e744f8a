"""A repair is a further output by its author, measured again, and placed again."""

import numpy as np
import pytest
from django.contrib.auth.models import User

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from processing import repairs, runs
from processing.models import Output
from tests.factories import make_ready_photo
from tests.images import product_shot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_model")]


@pytest.fixture
def reviewed() -> Photo:
    photo = make_ready_photo(product_shot(fill=0.5))
    runs.process(photo.pk)
    photo.refresh_from_db()
    stages.move(photo, Stage.IN_REVIEW)
    return photo


def test_a_repair_is_a_new_output_and_the_old_one_stays(reviewed: Photo, lead: User) -> None:
    old = Output.objects.get(photo=reviewed)
    alpha = np.zeros((480, 600), np.uint8)
    alpha[200:300, 200:400] = 255
    output = repairs.save(reviewed, alpha, author=lead)
    assert (output.author, output.parent, output.run) == (lead, old, None)
    assert Output.objects.filter(photo=reviewed).first() == output
    assert output.sha256 != old.sha256
    assert output.readings["coverage"] == pytest.approx(100 * 100 * 200 / (480 * 600), abs=0.5)
    assert Photo.objects.get(pk=reviewed.pk).stage == Stage.PROCESSED
    assert reviewed.events.latest("pk").by == lead


def test_a_photo_that_no_machine_could_cut_out_can_be_repaired(lead: User) -> None:
    photo = make_ready_photo(route="manual")
    runs.process(photo.pk)
    photo.refresh_from_db()
    alpha = np.full((480, 600), 255, np.uint8)
    assert repairs.save(photo, alpha, author=lead).parent is None


@pytest.mark.parametrize(
    ("shape", "value", "says"), [((480, 601), 255, "601 x 480 px, but"), ((480, 600), 0, "mask is empty")]
)
def test_an_alpha_that_can_not_be_the_photos_is_refused(
    reviewed: Photo, lead: User, shape: tuple[int, int], value: int, says: str
) -> None:
    with pytest.raises(repairs.UnusableAlpha, match=says):
        repairs.save(reviewed, np.full(shape, value, np.uint8), author=lead)
    assert Output.objects.filter(photo=reviewed).count() == 1
    assert Photo.objects.get(pk=reviewed.pk).stage == Stage.IN_REVIEW


def test_a_repair_that_comes_too_late_leaves_nothing(reviewed: Photo, lead: User) -> None:
    stages.move(Photo.objects.get(pk=reviewed.pk), Stage.READY)
    with pytest.raises(stages.Refused):
        repairs.save(reviewed, np.full((480, 600), 255, np.uint8), author=lead)
    assert Output.objects.filter(photo=reviewed).count() == 1
