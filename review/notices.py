"""Telling people: by e-mail where they have an address, and by webhook. Pages of the app show it anyway."""

import json
import logging
from collections.abc import Callable, Iterable
from functools import partial
from urllib.request import Request, urlopen

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.utils import timezone

from catalog import queueing
from catalog.people import Role
from review.models import Alert, Escalation

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 10


def tell(escalation: Escalation, person: User, what: str) -> None:
    """Queue the notice of what happened to ``escalation`` for ``person``, once the transaction commits."""
    if not settings.NOTICE_WEBHOOK and not (person.email and settings.EMAIL_HOST):
        return
    occasion = f"{escalation.pk}-{escalation.events.count()}-{person.pk}"
    queueing.enqueue("light", "review.jobs.send_notice", escalation.pk, person.pk, what, job_id=f"notice-{occasion}")


def tell_alert(alert: Alert, what: str) -> None:
    """Queue the notice of what happened to ``alert``, once the transaction commits."""
    if settings.NOTICE_WEBHOOK or settings.EMAIL_HOST:
        occasion = f"{alert.pk}-{'open' if alert.closed_at is None else 'closed'}-{timezone.now():%Y%m%d%H%M%S}"
        queueing.enqueue("light", "review.jobs.send_alert", alert.pk, what, job_id=f"alert-{occasion}")


def send(escalation: Escalation, person: User, what: str) -> None:
    """Send it now, by every way that is set up; one that fails is logged and stops no other."""
    subject = f"{escalation} {what}: {escalation.reason}"[:200]
    _deliver(subject, text_of(escalation, what), [person], payload(escalation, person, what))


def send_alert(alert: Alert, title: str, what: str) -> None:
    """Tell every manager by e-mail, and the webhook once, that an alert has begun or is over."""
    page = f"{settings.SITE_ADDRESS}/dashboard/{alert.metric}/?days=7"
    text = f"{title} {what}.\n\n{alert.value}, wanted {alert.target}. {page}\n"
    body: dict[str, str | int | None] = {
        "alert": title,
        "what": what,
        "metric": alert.metric,
        "route": alert.route,
        "value": alert.value,
        "target": alert.target,
        "opened_at": alert.opened_at.isoformat(),
    }
    managers = User.objects.filter(groups__name=Role.MANAGER.value, is_active=True).order_by("pk")
    _deliver(f"{title} {what}"[:200], text, managers, body)


def _deliver(subject: str, text: str, people: Iterable[User], body: "dict[str, str | int | None]") -> None:
    ways: list[Callable[[], object]] = []
    if settings.EMAIL_HOST:
        addresses = [person.email for person in people if person.email]
        ways += [partial(send_mail, subject, text, None, [address]) for address in addresses]
    if settings.NOTICE_WEBHOOK:
        ways.append(partial(_post, body))
    for way in ways:
        try:
            way()
        except OSError as error:
            log.warning("the notice “%s” could not be sent: %s", subject, error)


def text_of(escalation: Escalation, what: str) -> str:
    """The e-mail's text."""
    return (
        f"{escalation} ({escalation.get_severity_display()}) {what}.\n\n{escalation.reason}\n\n"
        f"Due {escalation.due_at:%d %B %Y %H:%M %Z}. {settings.SITE_ADDRESS}/escalations/{escalation.pk}/\n"
    )


def payload(escalation: Escalation, person: User, what: str) -> dict[str, str | int | None]:
    """The webhook's body."""
    return {
        "escalation": str(escalation),
        "what": what,
        "severity": escalation.severity,
        "state": escalation.state,
        "reason": escalation.reason,
        "owner": escalation.owner.username,
        "for": person.username,
        "due_at": escalation.due_at.isoformat(),
        "photo": escalation.photo_id,
        "route": escalation.route,
    }


def _post(body: "dict[str, str | int | None]") -> None:
    data = json.dumps(body).encode()
    request = Request(settings.NOTICE_WEBHOOK, data, {"Content-Type": "application/json"})  # noqa: S310 (checked)
    with urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 (settings take http and https addresses alone)
        pass
