"""Telling people: by e-mail where they have an address, and by webhook. Pages of the app show it anyway."""

import json
import logging
from collections.abc import Callable
from urllib.request import Request, urlopen

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail

from catalog import queueing
from review.models import Escalation

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 10


def tell(escalation: Escalation, person: User, what: str) -> None:
    """Queue the notice of what happened to ``escalation`` for ``person``, once the transaction commits."""
    if not settings.NOTICE_WEBHOOK and not (person.email and settings.EMAIL_HOST):
        return
    occasion = f"{escalation.pk}-{escalation.events.count()}-{person.pk}"
    queueing.enqueue("light", "review.jobs.send_notice", escalation.pk, person.pk, what, job_id=f"notice-{occasion}")


def send(escalation: Escalation, person: User, what: str) -> None:
    """Send it now, by every way that is set up; one that fails is logged and stops no other."""
    subject = f"{escalation} {what}: {escalation.reason}"[:200]
    ways: list[Callable[[], object]] = []
    if person.email and settings.EMAIL_HOST:
        ways.append(lambda: send_mail(subject, text_of(escalation, what), None, [person.email]))
    if settings.NOTICE_WEBHOOK:
        ways.append(lambda: _post(payload(escalation, person, what)))
    for way in ways:
        try:
            way()
        except OSError as error:
            log.warning("the notice of %s could not be sent: %s", escalation, error)


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
