"""One press decides one photo, once: on slow lines and busy machines, with a heavy hand, over reloads, in two tabs."""

from collections.abc import Callable, Iterator
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, Route, expect

from catalog.models import Photo
from catalog.people import Role
from review import queue
from review.models import Decision
from tests import factories
from tests.browser.conftest import Open
from tests.browser.patience import until, until_true
from tests.browser.test_review import LOOK_MS, _in_review, _settled, _shown

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Longer than any machine needs for the next press, so that it always comes before anybody could have looked.
LONG_LOOK_MS = 4000


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.REVIEW_LEAST_VIEW_MS = LOOK_MS


@pytest.fixture(autouse=True)
def photos() -> list[Photo]:
    """Four drawn photos in review."""
    factories.make_user("olga", Role.OPERATOR)
    batch = factories.make_batch()
    return [_in_review(batch) for _ in range(4)]


class Line:
    """The line to one address: what is sent waits until it is let through."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.sent: list[Route] = []
        self.open = False
        page.route(pattern, self._arrive)

    def _arrive(self, route: Route) -> None:
        self.sent.append(route)
        if self.open:
            route.continue_()

    def let_through(self) -> None:
        """From now on nothing waits."""
        self.open = True
        for route in self.sent:
            route.continue_()


def _decided() -> list[int]:
    return list(Decision.objects.filter(undone=False).order_by("pk").values_list("photo_id", flat=True))


def test_each_press_while_answers_are_on_their_way_decides_its_own_photo(reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, "/review/")
    line = Line(page, "**/review/decide/")
    for _ in range(2):
        _shown(page)
        page.keyboard.press("a")
    # Both that were claimed are decided, so there is nothing that a third press could mean.
    page.keyboard.press("a")
    line.let_through()
    _settled(page)
    assert len(line.sent) == 2
    assert len(set(_decided())) == len(_decided()) == 2


def test_a_second_press_at_once_is_not_taken_for_the_next_photo(reviewer: User, open_page: Open, settings: Any) -> None:
    settings.REVIEW_LEAST_VIEW_MS = LONG_LOOK_MS
    page = open_page(reviewer, "/review/")
    until(page, f"loupe.queue?.shownAt > 0 && performance.now() - loupe.queue.shownAt > {LONG_LOOK_MS}")
    page.keyboard.press("a")
    page.keyboard.press("a")
    _settled(page)
    assert len(_decided()) == 1


def test_a_press_counts_for_what_was_on_the_screen_when_the_hand_moved(
    reviewer: User, open_page: Open, settings: Any
) -> None:
    settings.REVIEW_LEAST_VIEW_MS = LONG_LOOK_MS
    page = open_page(reviewer, "/review/")
    until(page, "loupe.queue?.shownAt > 0")
    # The page is busy, so that it hears of the key only when it would count.
    busy = f"setTimeout(() => {{ const end = performance.now() + {LONG_LOOK_MS}; while (performance.now() < end); }})"
    page.evaluate(busy)
    page.keyboard.press("a")
    expect(page.locator("[data-hint] p")).to_contain_text("Look first")
    _settled(page)
    assert _decided() == []


def _focus_good(page: Page) -> None:
    page.locator("[data-approve]").focus()


@pytest.mark.parametrize(("key", "first"), [("a", None), ("1", None), ("Enter", _focus_good)])
def test_a_key_that_is_held_down_decides_one_photo(
    reviewer: User, open_page: Open, key: str, first: Callable[[Page], None] | None
) -> None:
    page = open_page(reviewer, "/review/")
    _shown(page)
    if first:
        first(page)
    page.keyboard.down(key)
    _shown(page)
    for _ in range(3):
        page.keyboard.down(key)
        _shown(page)
    page.keyboard.up(key)
    _settled(page)
    assert len(_decided()) == 1


@pytest.fixture
def slow_leaving(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Event, Event]]:
    """What a page gives back when it is left arrives only when the first event is set; the second says it did."""
    due, done = Event(), Event()
    real = queue.release

    def release(user: User, tokens: list[UUID]) -> int:
        due.wait()
        given = real(user, tokens)
        done.set()
        return given

    monkeypatch.setattr(queue, "release", release)
    yield due, done
    due.set()


def test_what_a_left_page_gives_back_late_is_no_longer_its_own(
    reviewer: User, open_page: Open, slow_leaving: tuple[Event, Event]
) -> None:
    due, done = slow_leaving
    page = open_page(reviewer, "/review/")
    _shown(page)
    page.reload()
    _shown(page)
    due.set()
    until_true(page, done.is_set, "the page that was left gave its claims back")
    with page.expect_response("**/review/decide/") as answer:
        page.keyboard.press("a")
    assert answer.value.status == 200
    _shown(page)
    assert len(_decided()) == 1


def test_a_decision_that_is_still_on_its_way_when_the_page_is_left_counts_once(reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, "/review/", expected=("ERR_FAILED",))
    _shown(page)
    lost: list[Route] = []

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()
        lost.append(route)

    # The server has it, but the page is left before it hears so, and the next one sends it again.
    page.route("**/review/decide/", lose)
    page.keyboard.press("a")
    until_true(page, lambda: bool(lost), "the answer is lost")
    page.unroute("**/review/decide/")
    page.reload()
    _settled(page)
    _shown(page)
    assert len(_decided()) == 1
    expect(page.locator("[data-draft-list] li")).to_have_count(0)


def test_of_two_tabs_the_one_opened_last_has_the_photos_and_the_other_goes_on_with_a_draft(
    reviewer: User, open_page: Open
) -> None:
    # What it had behind the photo on the screen ended with the claim, the picture's address, too.
    first = open_page(reviewer, "/review/", expected=("409", "404"))
    _shown(first)
    _shown(open_page(reviewer, "/review/"))
    first.keyboard.press("2")
    expect(first.locator("[data-draft-list]")).to_contain_text("Rejected: Residue.")
    assert _decided() == []
    # The same photo comes back with what was said of it; one more key sends it.
    expect(first.locator("[data-more]")).to_be_visible()
    _shown(first)
    first.keyboard.press("Enter")
    _settled(first)
    assert len(_decided()) == 1


def test_nothing_is_decided_while_an_undo_is_on_its_way(reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, "/review/")
    _shown(page)
    page.keyboard.press("a")
    _shown(page)
    _settled(page)
    line = Line(page, "**/review/undo/")
    page.keyboard.press("u")
    page.keyboard.press("u")
    page.keyboard.press("a")
    until_true(page, lambda: bool(line.sent), "the undo was sent")
    line.let_through()
    expect(page.locator("[data-hint] p")).to_contain_text("Taken back")
    _shown(page)
    _settled(page)
    assert len(line.sent) == 1
    assert Decision.objects.filter(undone=False).count() == 1, "what was taken back is all there is"


def test_a_page_that_comes_back_from_the_browsers_memory_waits_for_its_photos(reviewer: User, open_page: Open) -> None:
    page = open_page(reviewer, "/review/")
    _shown(page)
    come_back = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})), loupe.queue.shownAt"
    assert page.evaluate(come_back) == 0
    _shown(page)
    page.keyboard.press("a")
    _settled(page)
    assert len(_decided()) == 1
