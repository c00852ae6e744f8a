"""The alerts' page, and where an alert shows itself: dashboard, top bar and home."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from review.models import Alert

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def make_alert(metric: str = "failed", **values: Any) -> Alert:
    return Alert.objects.create(metric=metric, value="30.0 %, 20 photos", target="at most 5.0 %", **values)


def test_an_instance_without_alerts_says_what_they_are(manager: User, as_user: SignIn) -> None:
    page = as_user(manager).get("/dashboard/alerts/").content.decode()
    assert "No alert yet" in page and "Every ten minutes" in page


def test_an_alert_stands_on_home_bar_and_page_until_somebody_has_seen_it(manager: User, as_user: SignIn) -> None:
    alert, client = make_alert(), as_user(manager)
    home = client.get("/").content.decode()
    assert "Sent to the manual lane: over target" in home and "30.0 %, 20 photos; wanted at most 5.0 %" in home
    assert 'href="/dashboard/failed/"' in home
    assert 'Dashboard<span class="count">1' in home
    page = client.get("/dashboard/alerts/").content.decode()
    assert "1 number of the last 7 days does not keep its target." in page and "I have seen it" in page
    answer = client.post(f"/dashboard/alerts/{alert.pk}/seen/", follow=True).content.decode()
    assert "you have seen “Sent to the manual lane: over target”" in answer and "I have seen it <kbd" not in answer
    home = client.get("/").content.decode()
    assert "No number has left its target." in home and "Dashboard<span" not in home
    again = client.post(f"/dashboard/alerts/{alert.pk}/seen/", follow=True).content.decode()
    assert "Somebody has seen it already." in again


def test_the_dashboard_leads_to_open_ones(lead: User, as_user: SignIn) -> None:
    make_alert()
    make_alert("refused", closed_at=timezone.now(), why_closed="it keeps its target again, with 1 %")
    client = as_user(lead)
    assert client.get("/dashboard/").context["alerts"] == 1
    page = client.get("/dashboard/alerts/").content.decode()
    assert "it keeps its target again, with 1 %" in page and "Refused at intake: over target" in page


def test_a_metric_that_has_gone_leaves_its_alert_readable(manager: User, as_user: SignIn) -> None:
    make_alert("bygone", route="general")
    for path in ("/dashboard/alerts/", "/dashboard/"):
        assert as_user(manager).get(path).status_code == 200
    assert "bygone, general cut-out: over target" in as_user(manager).get("/dashboard/alerts/").content.decode()
