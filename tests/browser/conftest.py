"""The browser that these tests share, and patience for a machine whose cores are all busy: nothing here measures speed,
so no wait may be what fails."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.patience import PATIENCE_MS


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
