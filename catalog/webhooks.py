"""Webhooks: events are written down with what they concern, sent by a job, signed, and tried again for a day or so."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.contrib.auth.models import User
from django.utils import timezone

from catalog import queueing
from catalog.models import Delivery, Webhook

EVENTS: Mapping[str, str] = {
    "upload.finished": "The last file of an upload has arrived",
    "batch.in_review": "The machines are done with a batch, and its sample is drawn",
    "batch.accepted": "A batch is accepted: what was held is released",
    "batch.widened": "A batch is widened to full review",
    "export.ready": "An export's ZIP can be fetched",
}
PING = "ping"
# How long to wait after each try in vain; after the last one it is given up.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 1440))
KEPT_FOR = timedelta(days=30)
TIMEOUT_SECONDS = 10
MOST_AT_ONCE = 100
JOB = "catalog.jobs.deliver"


class _Stay(HTTPRedirectHandler):
    """An address that sends us elsewhere has not taken the event: what is signed for one goes to no other."""

    def redirect_request(self, *args: Any) -> None:
        """Never."""


_opener = build_opener(_Stay)


def add(address: str, events: Sequence[str], by: User) -> tuple[Webhook, str]:
    """A new webhook and the secret that its events are signed with, to be told to whoever listens."""
    secret = secrets.token_urlsafe(32)
    return Webhook.objects.create(address=address, events=list(events), by=by, secret=secret), secret


def stop(hook: Webhook) -> None:
    """Send nothing more, not even what waits."""
    Webhook.objects.filter(pk=hook.pk, stopped_at=None).update(stopped_at=timezone.now())
    hook.deliveries.exclude(next_at=None).update(next_at=None, error="The webhook was stopped.")


def note(event: str, **data: Any) -> None:
    """Write an event down for every webhook that wants it; within the transaction of what it tells of, so that neither
    is there without the other."""
    for hook in Webhook.objects.filter(stopped_at=None):
        if event in hook.events:
            send(hook, event, data)


def send(hook: Webhook, event: str, data: Mapping[str, Any]) -> Delivery:
    """Write one event down for one webhook, and queue it."""
    delivery = Delivery.objects.create(hook=hook, event=event, data=dict(data), next_at=timezone.now())
    _queue(delivery)
    return delivery


def deliver(pk: int) -> bool:
    """Try to send what is due; returns whether it arrived. Whoever writes the try down first makes it."""
    now = timezone.now()
    delivery = Delivery.objects.select_related("hook").filter(pk=pk, delivered_at=None, next_at__lte=now).first()
    if delivery is None:
        return False
    tries = delivery.tries
    later = now + WAITS[tries] if tries < len(WAITS) else None
    mine = Delivery.objects.filter(pk=pk, tries=tries, next_at__lte=now).update(tries=tries + 1, next_at=later)
    if not mine:
        return False
    status, error = _post(delivery)
    arrived = {"delivered_at": timezone.now(), "next_at": None} if not error else {}
    Delivery.objects.filter(pk=pk).update(status=status, error=error[:300], **arrived)
    return not error


def send_due() -> int:
    """For the sweep: queue what is due, after a try in vain or an emptied queue; returns how many."""
    due = list(Delivery.objects.filter(next_at__lte=timezone.now()).order_by("next_at")[:MOST_AT_ONCE])
    for delivery in due:
        _queue(delivery)
    return len(due)


def forget() -> int:
    """For the sweep: the log goes back a month; returns how many lines were dropped."""
    return Delivery.objects.filter(created_at__lt=timezone.now() - KEPT_FOR, next_at=None).delete()[0]


def body_of(delivery: Delivery) -> bytes:
    """What is sent, the same on each try."""
    told = {
        "id": delivery.pk,
        "event": delivery.event,
        "at": delivery.created_at.isoformat(timespec="seconds"),
        "data": delivery.data,
    }
    return json.dumps(told).encode()


def signature(secret: str, seconds: int, body: bytes) -> str:
    """HMAC-SHA256 over the time of the try, a full stop and the body: proof of who sent it, and when."""
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


def _queue(delivery: Delivery) -> None:
    queueing.enqueue("light", JOB, delivery.pk, job_id=f"webhook-{delivery.pk}-{delivery.tries}")


def _post(delivery: Delivery) -> tuple[int | None, str]:
    """The status that the address answered with, if any, and what went wrong, if anything did."""
    body, now = body_of(delivery), int(timezone.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Loupe",
        "Loupe-Event": delivery.event,
        "Loupe-Delivery": str(delivery.pk),
        "Loupe-Signature": f"t={now},v1={signature(delivery.hook.secret, now, body)}",
    }
    request = Request(delivery.hook.address, body, headers)  # noqa: S310 (the form takes http and https alone)
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return response.status, ""
    except HTTPError as refused:
        refused.close()
        return refused.code, f"It was answered with {refused.code}; wanted is a status from 200 to 299."
    except (OSError, HTTPException, ValueError) as error:
        return None, f"It could not be reached: {error}"
