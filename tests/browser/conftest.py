"""The browser that these tests share, and patience for a machine whose cores are all busy: nothing here measures speed,
so no wait may be what fails."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.patience import PATIENCE_MS

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
Open = Callable[..., Page]


@pytest.fixture(autouse=True, scope="session")
def patient() -> None:
    """Every `expect` waits as long as every other wait."""
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    # Playwright's loop runs in this thread; Django must not take that for asynchronous code until the last teardown.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def complains(line: ConsoleMessage, expected: tuple[str, ...]) -> bool:
    """Whether the console's line is a complaint, and none of an answer that the test expects."""
    return line.type == "error" and not any(status in line.text for status in expected)


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer) -> Iterator[Open]:
    """Open a path of the site as somebody; nothing may be said in the console but of the ``expected`` refusals."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_it(user: User, path: str, *, expected: tuple[str, ...] = (), **options: Any) -> Page:
        context = chromium.new_context(
            base_url=live_server.url, **{"viewport": {"width": 1440, "height": 900}, **options}
        )
        contexts.append(context)
        client = Client()
        client.force_login(user)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if complains(line, expected) else None)
        page.goto(path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
