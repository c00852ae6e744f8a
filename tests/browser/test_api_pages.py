"""The pages about the API in a real Chromium: making a token, using it, revoking it, and the reference."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from catalog import tokens, webhooks
from tests.api import Api
from tests.browser.conftest import PHONE, Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_token_is_made_used_and_revoked(operator: User, open_page: Open) -> None:
    page = open_page(operator, "/")
    page.get_by_label("Account of").click()
    page.get_by_role("link", name="API tokens").click()
    expect(page.get_by_role("heading", name="No tokens yet")).to_be_visible()
    expect(page.locator("pre")).to_contain_text("Authorization: Bearer $LOUPE_TOKEN")
    page.keyboard.press("n")
    page.get_by_label("Name").fill("nightly")
    page.get_by_label("Ends").select_option(label="In 90 days")
    page.get_by_role("button", name="Make a token").click()
    secret = page.get_by_label("The token").input_value()
    assert secret.startswith("loupe_")
    assert Api(secret=secret).get("/me")["username"] == operator.username
    page.goto("/tokens/")
    expect(page.locator("main")).not_to_contain_text(secret)
    page.get_by_role("button", name="Revoke nightly").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.locator("tbody")).to_contain_text("revoked")
    assert Api(secret=secret).get("/me", 401)["code"] == "token_revoked"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_no_key_is_taken_twice(lead: User, open_page: Open, scheme: str) -> None:
    tokens.make(lead, "nightly", days=30)
    webhooks.send(webhooks.add("http://127.0.0.1:9/", ["export.ready"], lead)[0], "ping", {})
    page = open_page(lead, "/tokens/", color_scheme=scheme)
    for address in ("/tokens/", "/webhooks/", "/api/"):
        page.goto(address)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("loupe.keys.clashes()") == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_the_reference_is_read_without_scripts_from_elsewhere(
    operator: User, open_page: Open, options: dict[str, object]
) -> None:
    """A complaint of the content security policy, or a file that is missing, would stand in the console."""
    page = open_page(operator, "/api/", **options)
    page.get_by_role("link", name="POST /api/v1/exports", exact=True).click()
    expect(page.locator("#exports_new")).to_be_in_viewport()
    expect(page.locator("#exports_new")).to_contain_text("lead, manager, operator")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
