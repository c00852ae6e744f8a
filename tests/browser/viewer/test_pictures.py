"""The viewer's two pictures: in step, as sharp as the screen, and beside what they are compared with."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.patience import PATIENCE_MS, until
from tests.browser.viewer.site import ORIGIN, PHOTO, RED, VIEWER, Site, colour_at, settle, show, value

pytestmark = pytest.mark.browser


def test_the_source_lies_where_its_product_lies_in_the_output(page: Page) -> None:
    show(page)
    settle(page)
    for side in ("before", "after"):
        assert colour_at(page, side, 110, 310) == RED
        assert colour_at(page, side, 290, 490) == RED
        assert colour_at(page, side, 90, 310) != RED
        assert colour_at(page, side, 310, 490) != RED


def test_both_pictures_move_in_step(page: Page) -> None:
    show(page)
    page.mouse.move(400, 400)
    page.mouse.wheel(0, -500)
    page.mouse.down()
    page.mouse.move(460, 350)
    page.mouse.up()
    settle(page)
    moves = page.eval_on_selector_all(".compare-world", "worlds => worlds.map(world => world.style.transform)")
    assert moves[0] == moves[1]
    assert value(page, "zoomed") is True
    for side in ("before", "after"):
        assert colour_at(page, side, 200, 400) == RED


def test_the_point_under_the_pointer_stays(page: Page) -> None:
    show(page)
    settle(page)
    before = page.evaluate(f"{VIEWER}.toPicture(300, 400)")
    page.mouse.move(300, 400)
    page.mouse.wheel(0, -300)
    settle(page)
    after = page.evaluate(f"{VIEWER}.toPicture(300, 400)")
    assert (after["x"], after["y"]) == pytest.approx((before["x"], before["y"]), abs=0.01)


def test_the_full_picture_is_loaded_only_when_the_preview_has_too_few_pixels(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 700, "height": 500})
    show(page)
    settle(page)
    assert not [path for path in site.asked if "full" in path]
    page.evaluate("document.addEventListener('loupe:full', event => { window.came = event.detail.which; })")
    page.keyboard.press("z")
    until(page, "window.came === 'after'")
    assert value(page, "scale") == pytest.approx(1)
    assert "/made/output-full-800x800.png" in site.asked


def test_modes_by_key(page: Page) -> None:
    seen = []
    for _ in range(3):
        page.keyboard.press("v")
        seen.append(value(page, "mode"))
    assert seen == ["slider", "flicker", "side"]
    page.keyboard.press("f")
    assert (value(page, "mode"), value(page, "dataset.shows")) == ("flicker", "before")
    page.keyboard.press("f")
    assert value(page, "dataset.shows") is None


def test_the_slider_follows_pointer_and_arrows(page: Page) -> None:
    page.keyboard.press("v")
    box = page.locator(".compare-view").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 200)
    page.mouse.up()
    handle = page.locator(".compare-handle")
    assert handle.get_attribute("aria-valuenow") == "25"
    handle.focus()
    page.keyboard.press("ArrowRight")
    assert handle.get_attribute("aria-valuenow") == "27"


def test_the_mask_tints_what_it_removes(page: Page) -> None:
    show(page)
    page.keyboard.press("m")
    page.wait_for_selector(".compare-world canvas")
    settle(page)
    assert colour_at(page, "after", 200, 400) == RED
    red, green, blue = colour_at(page, "after", 600, 600)
    assert red > 180 > 100 > green
    assert blue > green
    page.keyboard.press("m")
    settle(page)
    assert colour_at(page, "after", 600, 600) == (160, 160, 160)


def test_a_shown_layer_stays_for_the_next_photo(page: Page) -> None:
    show(page)
    page.keyboard.press("m")
    page.wait_for_selector(".compare-world canvas")
    show(page, PHOTO.replace("mask-400x400", "mask-next-400x400"))
    page.wait_for_selector(".compare-world canvas")
    assert page.get_by_role("button", name="Mask").get_attribute("aria-pressed") == "true"


def test_a_marked_place_is_told_in_shares_of_the_output(page: Page) -> None:
    show(page)
    page.evaluate("document.addEventListener('loupe:mark', event => { window.marked = event.detail; })")
    page.keyboard.press("x")
    spot = page.locator("[data-side=after]").bounding_box()
    assert spot
    page.mouse.click(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    marked = page.evaluate("window.marked")
    assert (marked["x"], marked["y"]) == pytest.approx((0.5, 0.5), abs=0.01)
    assert page.locator(".compare-pin").count() == 2


def test_a_prefetched_photo_is_not_asked_for_again_and_the_last_one_wins(page: Page, site: Site) -> None:
    page.evaluate(f"{VIEWER}.prefetch({PHOTO})")
    until(page, "performance.getEntriesByName(location.origin + '/made/output-400x400.png').length")
    late = PHOTO.replace("output-400x400", "output-late-400x400").replace("MUG-01", "MUG-02")
    results = page.evaluate(f"Promise.all([{VIEWER}.show({late}), {VIEWER}.show({PHOTO})])")
    assert results == [False, True]
    assert site.asked.count("/made/output-400x400.png") == 1
    assert "MUG-01" in (page.locator(".compare-view").get_attribute("aria-label") or "")


def test_a_picture_that_is_gone_is_said(page: Page, site: Site) -> None:
    page.evaluate("document.addEventListener('loupe:failed', event => { window.failed = event.detail; })")
    show(page, PHOTO.replace("/made/output-400x400.png", "/made/gone.jpg"))
    assert page.locator(".compare-note").text_content() == "The output could not be loaded."
    assert page.evaluate("window.failed.which") == "after"
    assert [line for line in site.complaints if "404" not in line] == []
    site.complaints.clear()


def test_two_fingers_magnify(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    site.listen(page)
    page.goto(f"{ORIGIN}/gallery/")
    until(page, f"{VIEWER}.camera.scale < 1")
    before = value(page, "scale")
    hands = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[int, int]) -> None:
        spots = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
        hands.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    touch("touchStart", (180, 380), (210, 380))
    touch("touchMove", (150, 380), (240, 380))
    touch("touchMove", (120, 380), (270, 380))
    touch("touchEnd")
    until(page, f"Math.abs({VIEWER}.scale / {before} - 5) < 0.25")
    context.close()
