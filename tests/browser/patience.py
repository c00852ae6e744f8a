"""Owns waiting in a browser for as long as a busy machine may need."""

import time
from collections.abc import Callable

from playwright.sync_api import Page

PATIENCE_MS = 60_000


def until(page: Page, expression: str) -> None:
    """Wait for what the content policy lets no page evaluate by itself."""
    until_true(page, lambda: bool(page.evaluate(expression)), expression)


def until_true(page: Page, condition: Callable[[], bool], what: str) -> None:
    """Wait for something outside the page; the page goes on meanwhile."""
    limit = time.monotonic() + PATIENCE_MS / 1000
    while not condition():
        assert time.monotonic() < limit, f"never came true: {what}"
        page.wait_for_timeout(25)
