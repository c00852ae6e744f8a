"""The gallery of parts, answered by tests.browser.viewer.site."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.patience import PATIENCE_MS, until
from tests.browser.viewer.site import ORIGIN, VIEWER, Site


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
