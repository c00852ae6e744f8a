"""The repair page in a real Chromium: every tool by mouse, keyboard, touch and pen, and what saving makes of it."""

import csv
import importlib.util
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer
from scipy import ndimage

from benchmarks.mending import Mender
from catalog.flow import Stage
from catalog.models import Photo
from processing import outputs, recipes
from processing.imaging import screens
from processing.imaging.frame import decode
from processing.imaging.steps.edge import moved
from processing.models import Output, Run, Truth
from tests import factories
from tests.images import product_shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
READY = "Boolean(window.loupe?.repair?.state.photo)"
Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer) -> Iterator[Open]:
    """Open the repair page of a photo as somebody; nothing may be said in the console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_it(user: User, photo: Photo, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=live_server.url, **{"viewport": {"width": 1440, "height": 900}, **options}
        )
        contexts.append(context)
        client = Client()
        client.force_login(user)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.goto(f"/review/repair/{photo.pk}/")
        until(page, READY)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def until(page: Page, expression: str) -> None:
    """Wait for what the content policy lets no page evaluate by itself."""
    for _ in range(800):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never came true: {expression}")


def with_output(alpha: np.ndarray, source: bytes = b"") -> Photo:
    """A photo in the manual lane with a machine's output of that alpha; drawn where no source is given."""
    shot = product_shot(fill=0.5)
    data = source or shot.encoded("PNG")
    height, width = alpha.shape
    suffix = "jpg" if source else "png"
    photo = factories.make_photo(
        stage=Stage.FAILED, source=ContentFile(data, f"source.{suffix}"), width=width, height=height
    )
    version = recipes.active_of("general")
    finished = outputs.finish(decode(data), alpha, version.parameters)
    made = outputs.make(*finished, version, seconds={})
    run = Run.objects.create(photo=photo, recipe_version=version, status="done", lease_until=photo.created_at)
    outputs.write(photo, made, outputs.store(photo, made, occasion="test"), recipe_version=version, run=run)
    return photo


@pytest.fixture
def photo(db: None) -> Photo:
    """A red box (150 to 450 by 120 to 360 of 600 x 480) on white, cut out right."""
    return with_output(product_shot(fill=0.5).alpha)


class Hand:
    """Somebody's hand on the page: places are pixels of the photo."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def at(self, x: float, y: float) -> tuple[float, float]:
        spot = self.page.evaluate(f"loupe.repair.toScreen({x}, {y})")
        return spot["x"], spot["y"]

    def kept(self, x: int, y: int) -> int:
        return int(self.page.evaluate(f"loupe.repair.at({x}, {y})"))

    def drag(self, *places: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(*places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.at(*place), steps=5)
        self.page.mouse.up()

    def click(self, x: float, y: float, **options: Any) -> None:
        self.page.mouse.click(*self.at(x, y), **options)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def brush(self, size: int, hardness: int = 100) -> None:
        self.page.locator("#brush-size").fill(str(size))
        self.page.locator("#brush-hard").fill(str(hardness))

    def seen(self) -> None:
        """Wait until the preview shows what was set last."""
        self.page.wait_for_timeout(150)
        until(self.page, "loupe.repair.preview.settled")


@pytest.fixture
def hand(photo: Photo, reviewer: User, open_page: Open) -> Hand:
    return Hand(open_page(reviewer, photo))


def saved(hand: Hand, photo: Photo) -> tuple[Output, np.ndarray]:
    with hand.page.expect_navigation():
        hand.press("s")
    output = Output.objects.filter(photo=photo).latest("pk")
    with output.alpha.open() as handle:
        return output, np.asarray(Image.open(handle))


def test_brushes_undo_redo_and_saving(hand: Hand, photo: Photo, reviewer: User) -> None:
    hand.brush(30)
    hand.press("e")
    hand.drag((200, 200), (300, 200))
    assert (hand.kept(250, 200), hand.kept(250, 212), hand.kept(250, 220)) == (0, 0, 255)
    hand.press("u")
    assert hand.kept(250, 200) == 255
    hand.press("y", "k")
    assert hand.kept(250, 200) == 0
    hand.drag((500, 60), (540, 60))
    assert hand.kept(520, 60) == 255
    hand.page.keyboard.press("Control+z")
    assert hand.kept(520, 60) == 0
    hand.page.locator("[data-redo]").click()
    assert hand.kept(520, 60) == 255
    output, alpha = saved(hand, photo)
    assert output.author == reviewer and output.parent is not None
    assert (alpha[200, 250], alpha[60, 520], alpha[300, 300], alpha[5, 5]) == (0, 255, 255, 0)
    assert Photo.objects.get(pk=photo.pk).stage == Stage.PROCESSED
    truth = Truth.objects.get()
    assert (truth.output, truth.author, truth.how) == (output, reviewer, "editor")


def test_the_saved_mask_is_the_one_on_the_page_to_the_level(hand: Hand, photo: Photo) -> None:
    hand.brush(60, 0)
    hand.press("e")
    hand.drag((200, 200), (260, 220))
    row = [hand.kept(x, 210) for x in range(150, 330, 3)]
    assert len(set(row)) > 8
    _, alpha = saved(hand, photo)
    assert alpha[210, 150:330:3].tolist() == row


def test_a_soft_brush_stays_soft_however_often_it_goes_over_a_place(hand: Hand) -> None:
    hand.brush(60, 0)
    hand.press("k")
    hand.drag((60, 60), (62, 60), (60, 60), (62, 60), (60, 60), (62, 60))
    assert hand.kept(61, 60) > 240
    assert 80 < hand.kept(61, 75) < 180
    assert hand.kept(61, 92) == 0
    hand.brush(60, 100)
    hand.drag((540, 60), (541, 60))
    assert (hand.kept(540, 86), hand.kept(540, 93)) == (255, 0)


def test_alt_and_the_right_button_paint_the_other_way_and_shift_draws_straight(hand: Hand) -> None:
    hand.brush(20)
    hand.press("k")
    hand.page.keyboard.down("Alt")
    hand.click(200, 300)
    hand.page.keyboard.up("Alt")
    hand.click(260, 300, button="right")
    assert (hand.kept(200, 300), hand.kept(260, 300)) == (0, 0)
    hand.click(40, 40)
    hand.page.keyboard.down("Shift")
    hand.click(140, 80)
    hand.page.keyboard.up("Shift")
    assert (hand.kept(90, 60), hand.kept(90, 85)) == (255, 0)


def test_one_click_takes_drops_and_punches(reviewer: User, open_page: Open) -> None:
    alpha = product_shot(fill=0.5).alpha.copy()
    alpha[200:240, 200:260] = 0
    alpha[20:60, 20:60] = 255
    hand = Hand(open_page(reviewer, with_output(alpha)))
    hand.press("d")
    hand.click(40, 40)
    assert (hand.kept(40, 40), hand.kept(300, 300)) == (0, 255)
    hand.press("t")
    hand.click(230, 220)
    assert hand.kept(230, 220) == 255 and hand.kept(201, 201) == 255
    hand.click(230, 220)
    expect(hand.page.locator("[data-hint]")).to_contain_text("kept already")
    hand.press("p")
    hand.click(300, 300)
    assert hand.kept(300, 300) == 0, "all that looks alike there, which is the whole red box"
    hand.press("u", "u", "u")
    assert (hand.kept(40, 40), hand.kept(230, 220)) == (255, 0)


def test_how_alike_decides_how_far_a_punch_goes(hand: Hand) -> None:
    for likeness, gone in ((2, False), (120, True)):
        hand.page.locator("#likeness").fill(str(likeness))
        hand.press("p")
        hand.click(300, 240)
        assert (hand.kept(170, 340) == 0) == gone, "its grain is wider than two levels"
        hand.press("u")


def test_zoom_to_single_pixels_and_pan(hand: Hand) -> None:
    camera = "loupe.repair.state.camera"
    hand.press("z")
    assert hand.page.evaluate(f"{camera}.scale") == 1
    for _ in range(9):
        hand.press("+")
    assert hand.page.evaluate(f"{camera}.scale") == 32
    hand.page.locator("[data-stage-view]").focus()
    before = hand.page.evaluate(f"{camera}.x")
    hand.press("ArrowRight", "ArrowRight")
    assert hand.page.evaluate(f"{camera}.x") == pytest.approx(before + 2 * 64 / 32)
    hand.brush(1)
    hand.press("e")
    hand.click(302.5, 240.5)
    assert hand.kept(302, 240) == 0
    assert [hand.kept(*place) for place in ((301, 240), (303, 240), (302, 239))] == [255, 255, 255]
    hand.press("-", "0")
    assert hand.page.evaluate(f"{camera}.scale") < 3
    before = hand.page.evaluate(f"{camera}.x")
    hand.press("h")
    hand.drag((300, 240), (330, 240))
    assert hand.page.evaluate(f"{camera}.x") == pytest.approx(before - 30, abs=1)
    hand.press("k")
    hand.page.locator("[data-stage-view]").focus()
    hand.page.keyboard.down("Space")
    hand.drag((300, 240), (270, 240))
    hand.page.keyboard.up("Space")
    assert hand.page.evaluate(f"{camera}.x") == pytest.approx(before, abs=1)
    assert hand.kept(300, 240) == 255, "moving paints nothing"


def test_a_pen_thins_the_brush_by_its_pressure(hand: Hand) -> None:
    hand.brush(80)
    hand.press("k")
    devtools = hand.page.context.new_cdp_session(hand.page)
    for x, force in ((60, 0.05), (540, 1.0)):
        place = dict(zip(("x", "y"), hand.at(x, 60), strict=True))
        pen = {**place, "button": "left", "buttons": 1, "pointerType": "pen", "force": force, "clickCount": 1}
        devtools.send("Input.dispatchMouseEvent", {"type": "mousePressed", **pen})
        devtools.send("Input.dispatchMouseEvent", {"type": "mouseReleased", **pen, "buttons": 0})
    assert (hand.kept(60, 60), hand.kept(60, 85)) == (255, 0)
    assert (hand.kept(540, 60), hand.kept(540, 85)) == (255, 255)


def test_the_preview_shows_what_saving_makes(hand: Hand, photo: Photo) -> None:
    """At 1:1: a spread edge, its colour cleaned, and a drop shadow, against the full size as it is rendered later."""
    hand.press("z", "Shift+D", ".", ".", ".", ".", ".", ".", ".", ".")
    hand.page.locator("#shadow-density").fill("70")
    hand.page.locator("#shadow-direction").fill("90")
    hand.seen()
    shot = hand.page.locator("[data-canvas]").screenshot()
    (left, top) = hand.at(140, 80)
    box = hand.page.locator("[data-canvas]").bounding_box()
    assert box is not None
    output, _ = saved(hand, photo)
    assert output.parameters["edge"] == {"shift": 2.0, "feather": 0.0}
    assert output.parameters["shadow"]["kind"] == "drop" and output.parameters["shadow"]["density"] == 70
    _, result = outputs.reopen(output)
    full = outputs.master(result.frame)
    y, x = round(top - box["y"]), round(left - box["x"])
    seen = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))[y : y + 320, x : x + 320].astype(int)
    across, down = 140 + int(full.offset[0]), 80 + int(full.offset[1])
    made = full.rgb[down : down + 320, across : across + 320].astype(int)
    assert made.shape == seen.shape
    assert ((made > 90) & (made < 235)).all(axis=-1).sum() > 2000, "there is a shadow to be seen"
    off = np.abs(seen - made)
    assert off.mean() < 2.5, "the preview is a JPEG"
    assert np.percentile(off, 99) < 16


def test_live_controls_by_key_and_what_they_had_comes_back(hand: Hand, photo: Photo, open_page: Open) -> None:
    page = hand.page
    hand.press(",", ",", "f")
    page.keyboard.press("ArrowRight")
    expect(page.locator('output[for="edge-shift"]')).to_have_text("-0.5")
    expect(page.locator('output[for="edge-feather"]')).to_have_text("0.25")
    expect(page.locator('[data-look="finished"]')).to_have_attribute("aria-pressed", "true")
    hand.press("c")
    assert page.locator("#edge-colour").is_disabled()
    hand.press("Shift+C", "n", "ArrowRight", "o", "ArrowLeft", "i", "ArrowRight", "l", "ArrowRight")
    hand.seen()
    expect(page.locator("[data-preview-state]")).to_have_text("as it will be saved")
    output, _ = saved(hand, photo)
    assert output.parameters["edge"] == {"shift": -0.5, "feather": 0.25}
    assert output.parameters["decontaminate"]["strength"] == 0
    shadow = {"kind": "contact", "density": 41.0, "softness": 39.0, "direction": 65.0, "length": 26.0}
    assert output.parameters["shadow"] == shadow
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.FAILED)
    again = open_page(output.author, photo)
    expect(again.locator('output[for="edge-shift"]')).to_have_text("-0.5")
    assert not again.locator("#edge-colour-on").is_checked()
    expect(again.locator('[data-kind="contact"]')).to_have_attribute("aria-pressed", "true")
    assert again.evaluate("loupe.repair.at(300, 240)") == 255
    again.keyboard.press("Shift+N")
    again.keyboard.press("r")
    expect(again.locator('[data-kind="contact"]')).to_have_attribute("aria-pressed", "true")


def test_by_touch_on_a_small_screen(photo: Photo, reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, photo, **PHONE)
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
    before = page.evaluate("loupe.repair.state.camera.scale")
    first, second = hand.at(250, 240), hand.at(350, 240)
    spots = [[first, second], [(first[0] - 40, first[1]), (second[0] + 40, second[1])]]
    for kind, places in (("touchStart", spots[0]), ("touchMove", spots[1]), ("touchEnd", [])):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert page.evaluate("loupe.repair.state.camera.scale") > 1.3 * before
    assert hand.kept(300, 240) == 255 and page.evaluate("loupe.repair.mask.past.length") == 0, "a pinch paints nothing"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_and_no_key_is_taken_twice(
    photo: Photo, reviewer: User, open_page: Open, scheme: str, screen: dict[str, Any]
) -> None:
    page = open_page(reviewer, photo, color_scheme=scheme, **screen)
    page.evaluate("for (const group of document.querySelectorAll('.repair-group')) group.open = true")
    page.locator('[data-kind="drop"]').click()
    Hand(page).seen()
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


def test_a_value_that_nobody_may_set_is_refused_with_its_reason(
    photo: Photo, reviewer: User, as_user: Callable[[User], Client]
) -> None:
    window = {"x": 0, "y": 0, "width": 10, "height": 10}
    body = {**window, "edge.shift": "99", "mask": ContentFile(b"no", "m.png"), "whole": ContentFile(b"no", "w.png")}
    answer = as_user(reviewer).post(f"/review/repair/{photo.pk}/preview/", body)
    assert answer.status_code == 422
    assert "Edge shift: Ensure this value is less than or equal to 12" in answer.json()["message"]


# ---- the same as benchmarks/repair_flaws.py on ten photos, here on two that are shrunk ----

LONGEST = 900


def bitten(alpha: np.ndarray) -> np.ndarray:
    """A part is missing at the outline, and a piece of the background is kept."""
    flawed = alpha.copy()
    places = np.argwhere((alpha > 127) & ~ndimage.binary_erosion(alpha > 127, border_value=1))
    row, column = places[int(0.6 * len(places))]
    rows, columns = np.ogrid[: alpha.shape[0], : alpha.shape[1]]
    flawed[(rows - row) ** 2 + (columns - column) ** 2 <= 70**2] = 0
    free = ndimage.distance_transform_edt(alpha == 0)
    row, column = np.unravel_index(int(np.argmax(free)), free.shape)
    flawed[row - 30 : row + 30, column - 30 : column + 30] = 255
    return flawed


def choked(alpha: np.ndarray) -> np.ndarray:
    return moved(alpha, -4.0, 0)


@pytest.mark.parametrize(("image", "damage"), [("DEV-0035_front", bitten), ("DEV-0001_front", choked)])
def test_the_tools_mend_a_real_photo(
    image: str,
    damage: Callable[[np.ndarray], np.ndarray],
    shared: Path,
    lead: User,
    open_page: Open,
    tmp_path: Path,
) -> None:
    with (shared / "data/truth/manifest.csv").open() as handle:
        (row,) = [row for row in csv.DictReader(handle) if Path(row["image"]).stem == image]
    source = screens.shrink(decode((shared / "data/truth" / row["image"]).read_bytes()).rgb, LONGEST)
    mask = (
        Image.open(shared / "data/truth" / row["mask"]).convert("L").resize(source.shape[1::-1], Image.Resampling.BOX)
    )
    mask.save(tmp_path / "truth.png")
    truth = np.asarray(mask)
    flawed = with_output(damage(truth), screens.jpeg(source, 95))
    page = open_page(lead, flawed)
    mender = Mender(page, truth)
    mender.mend()
    assert mender.used
    mender.save()
    output = Output.objects.filter(photo=flawed).latest("pk")
    Image.fromarray(damage(truth)).save(tmp_path / "flawed.png")
    tool = scoring(shared)
    assert tool.score(tmp_path / "truth.png", tmp_path / "flawed.png")["defect"]
    after = tool.score(tmp_path / "truth.png", output.alpha.path)
    assert not after["defect"], after
    assert output.author == lead


def scoring(shared: Path) -> Any:
    """The scoring tool, as it is."""
    spec = importlib.util.spec_from_file_location("score_cutouts", shared / "tools/score_cutouts.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
