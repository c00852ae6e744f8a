"""Keys, themes, contact sheets and charts of every page, and every part at both widths for everybody's eyes."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PHONE
from tests.browser.patience import PATIENCE_MS
from tests.browser.viewer.site import ORIGIN, Site, value

pytestmark = pytest.mark.browser


def test_keys_keep_out_of_fields_and_dialogs(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("vm?")
    assert page.evaluate("document.activeElement.value") == "vm?"
    assert value(page, "mode") == "side"
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    page.keyboard.press("v")
    assert value(page, "mode") == "side"
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    assert value(page, "mode") == "slider"
    page.keyboard.press("Control+v")
    assert value(page, "mode") == "slider"


def test_the_question_mark_lists_every_key_once(page: Page) -> None:
    page.keyboard.press("?")
    listed = page.locator("#keys .keylist dt").all_text_contents()
    assert {"?", "b", "Shift+L", "v", "f", "z", "0", "m", "x", "/", "o", "+ or ="} <= set(listed)
    assert len(listed) == len(set(listed))
    assert page.evaluate("window.loupe.keys.clashes()") == []
    page.keyboard.press("?")
    assert page.locator("#keys").is_hidden()


def test_theme_and_surround_are_remembered_without_a_cookie(page: Page) -> None:
    page.keyboard.press("b")
    page.keyboard.press("Shift+L")
    page.keyboard.press("Shift+L")
    page.reload()
    assert page.evaluate("[document.documentElement.dataset.surround, document.documentElement.dataset.theme]") == [
        "black",
        "dark",
    ]
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    assert page.context.cookies() == []


def test_arrows_walk_over_a_contact_sheet(page: Page) -> None:
    tiles = page.locator(".sheet").first.locator(".tile-open")
    tiles.nth(0).focus()
    page.keyboard.press("ArrowRight")
    assert tiles.nth(1).evaluate("tile => tile === document.activeElement")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    assert tiles.nth(2).evaluate("tile => tile === document.activeElement")


def test_a_chart_keeps_its_table(page: Page) -> None:
    canvas = page.locator(".chart canvas").first
    assert "table below" in (canvas.get_attribute("aria-label") or "")
    page.get_by_text("The numbers as a table").first.click()
    assert page.locator(".chart table").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_part_is_accessible_and_fits(chromium: Browser, site: Site, scheme: Any, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    site.listen(page)
    page.goto(f"{ORIGIN}/gallery/", wait_until="networkidle")
    found = Axe().run(page)
    assert [violation["id"] for violation in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert site.complaints == []


def test_every_control_of_the_viewer_is_in_reach_on_a_telephone(chromium: Browser, site: Site) -> None:
    """None lies beyond the screen's edge, or in a row that only scrolls."""
    context = chromium.new_context(**PHONE)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    site.listen(page)
    page.goto(f"{ORIGIN}/gallery/", wait_until="networkidle")
    boxes = page.locator(".compare-bar button:visible").evaluate_all(
        "all => all.map(one => [one.title, one.getBoundingClientRect().left, one.getBoundingClientRect().right])"
    )
    shown = {title for title, *_ in boxes}
    assert {"Side by side", "Slider", "Flicker", "Whole picture", "1:1", "Further", "Closer", "Mask"} <= shown
    assert [title for title, left, right in boxes if left < 0 or right > 390] == []
    assert page.locator(".button .key:visible, .rail .key:visible").count() == 0, "nobody has keys there"
    assert page.locator(".compare-bar").evaluate_all("all => all.every(one => one.scrollWidth <= one.clientWidth)")
    context.close()
