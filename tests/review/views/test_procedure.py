"""The procedure's page says its times as people do."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse


@pytest.mark.django_db
def test_times_are_words(lead: User, as_user: Callable[[User], Client]) -> None:
    page = as_user(lead).get(reverse("review:procedure")).content.decode()
    for words in ("15 min", "4 h", "1 day<", "7 days"):
        assert words in page
    assert "0:00" not in page
