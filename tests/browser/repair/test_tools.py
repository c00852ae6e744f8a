"""Every tool of the repair page by mouse and keyboard, and what saving makes of it."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from catalog.flow import Stage
from catalog.models import Photo
from processing.models import Truth
from tests.browser.repair.conftest import Repair
from tests.browser.repair.hands import Hand, saved, with_output
from tests.images import product_shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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


def test_one_click_takes_drops_and_punches(reviewer: User, repair: Repair) -> None:
    alpha = product_shot(fill=0.5).alpha.copy()
    alpha[200:240, 200:260] = 0
    alpha[20:60, 20:60] = 255
    hand = Hand(repair(reviewer, with_output(alpha)))
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
