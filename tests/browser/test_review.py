"""The review queue and the mask editor in a real Chromium: by keyboard, by mouse, and on a small touch screen."""

from functools import cache
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from playwright.sync_api import Page, expect

from catalog.flow import Stage
from catalog.models import Batch, Photo
from catalog.people import Role
from processing.models import Output, RecipeVersion
from review import escalations, queue
from review.models import Decision, Kind, Task
from tests import factories
from tests.browser.conftest import PHONE, Open
from tests.browser.patience import until
from tests.images import Shot, product_shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOK_MS = 120


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.REVIEW_LEAST_VIEW_MS = LOOK_MS


@pytest.fixture
def photos() -> list[Photo]:
    """Six drawn photos in review, each with an output made from its source."""
    factories.make_user("olga", Role.OPERATOR)
    batch = factories.make_batch()
    return [_in_review(batch) for _ in range(6)]


@cache
def _shot() -> Shot:
    """One drawn product for every photo here; drawing it is what takes time."""
    return product_shot(fill=0.5)


def _in_review(batch: Batch) -> Photo:
    photo = factories.make_ready_photo(_shot(), batch=batch, stage=Stage.PROCESSED)
    preview = factories.picture_bytes((320, 320), "#3366aa")
    Photo.objects.filter(pk=photo.pk).update(preview=_kept(photo, "preview", preview))
    alpha = factories.picture_bytes((photo.width or 1, photo.height or 1), "white", "PNG")
    shown = {"preview": ContentFile(preview, "preview.jpg"), "alpha": ContentFile(alpha, "alpha.png")}
    factories.make_output(photo, verdict="flag", risk=0.8, **shown)
    queue.put(Photo.objects.select_related("upload").get(pk=photo.pk), Kind.FLAGGED, note="")
    return photo


def _kept(photo: Photo, name: str, data: bytes) -> str:
    return photo.source.storage.save(f"{photo.folder}/{name}.jpg", ContentFile(data))


def _shown(page: Page) -> None:
    """Wait until a photo is on the screen and may be decided."""
    until(page, "window.loupe?.queue?.shownAt > 0")
    page.wait_for_timeout(LOOK_MS + 60)


def _calm(page: Page) -> None:
    """Wait until nothing more is fetched, and the verdicts are no longer dimmed as they are on a new photo."""
    page.wait_for_load_state("networkidle")
    until(page, "!loupe.queue || loupe.queue.shownAt > 0 || !document.querySelector('[data-empty]').hidden")
    until(page, "!document.querySelector('[data-looking]')")


def _settled(page: Page) -> None:
    until(page, "loupe.queue.outbox.length === 0 && !loupe.queue.sending")


def test_by_keyboard_alone(photos: list[Photo], reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, "/review/")
    for key in ("a", "1", "Space"):
        _shown(page)
        page.keyboard.press(key)
    _shown(page)
    for key in ("o", "4", "w", "n"):
        page.keyboard.press(key)
    page.keyboard.type("the buckle")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    _shown(page)
    page.keyboard.press("u")
    until(page, "document.querySelector('[data-hint] p').textContent.startsWith('Taken back')")
    _shown(page)
    page.keyboard.press("5")
    _settled(page)
    standing = Decision.objects.filter(undone=False, superseded_by=None).order_by("pk")
    assert [(d.verdict, d.defect, d.remedy) for d in standing] == [
        ("approve", "", ""),
        ("reject", "edge", "repair"),
        ("approve", "", ""),
        ("reject", "colour", "reprocess"),
    ]
    undone = Decision.objects.get(undone=True).supersedes
    assert undone is not None
    assert (undone.defect, undone.remedy, undone.note) == ("hole", "original", "the buckle")
    assert page.evaluate("loupe.keys.clashes()") == []


def test_the_output_before_lies_beside_the_new_one_at_a_key(reviewer: User, open_page: Open) -> None:
    factories.make_user("olga", Role.OPERATOR)
    photo = _in_review(factories.make_batch())
    earlier = Output.objects.get(photo=photo)
    colours = ContentFile(factories.picture_bytes((320, 320), "#aa3333"), "preview.jpg")
    factories.make_output(photo, verdict="flag", preview=colours, alpha=earlier.alpha.name, placement=earlier.placement)
    queue.add(photo, Kind.REWORK)
    page = open_page(reviewer, "/review/")
    _shown(page)
    name = page.locator(".compare-pane[data-side=before] .compare-name")
    expect(name).to_have_text("source")
    page.keyboard.press("+")
    scale = page.evaluate("document.querySelector('loupe-compare').scale")
    page.keyboard.press("q")
    expect(name).to_have_text("output before")
    assert "/previous" in page.locator(".compare-pane[data-side=before] img").first.get_attribute("src")
    assert page.evaluate("document.querySelector('loupe-compare').scale") == scale
    page.keyboard.press("q")
    expect(name).to_have_text("source")
    page.keyboard.press("a")
    expect(page.locator("[data-empty]")).to_be_visible()


def test_a_recipe_version_is_chosen_by_keyboard(photos: list[Photo], reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, "/review/")
    _shown(page)
    for key in ("o", "1", "r", "c"):
        page.keyboard.press(key)
    wanted = RecipeVersion.objects.get(recipe__name="Apparel default", number=1)
    page.locator("#more-recipe_version").select_option(str(wanted.pk))
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    _settled(page)
    decision = Decision.objects.get()
    assert (decision.recipe_version, decision.photo.stage) == (wanted, Stage.READY)
    expect(page.locator("[data-last-said]")).to_contain_text("Apparel default v1, in use")


def test_a_key_pressed_before_anybody_could_look_does_nothing(
    photos: list[Photo], reviewer: User, open_page: Open, settings: Any
) -> None:
    settings.REVIEW_LEAST_VIEW_MS = 60_000
    page = open_page(reviewer, "/review/")
    until(page, "window.loupe?.queue?.shownAt > 0")
    page.keyboard.press("a")
    expect(page.locator("[data-hint] p")).to_contain_text("Look first")
    assert not Decision.objects.exists()


def test_by_mouse_alone_until_nothing_is_left(photos: list[Photo], reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, "/review/")
    for place in range(len(photos)):
        _shown(page)
        page.locator("[data-approve]" if place % 2 else '[data-verdicts] [data-defect="residue"]').click()
    expect(page.locator("[data-empty]")).to_be_visible()
    _settled(page)
    assert Decision.objects.filter(verdict="approve").count() == 3
    assert Decision.objects.filter(defect="residue").count() == 3
    # What the machine thought shows, now that the verdict is there.
    expect(page.locator("[data-last-machine]")).to_contain_text("risk 0.80")


def test_no_verdict_moves_from_under_a_hand_and_no_hint_outlives_its_photo(
    photos: list[Photo], reviewer: User, open_page: Open
) -> None:
    page = open_page(reviewer, "/review/")
    _shown(page)
    good, hint = page.locator("[data-approve]"), page.locator("[data-hint]")
    before = good.bounding_box()
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    expect(hint).to_contain_text("The place is marked")
    assert good.bounding_box() == before
    page.keyboard.press("a")
    _shown(page)
    assert hint.is_hidden(), "at once, not when its time is over"
    assert good.bounding_box() == before


def test_the_note_lies_free_and_is_sent_from_where_it_is_written(
    photos: list[Photo], reviewer: User, open_page: Open
) -> None:
    page = open_page(reviewer, "/review/")
    page.set_viewport_size({"width": 1280, "height": 640})
    _shown(page)
    for key in ("o", "3", "j", "n"):
        page.keyboard.press(key)
    note, button = page.locator("#more-note"), page.locator(".queue-more [type=submit]")
    until(page, "document.activeElement.id === 'more-note'")
    box, below = note.bounding_box(), button.bounding_box()
    assert box["y"] + box["height"] <= below["y"]
    page.keyboard.type("strap gone")
    page.keyboard.press("Control+Enter")
    _settled(page)
    decision = Decision.objects.get()
    assert (decision.defect, decision.severity, decision.note) == ("part", "major", "strap gone")


def test_an_idle_queue_tells_when_photos_wait_again(reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, "/review/")
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    factories.make_user("olga", Role.OPERATOR)
    _in_review(factories.make_batch())
    expect(page.get_by_role("heading", name="Photos wait for you")).to_be_visible(timeout=15_000)
    assert not Task.objects.filter(state="claimed").exists(), "nobody may sit before this page"
    page.keyboard.press("r")
    _shown(page)
    assert Task.objects.filter(state="claimed").count() == 1


def test_a_break_is_proposed_after_so_many_photos_over_reloads_and_can_be_put_off(
    photos: list[Photo], reviewer: User, open_page: Open, settings: Any
) -> None:
    settings.REVIEW_BREAK_PHOTOS = 2
    page = open_page(reviewer, "/review/")
    _shown(page)
    page.keyboard.press("a")
    _shown(page)
    expect(page.locator("[data-break]")).to_be_hidden()
    _settled(page)
    page.reload()
    _shown(page)
    page.keyboard.press("a")
    expect(page.locator("[data-break-text]")).to_contain_text("2 photos")
    page.get_by_role("button", name="Later").click()
    _shown(page)
    page.keyboard.press("a")
    _shown(page)
    expect(page.locator("[data-break]")).to_be_hidden()


def test_on_a_small_touch_screen(photos: list[Photo], reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, "/review/", **PHONE)
    for selector in ("[data-approve]", '[data-verdicts] [data-defect="other"]'):
        _shown(page)
        page.locator(selector).tap()
    _settled(page)
    assert Decision.objects.count() == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_is_lost_when_the_claim_is_gone(photos: list[Photo], reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, "/review/", expected=("409",))
    _shown(page)
    Task.objects.filter(state="claimed").update(state="withdrawn")
    with page.expect_response("**/review/decide/") as answer:
        page.keyboard.press("2")
    assert answer.value.status == 409
    expect(page.locator("[data-draft-list]")).to_contain_text("Rejected: Residue.")
    page.reload()
    expect(page.locator("[data-draft-list]")).to_contain_text("Rejected: Residue.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(photos: list[Photo], lead: User, open_page: Open, scheme: str) -> None:
    failed = factories.make_ready_photo(batch=photos[0].batch, stage=Stage.FAILED)
    raised = factories.make_ready_photo(batch=photos[0].batch, stage=Stage.FAILED)
    made = escalations.raise_by_hand(raised, by=lead, severity="major", reason="The wrong shoe.")
    type(made).objects.update(owner=lead)
    pages = [
        "/review/",
        "/review/manual/",
        f"/review/repair/{failed.pk}/",
        f"/review/photos/{failed.pk}/audit/",
        "/escalations/",
        f"/escalations/{made.pk}/",
        "/escalations/procedure/",
        "/review/reviewers/",
        "/review/goldens/",
        f"/review/policies/{failed.catalog_id}/",
    ]
    for path in pages:
        page = open_page(lead, path, color_scheme=scheme)
        _calm(page)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], path
        assert page.evaluate("loupe.keys.clashes()") == [], path


def test_the_manual_lane_on_a_small_screen_asks_with_the_buttons_own_word(lead: User, open_page: Open) -> None:
    factories.make_ready_photo(batch=factories.make_batch(), stage=Stage.FAILED)
    page = open_page(lead, "/review/manual/", **PHONE)
    page.locator("summary", has_text="Escalate").tap()
    menu = page.locator(".lane-escalate").bounding_box()
    assert menu is not None and menu["x"] >= 0 and menu["x"] + menu["width"] <= 390
    page.locator("summary", has_text="Escalate").tap()
    page.get_by_role("button", name="Use the original").tap()
    expect(page.locator("#confirm [value=yes]")).to_have_text("Use the original")


def test_in_the_manual_lane_keys_are_those_of_the_row_at_hand(lead: User, open_page: Open) -> None:
    _, second = (factories.make_ready_photo(batch=factories.make_batch(), stage=Stage.FAILED) for _ in range(2))
    page = open_page(lead, "/review/manual/")
    rows = page.locator(".lane-row")
    expect(rows.nth(0).locator("kbd", has_text="e")).to_be_visible()
    expect(rows.nth(1).locator("kbd", has_text="e")).to_be_hidden()
    for key, at in (("j", 0), ("j", 1), ("k", 0), ("j", 1), ("j", 1), ("ArrowUp", 0), ("ArrowDown", 1)):
        page.keyboard.press(key)
        expect(rows.nth(at).locator(".lane-pair")).to_be_focused()
    expect(rows.nth(1).locator("kbd", has_text="e")).to_be_visible()
    assert page.evaluate("loupe.keys.clashes()") == []
    page.mouse.click(5, 5)  # an empty spot: the row at hand stays it
    page.keyboard.press("e")
    expect(rows.nth(1).locator(".lane-escalate")).to_be_visible()
    expect(rows.nth(0).locator(".lane-escalate")).to_be_hidden()
    page.keyboard.type("poor edge")
    expect(rows.nth(1).locator("textarea")).to_have_value("poor edge")
    page.keyboard.press("Escape")  # leaves the field; the menu has the keys to itself
    page.keyboard.press("p")
    assert "/review/manual/" in page.url
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.wait_for_url(f"**/review/repair/{second.pk}/")


def test_a_form_is_sent_once_however_often_its_key_is_pressed(lead: User, open_page: Open) -> None:
    factories.make_ready_photo(batch=factories.make_batch(), stage=Stage.FAILED)
    page = open_page(lead, "/review/manual/")
    sent = page.evaluate("""() => {
        let sent = 0;
        addEventListener("submit", (event) => { if (!event.defaultPrevented) sent += 1; event.preventDefault(); });
        for (const press of [1, 2, 3]) document.querySelector(".lane-row form button").click();
        return sent;
    }""")
    assert sent == 1
