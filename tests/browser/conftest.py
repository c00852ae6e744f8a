"""Patience for a machine whose cores are all busy: nothing here measures speed, so no wait may be what fails."""

import pytest
from playwright.sync_api import expect

from tests.browser.patience import PATIENCE_MS


@pytest.fixture(autouse=True, scope="session")
def patient() -> None:
    """Every `expect` waits as long as every other wait."""
    expect.set_options(timeout=PATIENCE_MS)
