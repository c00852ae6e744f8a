"""A photo in the manual lane, and its repair page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from catalog.models import Photo
from tests.browser.conftest import Open
from tests.browser.patience import until
from tests.browser.repair.hands import Hand, with_output
from tests.images import product_shot

READY = "Boolean(window.loupe?.repair?.state.photo)"
Repair = Callable[..., Page]


@pytest.fixture
def repair(open_page: Open) -> Repair:
    """Open the repair page of a photo as somebody, and wait until the photo is there."""

    def open_it(user: User, photo: Photo, **options: Any) -> Page:
        page = open_page(user, f"/review/repair/{photo.pk}/", **options)
        until(page, READY)
        return page

    return open_it


@pytest.fixture
def photo(db: None) -> Photo:
    """A red box (150 to 450 by 120 to 360 of 600 x 480) on white, cut out right."""
    return with_output(product_shot(fill=0.5).alpha)


@pytest.fixture
def hand(photo: Photo, reviewer: User, repair: Repair) -> Hand:
    return Hand(repair(reviewer, photo))
