"""The viewer, the keys and the frame of a page in a real Chromium, over drawn pictures whose marks are known.

No server: the browser's requests are answered from templates, static files and arrays, under the real content policy.
"""

import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.browser.patience import PATIENCE_MS, until

pytestmark = pytest.mark.browser

ORIGIN = "http://loupe.test"
POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'"
RED, BLUE = (220, 0, 0), (0, 0, 220)
VIEWER = "document.querySelector('loupe-compare')"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
# The source holds its red square at (200, 100) to (300, 200); twice as large and moved by (-300, +100) in the output.
PHOTO = """{label: "MUG-01", before: "/made/source-600x400.png", beforeFull: "/made/source-full-600x400.png",
  beforeSize: "600x400", after: "/made/output-400x400.png", afterFull: "/made/output-full-800x800.png",
  afterSize: "800x800", place: "2,-300,100",
  layers: [{layer: "mask", label: "Mask", key: "m", src: "/made/mask-400x400.png", kind: "mask"}]}"""


def drawn(name: str) -> bytes:
    """A PNG of the size in ``name``: grey, with the square that both pictures share in red; a mask keeps just it."""
    width, height = (int(part) for part in name.removesuffix(".png").rsplit("-", 1)[1].split("x"))
    mask = name.startswith("mask")
    pixels = np.full((height, width, 3), 0 if mask else 160, np.uint8)
    left, top, side, frame = (200, 100, 100, 600) if name.startswith("source") else (100, 300, 200, 800)
    box = [round(value * width / frame) for value in (left, top, side)]
    pixels[box[1] : box[1] + box[2], box[0] : box[0] + box[2]] = 255 if mask else RED
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "PNG")
    return memory.getvalue()


@dataclass
class Site:
    """Answers a page's requests and remembers them, with what the console complained about."""

    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        self.asked.append(path)
        if path == "/gallery/":
            headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
            route.fulfill(body=render_to_string("gallery.html"), headers=headers)
        elif path.startswith("/made/") and path.endswith(".png"):
            route.fulfill(body=drawn(path.removeprefix("/made/")), content_type="image/png")
        elif path.startswith("/static/") and (found := finders.find(path.removeprefix("/static/"))):
            file = Path(str(found))
            route.fulfill(body=file.read_bytes(), content_type=TYPES.get(file.suffix, "text/plain"))
        else:
            route.fulfill(status=404, body="")

    def listen(self, page: Page) -> None:
        page.route("**/*", self.answer)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "Chromium is missing; `make test` installs it"
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """The gallery at 1440 px; nothing may have been complained about by the end."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    site.listen(page)
    page.goto(f"{ORIGIN}/gallery/")
    until(page, f"{VIEWER}.camera.scale < 1 && {VIEWER}.querySelector('img')")
    yield page
    context.close()
    assert site.complaints == []


def show(page: Page, photo: str = PHOTO) -> None:
    assert page.evaluate(f"{VIEWER}.show({photo})")


def settle(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def colour_at(page: Page, side: str, x: float, y: float) -> tuple[int, ...]:
    """What the screen shows in one pane where the output's pixel (x, y) lies."""
    spot = page.evaluate(
        f"""([side, x, y]) => {{ const v = {VIEWER}, c = v.camera;
            const b = v.querySelector(`[data-side=${{side}}]`).getBoundingClientRect();
            return [b.x + b.width / 2 + (x - c.x) * c.scale, b.y + b.height / 2 + (y - c.y) * c.scale]; }}""",
        [side, x, y],
    )
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    found = picture.getpixel((int(spot[0]), int(spot[1])))
    assert isinstance(found, tuple)
    return found


def value(page: Page, member: str) -> Any:
    return page.evaluate(f"{VIEWER}.{member}")


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
