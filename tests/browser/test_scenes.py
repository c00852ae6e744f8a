"""Scenes in a real Chromium: the place is marked by mouse and by keyboard, looked at, and mock-ups reviewed by keys."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from catalog.models import Photo
from processing import mockups
from processing.models import Mockup, Scene
from tests import factories
from tests.browser.conftest import PHONE, Open
from tests.conftest import Jobs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def drag(page: Page, handle: str, across: float, down: float) -> None:
    """Drag a handle to a place, in shares of the picture."""
    board, from_ = page.locator(".scene-board").bounding_box(), page.locator(f"[data-handle={handle}]").bounding_box()
    assert board and from_
    page.mouse.move(from_["x"] + from_["width"] / 2, from_["y"] + from_["height"] / 2)
    page.mouse.down()
    page.mouse.move(board["x"] + across * board["width"], board["y"] + down * board["height"], steps=5)
    page.mouse.up()


def test_a_place_is_marked_by_mouse_and_by_keyboard(operator: User, open_page: Open) -> None:
    output = factories.make_released()
    scene = factories.make_scene(output.photo.catalog)
    page = open_page(operator, f"/scenes/{scene.pk}/")
    expect(page.locator("#look img")).to_be_visible()
    first = page.locator("#look img").get_attribute("src") or ""
    drag(page, "foot", 0.3, 0.9)
    expect(page.locator("[name=x]")).to_have_value("30.0")
    expect(page.locator("[name=y]")).to_have_value("90.0")
    expect(page.locator("#look img")).not_to_have_attribute("src", first)
    page.locator("[data-handle=top]").focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=height]")).to_have_value("42.0")
    page.locator("[data-handle=side]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[name=width]")).to_have_value("31.0")
    page.locator("h1").click()
    page.keyboard.press("s")
    expect(page.locator("#messages")).to_contain_text("use this place")
    slot = Scene.objects.get().slot
    assert (slot["x"], slot["y"], slot["height"], slot["width"]) == pytest.approx((0.3, 0.9, 0.42, 0.31))


def test_four_corners_are_marked_on_a_telephone(operator: User, open_page: Open) -> None:
    scene = factories.make_scene()
    page = open_page(operator, f"/scenes/{scene.pk}/", **PHONE)
    expect(page.locator("[data-handle=corner0]")).to_be_hidden()
    page.check("[name=kind][value=flat]")
    expect(page.locator("[data-handle=foot]")).to_be_hidden()
    drag(page, "corner2", 0.8, 0.75)
    expect(page.locator("[name=c2x]")).to_have_value("80.0")
    page.fill("[name=c0x]", "20")
    expect(page.locator("polygon[data-outline]").last).to_have_attribute("points", "20,20 70,20 80,75 30,70")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.click("button:has-text('Save the place')")
    expect(page.locator("#messages")).to_contain_text("use this place")
    assert Scene.objects.get().slot["corners"][2] == pytest.approx([0.8, 0.75])


def test_a_wrong_number_that_is_hidden_keeps_no_place_from_being_saved(operator: User, open_page: Open) -> None:
    scene = factories.make_scene()
    page = open_page(operator, f"/scenes/{scene.pk}/")
    page.fill("[name=x]", "150")
    page.check("[name=kind][value=flat]")
    page.click("button:has-text('Save the place')")
    expect(page.locator("#messages")).to_contain_text("use this place")
    slot = Scene.objects.get().slot
    assert (slot["kind"], slot["x"]) == ("flat", 0.5)


def test_mockups_are_reviewed_with_one_key_each(operator: User, reviewer: User, open_page: Open, jobs: Jobs) -> None:
    catalog = factories.make_catalog()
    for _ in range(3):
        factories.make_released(catalog)
    mockups.order(Photo.objects.all(), [factories.make_scene(catalog)], operator)
    jobs.run()
    first, second, third = Mockup.objects.order_by("pk")
    page = open_page(reviewer, f"/catalogs/{catalog.slug}/mockups/")
    page.keyboard.press("a")
    expect(page.locator(f"#mockup-{first.pk}")).to_contain_text("approved")
    page.keyboard.press("d")
    expect(page.locator(f"#mockup-{second.pk}")).to_contain_text("falls the wrong way")
    assert page.evaluate("loupe.keys.clashes()") == []
    page.keyboard.press("u")
    expect(page.locator(f"#mockup-{second.pk} [data-key=a]")).to_be_visible()
    states = dict(Mockup.objects.values_list("pk", "state"))
    assert states == {first.pk: "approved", second.pk: "waiting", third.pk: "waiting"}
