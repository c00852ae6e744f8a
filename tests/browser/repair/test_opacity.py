"""Lenses and glass: the brush paints towards its opacity, on the page, in the preview and for good."""

import io

import numpy as np
import pytest
from django.contrib.auth.models import User
from PIL import Image
from playwright.sync_api import expect

from catalog.flow import Stage
from catalog.models import Photo
from processing import outputs
from processing.imaging import rendering
from tests.browser.repair.conftest import Repair
from tests.browser.repair.hands import Hand, saved, with_output
from tests.images import product_shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIXTY = 153


def profile(hand: Hand, x: int, top: int, bottom: int) -> list[int]:
    return [hand.kept(x, y) for y in range(top, bottom)]


def test_sixty_percent_is_saved_as_that_over_product_and_over_nothing_with_soft_edges(
    hand: Hand, photo: Photo, repair: Repair
) -> None:
    hand.brush(60, 0)
    hand.press("q", "6", "k")
    hand.drag((250, 240), (350, 240))
    hand.drag((500, 60), (560, 60))
    lens, alone = profile(hand, 300, 200, 241), profile(hand, 530, 20, 61)
    assert (lens[0], alone[0]) == (255, 0)
    assert lens == sorted(lens, reverse=True) and alone == sorted(alone)
    assert len(set(lens)) > 15 and len(set(alone)) > 15, "soft at sixty percent, too"
    assert max(np.abs(np.diff([lens, alone]).ravel())) < 20, "without a step"
    output, alpha = saved(hand, photo)
    for inside in (alpha[239:242, 260:340], alpha[59:62, 510:550]):
        assert np.abs(inside.astype(int) - SIXTY).max() <= 1
    assert alpha[200:241, 300].tolist() == lens and alpha[20:61, 530].tolist() == alone
    _, result = outputs.reopen(output)
    cutout = rendering.whole(result.frame)
    assert np.array_equal(cutout.alpha, alpha), "what is delivered is as clear"
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.FAILED)
    assert output.author is not None
    again = Hand(repair(output.author, photo))
    assert profile(again, 300, 200, 241) == lens


def test_a_stroke_over_the_same_place_again_builds_nothing_up_and_undo_takes_it_back(hand: Hand) -> None:
    hand.brush(60, 0)
    hand.press("q", "6", "k")
    hand.drag((300, 240), (310, 240))
    once = profile(hand, 305, 205, 276)
    hand.press("u")
    assert set(profile(hand, 305, 205, 276)) == {255}
    hand.drag((300, 240), (310, 240), (300, 240), (310, 240), (300, 240), (310, 240))
    twice = profile(hand, 305, 205, 276)
    assert twice[35] == once[35] == SIXTY
    assert np.abs(np.subtract(twice, once)).max() <= 2, "the soft edge is where it was"
    hand.drag((300, 240), (310, 240))
    assert hand.kept(305, 240) == SIXTY, "a second stroke goes to the same opacity"
    hand.press("u", "u")
    assert set(profile(hand, 305, 205, 276)) == {255}
    hand.press("y")
    assert profile(hand, 305, 205, 276) == twice


def test_erasing_goes_to_nothing_and_full_opacity_to_all_whatever_was_there(hand: Hand) -> None:
    hand.brush(40)
    hand.press("q", "4", "k")
    hand.drag((250, 240), (350, 240))
    assert hand.kept(300, 240) == 102
    hand.press("e")
    hand.drag((270, 240), (272, 240))
    assert hand.kept(271, 240) == 0
    hand.page.keyboard.down("Alt")
    hand.drag((230, 300), (232, 300))
    hand.page.keyboard.up("Alt")
    assert hand.kept(231, 300) == 102, "Alt keeps, at the opacity"
    hand.press("q", "0", "k")
    hand.drag((300, 240), (302, 240))
    assert hand.kept(301, 240) == 255


def test_opacity_by_keys_and_by_its_slider(hand: Hand) -> None:
    page, out = hand.page, hand.page.locator("[data-opacity-out]")
    expect(out).to_have_text("100")
    hand.press("(", "(")
    expect(out).to_have_text("80")
    hand.press(")", ")", ")")
    expect(out).to_have_text("100")
    hand.press("q")
    expect(page.locator("#brush-opacity")).to_be_focused()
    hand.press("ArrowLeft")
    expect(out).to_have_text("95")
    hand.press("2")
    expect(out).to_have_text("20")
    expect(page.locator("[data-stage-view]")).to_be_focused()
    hand.press("3")
    expect(page.locator('[data-look="mask"]')).to_have_attribute("aria-pressed", "true")
    expect(out).to_have_text("20")
    hand.press("(", "(")
    expect(out).to_have_text("10")
    hand.press("?")
    expect(page.locator("#keys dd", has_text="Opacity: arrows change it")).to_be_visible()


def test_taking_fills_up_to_the_opacity_and_never_lowers(reviewer: User, repair: Repair) -> None:
    alpha = product_shot(fill=0.5).alpha.copy()
    alpha[200:240, 200:260] = 0
    alpha[199, 200:260], alpha[240, 200:260] = 200, 60
    hand = Hand(repair(reviewer, with_output(alpha)))
    hint = hand.page.locator("[data-hint]")
    hand.press("q", "6", "t")
    hand.click(230, 220)
    expect(hint).to_contain_text("taken at 60 %")
    assert [hand.kept(230, y) for y in (198, 199, 200, 220, 239, 240, 241)] == [255, 200, *[SIXTY] * 4, 255]
    hand.click(230, 220)
    expect(hint).to_contain_text("kept at 60 % already")
    assert hand.kept(230, 220) == SIXTY
    hand.press("q", "0", "t")
    hand.click(230, 220)
    assert hand.kept(230, 220) == 255
    hand.press("u", "p")
    hand.click(230, 220)
    assert hand.kept(230, 220) == 0, "a punch takes all away"
    hand.press("u", "u")
    assert hand.kept(230, 220) == 0


def test_the_preview_shows_what_is_painted_as_it_will_be_saved(hand: Hand, photo: Photo) -> None:
    hand.brush(80)
    hand.press("q", "4", "k")
    hand.drag((250, 240), (350, 240))
    hand.press("4", "z")
    hand.page.mouse.move(2, 2)  # no cursor over the picture
    hand.seen()
    left, top = hand.at(200, 180)
    box = hand.page.locator("[data-canvas]").bounding_box()
    assert box is not None
    shot = hand.page.locator("[data-canvas]").screenshot()
    y, x = round(top - box["y"]), round(left - box["x"])
    seen = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))[y : y + 120, x : x + 200].astype(int)
    output, _ = saved(hand, photo)
    _, result = outputs.reopen(output)
    full = outputs.master(result.frame)
    across, down = 200 + int(full.offset[0]), 180 + int(full.offset[1])
    made = full.rgb[down : down + 120, across : across + 200].astype(int)
    assert made[60, 100].min() > made[5, 100].min() + 60, "white shows through"
    assert np.abs(seen - made).mean() < 2.5, "the preview is a JPEG"
