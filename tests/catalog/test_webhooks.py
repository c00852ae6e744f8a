"""Webhooks: what happens is told, signed, once it is committed; what does not arrive is tried again, and given up."""

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from threading import Event, Thread
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog import batches, queueing, uploads, webhooks
from catalog.flow import BatchState, Stage
from catalog.models import Delivery, Webhook
from config import programs
from processing import exports
from review import jobs as review_jobs
from tests import factories
from tests.conftest import Jobs
from tests.review.floor import make_lot, place_all, say_all

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


class Ear:
    """A program that listens: its address, what it was told, and how it answers."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status, self.headers = 200, {}
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.told.append((dict(self.headers), body))
                self.send_response(ear.status)
                for name, value in ear.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_POST  # noqa: N815 (the name is the server's)

            def log_message(self, *args: Any) -> None:
                """Quietly."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/loupe"

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.told]


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    thread = Thread(target=ear.server.serve_forever, daemon=True)
    thread.start()
    yield ear
    ear.server.shutdown()
    ear.server.server_close()
    thread.join()


@pytest.fixture
def hook(ear: Ear, lead: User) -> Webhook:
    return webhooks.add(ear.address, list(webhooks.EVENTS), lead)[0]


def due_again() -> None:
    Delivery.objects.exclude(next_at=None).update(next_at=timezone.now() - timedelta(seconds=1))


def test_an_upload_is_told_once(hook: Webhook, ear: Ear, jobs: Jobs) -> None:
    upload = factories.make_upload(name="Monday")
    uploads.finish(upload)
    uploads.finish(upload)
    assert not ear.told, "only the job sends"
    jobs.run()
    (event,) = ear.events()
    delivery = Delivery.objects.get()
    assert event == {
        "id": delivery.pk,
        "event": "upload.finished",
        "at": delivery.created_at.isoformat(timespec="seconds"),
        "data": {"upload": upload.pk, "name": "Monday", "catalog": upload.catalog.slug},
    }
    assert delivery.delivered_at and delivery.next_at is None and (delivery.status, delivery.tries) == (200, 1)


def test_what_is_told_is_signed(hook: Webhook, ear: Ear, jobs: Jobs) -> None:
    webhooks.send(hook, "ping", {})
    jobs.run()
    headers, body = ear.told[0]
    seconds, given = (part.partition("=")[2] for part in headers["Loupe-Signature"].split(","))
    expected = hmac.new(hook.secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert given == expected and abs(int(seconds) - timezone.now().timestamp()) < 60
    assert headers["Loupe-Event"] == "ping" and headers["Content-Type"] == "application/json"


def test_a_batch_is_told_from_its_sample_to_its_verdict(hook: Webhook, ear: Ear, reviewer: User, jobs: Jobs) -> None:
    batch = place_all(make_lot(5))
    say_all(reviewer)
    jobs.run()
    assert [one["event"] for one in ear.events()] == ["batch.in_review", "batch.accepted"]
    told = ear.events()[1]["data"]
    assert (told["batch"], told["upload"], told["state"]) == (batch.pk, batch.upload_id, "accepted")
    batch.refresh_from_db()
    batches.advance(batch, BatchState.WIDENED)
    jobs.run()
    assert ear.events()[2]["event"] == "batch.widened"


def test_an_export_is_told_when_its_zip_is_there(hook: Webhook, ear: Ear, operator: User, jobs: Jobs) -> None:
    photo = factories.make_photo(stage=Stage.APPROVED)
    export = exports.order(photo.catalog, operator, ["cutout"])
    jobs.run()
    (event,) = ear.events()
    assert event["event"] == "export.ready" and event["data"]["export"] == export.pk and event["data"]["bytes"] > 0


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_is_not_told(hook: Webhook, ear: Ear) -> None:
    upload = factories.make_upload()
    with pytest.raises(RuntimeError), transaction.atomic():
        uploads.finish(upload)
        raise RuntimeError
    assert not Delivery.objects.exists()


def test_each_is_told_what_it_wants(ear: Ear, lead: User, jobs: Jobs) -> None:
    webhooks.add(ear.address, ["export.ready"], lead)
    stopped, _ = webhooks.add(ear.address, ["upload.finished"], lead)
    webhooks.stop(stopped)
    uploads.finish(factories.make_upload())
    jobs.run()
    assert not ear.told and not Delivery.objects.exists()


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_does_not_arrive_is_tried_again_and_given_up(hook: Webhook, ear: Ear, jobs: Jobs, status: int) -> None:
    ear.status, ear.headers = status, {"Location": f"{ear.address}/elsewhere"}
    webhooks.send(hook, "ping", {})
    for number, wait in enumerate([*webhooks.WAITS, None], start=1):
        jobs.run()
        assert len(ear.told) == number, "a redirect is not followed"
        delivery = Delivery.objects.get()
        assert str(status) in delivery.error and (delivery.status, delivery.tries) == (status, number)
        assert webhooks.send_due() == 0, "not before its time"
        if wait:
            assert delivery.next_at and abs(delivery.next_at - timezone.now() - wait) < timedelta(minutes=1)
            due_again()
            assert webhooks.send_due() == 1
    assert delivery.next_at is None and delivery.delivered_at is None
    assert len({body for _, body in ear.told}) == 1, "each try tells the same"


def test_a_later_try_arrives(hook: Webhook, ear: Ear, jobs: Jobs) -> None:
    ear.status = 503
    webhooks.send(hook, "ping", {})
    jobs.run()
    ear.status = 204
    due_again()
    webhooks.send_due()
    jobs.run()
    delivery = Delivery.objects.get()
    assert delivery.delivered_at and (delivery.status, delivery.error, delivery.tries) == (204, "", 2)
    assert not webhooks.deliver(delivery.pk) and len(ear.told) == 2, "what arrived is not sent again"


def test_two_workers_send_once(hook: Webhook, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = webhooks.send(hook, "ping", {})
    post = webhooks._post

    def meanwhile(one: Delivery) -> tuple[int | None, str]:
        assert not webhooks.deliver(one.pk)
        return post(one)

    monkeypatch.setattr(webhooks, "_post", meanwhile)
    assert webhooks.deliver(delivery.pk) and len(ear.told) == 1


def test_of_two_that_read_the_same_row_one_sends(hook: Webhook, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = webhooks.send(hook, "ping", {})

    class Slow(tuple[timedelta, ...]):
        """Another worker is through between this one's look at the row and its word that it takes it."""

        def __getitem__(self, place: Any) -> Any:
            monkeypatch.setattr(webhooks, "WAITS", tuple(self))
            assert webhooks.deliver(delivery.pk)
            return super().__getitem__(place)

    monkeypatch.setattr(webhooks, "WAITS", Slow(webhooks.WAITS))
    assert not webhooks.deliver(delivery.pk) and len(ear.told) == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "http://nowhere.invalid/"])
def test_nobody_at_the_address_stops_nothing(lead: User, address: str, jobs: Jobs) -> None:
    hook, _ = webhooks.add(address, ["ping"], lead)
    webhooks.send(hook, "ping", {})
    jobs.run()
    delivery = Delivery.objects.get()
    assert delivery.status is None and "could not be reached" in delivery.error and delivery.next_at


def test_a_listener_that_drips_is_left_in_time(lead: User, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time for the socket; all of them would take minutes."""
    monkeypatch.setattr(webhooks, "TIMEOUT_SECONDS", 0.5)
    over = Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            for _ in range(100):
                connection.sendall(b"H")
                if over.wait(0.1):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=drip, args=[listening], daemon=True)
        thread.start()
        hook, _ = webhooks.add(f"http://127.0.0.1:{listening.getsockname()[1]}/", ["ping"], lead)
        webhooks.send(hook, "ping", {})
        began = time.monotonic()
        jobs.run()
        taken = time.monotonic() - began
        over.set()
        thread.join()
    delivery = Delivery.objects.get()
    assert taken < 3 and "not answered within" in delivery.error and delivery.next_at


def test_webhooks_are_sent_once_no_other_light_job_waits(hook: Webhook, jobs: Jobs) -> None:
    webhooks.send(hook, "ping", {})
    assert [queue for queue, _, _ in jobs] == ["webhooks"]
    command = programs.light_worker().command
    assert command.index("light") < command.index("webhooks")


def test_a_job_that_failed_does_not_keep_the_next_ones_out(hook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue takes no job by a name that it knows, and it knows one that failed for a day."""
    names: list[str] = []
    monkeypatch.setattr(queueing, "enqueue", lambda *given, job_id: names.append(job_id))
    webhooks.send(hook, "ping", {})
    webhooks.send_due()
    assert len(set(names)) == 2


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "2852039166", "0xa9.254.43518", "[fe80::1]", "[fe80::1%25eth0]", "[::ffff:169.254.169.254]"],
)
def test_where_machines_keep_secrets_nobody_is_told(manager: User, as_user: SignIn, host: str) -> None:
    data = {"address": f"http://{host}/latest/", "events": ["export.ready"]}
    answer = as_user(manager).post(reverse("catalog:webhooks"), data)
    assert answer.status_code == 422 and "link-local" in answer.content.decode()


def test_an_old_address_there_is_told_nothing_by_a_proxy(
    ear: Ear, lead: User, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_opener", build_opener(ProxyHandler({"http": ear.address})))
    hook, _ = webhooks.add("http://169.254.169.254/", ["ping"], lead)
    webhooks.send(hook, "ping", {})
    jobs.run()
    assert not ear.told and "link-local" in Delivery.objects.get().error


def test_a_name_that_leads_there_is_told_nothing(ear: Ear, lead: User, jobs: Jobs, monkeypatch: Any) -> None:
    monkeypatch.setattr(webhooks, "LINK_LOCAL", (ip_network("127.0.0.0/8"),))
    hook, _ = webhooks.add(ear.address.replace("127.0.0.1", "localhost"), ["ping"], lead)
    webhooks.send(hook, "ping", {})
    jobs.run()
    assert not ear.told and "link-local" in Delivery.objects.get().error


def test_a_stopped_webhook_is_told_nothing_that_waits(hook: Webhook, ear: Ear, jobs: Jobs) -> None:
    webhooks.send(hook, "ping", {})
    webhooks.stop(hook)
    jobs.run()
    assert not ear.told and Delivery.objects.get().error == "The webhook was stopped."


def test_the_log_goes_back_a_month(hook: Webhook) -> None:
    old, new = webhooks.send(hook, "ping", {}), webhooks.send(hook, "ping", {})
    Delivery.objects.update(next_at=None)
    Delivery.objects.filter(pk=old.pk).update(created_at=timezone.now() - webhooks.KEPT_FOR - timedelta(minutes=1))
    assert webhooks.forget() == 1 and Delivery.objects.get() == new
    assert {webhooks.forget, webhooks.send_due} <= set(review_jobs.SWEEPERS)


def test_the_page_adds_pings_and_stops(ear: Ear, manager: User, as_user: SignIn, jobs: Jobs) -> None:
    client, address = as_user(manager), reverse("catalog:webhooks")
    assert "Nobody is told yet" in client.get(address).content.decode()
    made = client.post(address, {"address": ear.address, "events": ["export.ready"]})
    hook = Webhook.objects.get()
    assert hook.secret in made.content.decode() and made["Cache-Control"] == "no-store"
    assert hook.secret not in client.get(address).content.decode()
    assert client.post(reverse("catalog:webhook-ping", args=[hook.pk])).status_code == 302
    jobs.run()
    page = client.get(address).content.decode()
    assert "arrived" in page and "1 of 7" in page and ear.events()[0]["event"] == "ping"
    assert client.post(reverse("catalog:webhook-stop", args=[hook.pk])).status_code == 302
    assert "0 addresses are told" in client.get(address).content.decode()
    assert client.post(reverse("catalog:webhook-ping", args=[hook.pk])).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "shop.example",
        "ftp://shop.example/",
        "http://",
        "http://[",
        "https://a b/",
        "file:///etc/passwd",
        "https://ann:secret@shop.example/",
    ],
)
def test_what_is_no_address_is_refused(manager: User, as_user: SignIn, address: str) -> None:
    data = {"address": address, "events": ["export.ready"]}
    assert as_user(manager).post(reverse("catalog:webhooks"), data).status_code == 422
    assert not Webhook.objects.exists()


def test_a_neighbour_without_a_dot_is_an_address(manager: User, as_user: SignIn) -> None:
    data = {"address": "http://integrator:8080/loupe", "events": ["export.ready"]}
    assert as_user(manager).post(reverse("catalog:webhooks"), data).status_code == 200
