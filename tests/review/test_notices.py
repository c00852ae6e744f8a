"""Notices of escalations go out by e-mail and webhook where these are set up, and a failing one stops nothing."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from catalog.flow import Stage
from config import environment
from review import escalations, notices
from review.models import Escalation, Ownership
from tests import factories
from tests.conftest import Jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def escalation(lead: User, reviewer: User) -> Escalation:
    lead.email = "lena@example.test"
    lead.save()
    photo = factories.make_photo(stage=Stage.FAILED)
    return escalations.raise_by_hand(photo, by=reviewer, severity="major", reason="The wrong shoe.")


@pytest.fixture
def heard() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook's address, and what it was told."""
    told: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", told
    server.shutdown()


def test_nothing_is_queued_where_nothing_is_set_up(escalation: Escalation, jobs: Jobs, lead: User) -> None:
    jobs.clear()
    notices.tell(escalation, lead, "is yours")
    assert jobs == []


def test_the_owner_gets_an_e_mail(
    escalation: Escalation, lead: User, settings: Any, jobs: Jobs, mailoutbox: list[Any]
) -> None:
    settings.EMAIL_HOST, settings.SITE_ADDRESS = "localhost", "https://loupe.test"
    jobs.clear()
    notices.tell(escalation, lead, "is yours")
    jobs.run()
    assert mailoutbox[0].to == ["lena@example.test"]
    assert "The wrong shoe." in mailoutbox[0].subject
    assert f"https://loupe.test/escalations/{escalation.pk}/" in mailoutbox[0].body


def test_the_webhook_is_told_whose_it_is(
    escalation: Escalation, lead: User, settings: Any, jobs: Jobs, heard: tuple[str, list[dict[str, Any]]]
) -> None:
    settings.NOTICE_WEBHOOK, told = heard
    jobs.clear()
    notices.tell(escalation, lead, "is yours")
    jobs.run()
    assert (told[0]["escalation"], told[0]["owner"], told[0]["severity"]) == (str(escalation), "lena", "major")


def test_a_deaf_webhook_is_logged_and_stops_nothing(
    escalation: Escalation, lead: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.NOTICE_WEBHOOK = "http://127.0.0.1:9/"
    notices.send(escalation, lead, "is yours")
    assert "could not be sent" in caplog.text


def test_settings_that_make_no_sense_fail_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_NOTICE_WEBHOOK", "ftp://x")
    with pytest.raises(Exception, match="begins with http"):
        environment.web_address("LOUPE_NOTICE_WEBHOOK")
    assert environment.email("") == {}
    assert environment.email("smtp+tls://user:secret@mail.test:587")["EMAIL_HOST"] == "mail.test"


def test_owner_and_stand_in_are_named_on_the_catalogs_page(lead: User, manager: User, as_user: Any) -> None:
    catalog = factories.make_catalog()
    address = reverse("review:own", args=[catalog.pk])
    client = as_user(lead)
    client.post(address, {"route": "apparel", "owner": manager.pk, "stand_in": manager.pk})
    assert not Ownership.objects.exists()
    client.post(address, {"route": "apparel", "owner": manager.pk, "stand_in": lead.pk})
    client.post(address, {"route": "apparel", "owner": lead.pk, "stand_in": manager.pk})
    row = Ownership.objects.get()
    assert (row.owner, row.stand_in) == (lead, manager)
    assert "Apparel" in client.get(reverse("review:policy", args=[catalog.pk])).content.decode()
