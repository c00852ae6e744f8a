"""The repair page on a telephone, for everybody's eyes, and by keys alone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from catalog.models import Photo
from tests.browser.conftest import PHONE
from tests.browser.repair.conftest import Repair
from tests.browser.repair.hands import Hand

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_by_touch_on_a_small_screen(photo: Photo, reviewer: User, repair: Repair) -> None:
    page = repair(reviewer, photo, **PHONE)
    hand = Hand(page)
    page.locator('[data-tool="punch"]').tap()
    page.touchscreen.tap(*hand.at(300, 240))
    assert hand.kept(300, 240) == 0
    page.locator("[data-undo]").tap()
    assert hand.kept(300, 240) == 255
    page.locator("summary", has_text="Edge").tap()
    page.locator("[data-spread]").tap()
    expect(page.locator('output[for="edge-shift"]')).to_have_text("+0.25")
    page.locator("summary", has_text="Shadow").tap()
    page.locator('[data-kind="cast"]').tap()
    hand.seen()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    devtools = page.context.new_cdp_session(page)
    page.evaluate("scrollTo(0, 0)")
    page.locator('[data-tool="keep"]').tap()
    before, steps = page.evaluate("[loupe.repair.state.camera.scale, loupe.repair.history.past.length]")
    first, second = hand.at(250, 240), hand.at(350, 240)
    spots = [[first, second], [(first[0] - 40, first[1]), (second[0] + 40, second[1])]]
    for kind, places in (("touchStart", spots[0]), ("touchMove", spots[1]), ("touchEnd", [])):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert page.evaluate("loupe.repair.state.camera.scale") > 1.3 * before
    assert hand.kept(300, 240) == 255
    assert page.evaluate("loupe.repair.history.past.length") == steps, "a pinch paints nothing"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_and_no_key_is_taken_twice(
    photo: Photo, reviewer: User, repair: Repair, scheme: str, screen: dict[str, Any]
) -> None:
    page = repair(reviewer, photo, color_scheme=scheme, **screen)
    page.evaluate("for (const group of document.querySelectorAll('.repair-group')) group.open = true")
    page.locator('[data-kind="drop"]').click()
    Hand(page).seen()
    page.keyboard.press("y")
    expect(page.locator("[data-hint]")).to_contain_text("Nothing to redo")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    assert page.evaluate("loupe.keys.clashes()") == []


def test_every_control_has_a_key(hand: Hand) -> None:
    bare = hand.page.evaluate(
        """() => [...document.querySelectorAll("#repair :is(button, input[type=range], input[type=checkbox])")]
            .filter((one) => !one.dataset.key && !one.matches("[data-size], [data-hard], details:not([open]) *"))
            .map((one) => one.outerHTML)"""
    )
    assert bare == []
