"""The live controls beside the mask: the preview is what saving makes, and values come back as they were set."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image
from playwright.sync_api import expect

from catalog.flow import Stage
from catalog.models import Photo
from processing import outputs
from tests.browser.repair.conftest import Repair
from tests.browser.repair.hands import Hand, saved, with_output
from tests.images import BLACK, product_shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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


def test_live_controls_by_key_and_what_they_had_comes_back(hand: Hand, photo: Photo, repair: Repair) -> None:
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
    again = repair(output.author, photo)
    expect(again.locator('output[for="edge-shift"]')).to_have_text("-0.5")
    assert not again.locator("#edge-colour-on").is_checked()
    expect(again.locator('[data-kind="contact"]')).to_have_attribute("aria-pressed", "true")
    assert again.evaluate("loupe.repair.at(300, 240)") == 255
    again.keyboard.press("Shift+N")
    again.keyboard.press("r")
    expect(again.locator('[data-kind="contact"]')).to_have_attribute("aria-pressed", "true")


def test_clear_glass_is_seen_before_it_is_saved(reviewer: User, repair: Repair) -> None:
    """A pane of glass before a grey wall: white shows through it, and none of the wall's grey stays."""
    shot = product_shot(fill=0.5, colour=(150, 160, 165), background=(200, 205, 210), texture=0.5)
    photo = with_output(shot.alpha, shot.encoded())
    hand = Hand(repair(reviewer, photo))
    solid = shown_at(hand, 300, 240)
    hand.press("g", "End")
    hand.seen()
    expect(hand.page.locator('output[for="glass-clarity"]')).to_have_text("100")
    expect(hand.page.locator("[data-preview-state]")).to_have_text("as it will be saved")
    clear = shown_at(hand, 300, 240)
    assert (clear - solid).min() > 15
    output, _ = saved(hand, photo)
    assert output.parameters["glass"] == {"clarity": 100.0}
    _, result = outputs.reopen(output)
    full = outputs.master(result.frame)
    assert np.abs(full.rgb[240 + int(full.offset[1]), 300 + int(full.offset[0])].astype(int) - clear).max() < 6


def test_glass_before_a_dark_wall_stays_solid_and_the_page_says_why(reviewer: User, repair: Repair) -> None:
    shot = product_shot(fill=0.5, background=BLACK)
    hand = Hand(repair(reviewer, with_output(shot.alpha, shot.encoded())))
    hand.press("g", "End")
    hand.seen()
    expect(hand.page.locator("[data-preview-state]")).to_contain_text("glass stays solid: the backdrop is as bright as")


def shown_at(hand: Hand, x: int, y: int) -> np.ndarray:
    """The colour on the screen at a place of the photo."""
    left, top = hand.at(x, y)
    shot = hand.page.screenshot(clip={"x": left, "y": top, "width": 2, "height": 2})
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).reshape(-1, 3).mean(axis=0)


def test_undo_and_redo_go_through_strokes_and_controls_in_the_order_of_the_work(hand: Hand) -> None:
    page, shift = hand.page, hand.page.locator('output[for="edge-shift"]')
    hand.brush(30)
    hand.press("e")
    hand.drag((200, 200), (300, 200))
    slider = page.locator("#edge-feather").bounding_box()
    assert slider is not None
    middle = slider["y"] + slider["height"] / 2
    page.mouse.move(slider["x"] + 8, middle)
    page.mouse.down()
    page.mouse.move(slider["x"] + slider["width"] / 2, middle, steps=6)
    page.mouse.up()
    pulled = page.locator("#edge-feather").input_value()
    assert float(pulled) > 1
    hand.press(".", ".", ".", "Shift+D", "c")
    expect(shift).to_have_text("+0.75")
    for key, check in (
        ("u", lambda: expect(page.locator("#edge-colour-on")).to_be_checked()),
        ("u", lambda: expect(page.locator('[data-kind="none"]')).to_have_attribute("aria-pressed", "true")),
        ("Control+z", lambda: expect(shift).to_have_text("0")),
        ("u", lambda: expect(page.locator("#edge-feather")).to_have_value("0")),
    ):
        assert hand.kept(250, 200) == 0
        hand.press(key)
        check()
    hand.press("u")
    assert hand.kept(250, 200) == 255, "three presses and a pull of six moves were one step each"
    hand.press("y", "y", "y", "y", "y")
    assert hand.kept(250, 200) == 0
    expect(page.locator("#edge-feather")).to_have_value(pulled)
    expect(shift).to_have_text("+0.75")
    expect(page.locator('[data-kind="drop"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#edge-colour-on")).not_to_be_checked()
    hand.press("r", "u")
    expect(shift).to_have_text("+0.75")


def test_a_value_that_nobody_may_set_is_refused_with_its_reason(
    photo: Photo, reviewer: User, as_user: Callable[[User], Client]
) -> None:
    window = {"x": 0, "y": 0, "width": 10, "height": 10}
    body = {**window, "edge.shift": "99", "mask": ContentFile(b"no", "m.png"), "whole": ContentFile(b"no", "w.png")}
    answer = as_user(reviewer).post(f"/review/repair/{photo.pk}/preview/", body)
    assert answer.status_code == 422
    assert "Edge shift, px: Ensure this value is less than or equal to 12" in answer.json()["message"]
