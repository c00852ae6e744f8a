"""Webhooks: events are written down with what they concern, sent by a job, signed, and tried again for a day or so."""

import hashlib
import hmac
import json
import secrets
import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

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
# Taken once no other light job waits: whoever listens slowly holds up nothing but what is told.
QUEUE = "webhooks"
JOB = "catalog.jobs.deliver"
# No shop listens there, and machines in a cloud are told their own secrets there.
LINK_LOCAL = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"))
NOT_THERE = "It is link-local (169.254.0.0/16 or fe80::/10), where machines keep secrets of their own."

Answer = tuple[int | None, str]


class _Stay(HTTPRedirectHandler):
    """An address that sends us elsewhere has not taken the event: what is signed for one goes to no other."""

    def redirect_request(self, *args: Any) -> None:
        """Never."""


class _Plain(HTTPConnection):
    """Says nothing to whoever is not to be told, by whatever name they were found."""

    def connect(self) -> None:
        """Raises OSError."""
        super().connect()
        _must_be_elsewhere(self.sock)


class _Secure(HTTPSConnection):
    """The same, with TLS."""

    def connect(self) -> None:
        """Raises OSError."""
        super().connect()
        _must_be_elsewhere(self.sock)


class _PlainHandler(HTTPHandler):
    def http_open(self, req: Request) -> Any:
        """By our own connection."""
        return self.do_open(_Plain, req)


class _SecureHandler(HTTPSHandler):
    def https_open(self, req: Request) -> Any:
        """By our own connection."""
        return self.do_open(_Secure, req)


_opener = build_opener(_Stay, _PlainHandler, _SecureHandler)


def add(address: str, events: Sequence[str], by: User) -> tuple[Webhook, str]:
    """A new webhook and the secret that its events are signed with, to be told to whoever listens."""
    secret = secrets.token_urlsafe(32)
    return Webhook.objects.create(address=address, events=list(events), by=by, secret=secret), secret


def is_link_local(host: str) -> bool:
    """Whether a host that is given as a number, in any way of writing it, is link-local; a name is looked up later."""
    try:
        found = socket.getaddrinfo(host.partition("%")[0], None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    address = ip_address(str(found[0][4][0]))
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in LINK_LOCAL)


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
    now = timezone.now()
    due = list(Delivery.objects.filter(next_at__lte=now).order_by("next_at")[:MOST_AT_ONCE])
    for delivery in due:
        # A job that failed keeps its name for a day; so now and then another one is asked for.
        _queue(delivery, f"{now:%H}{now.minute // 10}")
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


def _queue(delivery: Delivery, occasion: str = "first") -> None:
    queueing.enqueue(QUEUE, JOB, delivery.pk, job_id=f"webhook-{delivery.pk}-{delivery.tries}-{occasion}")


def _post(delivery: Delivery) -> Answer:
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
    answer: Future[Answer] = Future()
    Thread(target=lambda: answer.set_result(_asked(request)), daemon=True).start()
    try:
        # A socket's own limit begins anew with each byte, and with each of a name's addresses.
        return answer.result(TIMEOUT_SECONDS)
    except TimeoutError:
        return None, f"It was not answered within {TIMEOUT_SECONDS} seconds."


def _asked(request: Request) -> Answer:
    if is_link_local(urlsplit(request.full_url).hostname or ""):
        # One that was added before the page refused it; by a proxy, the connection would not show it.
        return None, NOT_THERE
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return response.status, ""
    except HTTPError as refused:
        refused.close()
        return refused.code, f"It was answered with {refused.code}; wanted is a status from 200 to 299."
    except (OSError, HTTPException, ValueError) as error:
        return None, f"It could not be reached: {error}"


def _must_be_elsewhere(connected: socket.socket) -> None:
    if is_link_local(str(connected.getpeername()[0])):
        connected.close()
        raise OSError(NOT_THERE)
