"""The batch page in a real Chromium: what it says stays true while people and machines move the batch."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from catalog.flow import Stage
from catalog.segments import Route
from processing import routing
from tests.browser.conftest import Open
from tests.review.floor import make_lot, place_all, say_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_its_first_line_goes_on_with_its_panel_without_a_reload(
    operator: User, reviewer: User, open_page: Open
) -> None:
    batch = place_all(make_lot(5))
    page = open_page(operator, f"/batches/{batch.pk}/")
    line, panel = page.locator("#standing .badge"), page.locator("#batch-panel header .badge")
    tabs, bar = page.locator("#tabs"), page.locator("#batch-progress .stages-legend")
    expect(line).to_have_text("Sample in review")
    expect(panel).to_have_text("Sample in review")
    expect(page.locator("#mine")).to_have_text("5 in review.")

    say_all(reviewer)
    expect(panel).to_have_text("Accepted")
    expect(line).to_have_text("Accepted")
    expect(page.locator("#mine")).to_have_text("5 released, ready to export.")
    expect(tabs).to_contain_text("Approved 5")
    expect(bar).to_contain_text("5 approved")
    expect(page.locator("#photos .tile").first).to_contain_text("approved")

    # Nothing is under way in an accepted batch, and yet a photo may leave it.
    routing.change(batch.photos.filter(stage=Stage.APPROVED)[0], Route.TRANSPARENT, by=operator)
    expect(page.locator("#standing")).to_contain_text("4 photos")
    expect(tabs).to_contain_text("Approved 4")
    expect(bar).to_contain_text("4 approved")
    expect(page.locator("#batch-panel")).to_contain_text("1 photo went from here")
