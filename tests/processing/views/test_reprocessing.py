"""What a person sends through the machine again, from the photo's own page."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.flow import Stage
from catalog.models import Photo
from catalog.segments import Route
from tests.factories import make_photo

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("where", "body"), [("reprocess", {}), ("route", {"route": "general"})])
def test_an_escalated_photo_is_its_owners_to_send_again(
    client: Client, operator: User, where: str, body: dict[str, str]
) -> None:
    photo = make_photo(stage=Stage.ESCALATED, route=Route.APPAREL)
    client.force_login(operator)
    answer = client.post(reverse(f"processing:{where}", args=[photo.pk]), body, follow=True)
    assert "its owner decides" in answer.content.decode()
    assert Photo.objects.get(pk=photo.pk).stage == Stage.ESCALATED


def test_a_held_photo_is_queued_again(client: Client, operator: User) -> None:
    photo = make_photo(stage=Stage.HELD, route=Route.APPAREL)
    client.force_login(operator)
    answer = client.post(reverse("processing:reprocess", args=[photo.pk]), {}, follow=True)
    assert "is queued again" in answer.content.decode()
    assert Photo.objects.get(pk=photo.pk).stage == Stage.READY
