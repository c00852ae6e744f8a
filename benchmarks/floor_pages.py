"""The part of benchmarks/review_queue.py that runs inside Django: fills the database, times claims and pages."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

django.setup()

from benchmarks import floors  # noqa: E402
from catalog.models import Batch, Catalog, Photo  # noqa: E402
from review import queue  # noqa: E402
from review.models import Escalation  # noqa: E402

REVIEWERS, CLAIMS_EACH, ROUNDS = 20, 20, 10


def percentile(values: list[float], share: float = 0.95) -> float:
    """The value that this share of ``values`` does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds that ``work`` takes."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def claims(reviewers: list[Any]) -> list[float]:
    """Milliseconds of single claims by twenty reviewers in turn; each photo is claimed once or this fails.

    One after the other: threads of one Python would mostly measure how they wait for each other. That twenty at once
    never get the same photo is a test of the suite.
    """
    times, taken = [], []
    for _ in range(CLAIMS_EACH):
        for person in reviewers:
            began = time.perf_counter()
            task = queue.claim_one(person)
            times.append(1000 * (time.perf_counter() - began))
            taken.append(task.pk if task else 0)
    if len(taken) != len(set(taken)):
        raise SystemExit("A photo was claimed twice, or the queue ran empty.")
    return times


def addresses() -> dict[str, str]:
    """Every page of the review floor that is read, with rows that exist."""
    photo = Photo.objects.filter(decisions__isnull=False).first() or Photo.objects.latest("pk")
    batch, catalog = Batch.objects.filter(sample__isnull=False).latest("pk"), Catalog.objects.latest("pk")
    named = {
        "queue": [], "repairs": [], "repair": [photo.pk], "escalations": [], "procedure": [], "reviewers": [],
        "goldens": [], "escalation": [Escalation.objects.latest("pk").pk], "batch-panel": [batch.pk],
        "photo-history": [photo.pk], "audit": [photo.pk], "policy": [catalog.pk],
    }  # fmt: skip
    return {name: reverse(f"review:{name}", args=arguments) for name, arguments in named.items()}


def pages(lead: Any) -> dict[str, tuple[float, int]]:
    """Each page's 95th percentile in milliseconds and its number of queries."""
    client = Client()
    client.force_login(lead)
    found = {}
    for name, address in addresses().items():
        if (status := client.get(address).status_code) != 200:
            raise SystemExit(f"{address} answers {status}.")
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
            count = len(queries)
        times = [timed(lambda address=address: client.get(address)) for _ in range(ROUNDS)]
        found[name] = (percentile(times), count)
    found["claim"] = _claim_request(client)
    return found


def _claim_request(client: Client) -> tuple[float, int]:
    times, counts = [], []
    for _ in range(ROUNDS):
        with CaptureQueriesContext(connection) as queries:
            times.append(timed(lambda: client.post(reverse("review:claim"))))
        counts.append(len(queries))
        tokens = [card["token"] for card in client.post(reverse("review:claim")).json()["tasks"]]
        client.post(reverse("review:release"), {"token": tokens})
    return percentile(times), max(counts)


def measure(photos: int) -> dict[str, Any]:
    """The whole measurement: a tenth of the data first, then all of it."""
    people = floors.people(REVIEWERS)
    floors.fill(photos // 10, people)
    small = pages(people["lead"])
    floors.fill(photos - photos // 10, people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    large, taken = pages(people["lead"]), claims(people["reviewers"])
    return {
        "p95_claim_ms": round(percentile(taken), 2),
        "p95_page_ms": round(max(ms for ms, _ in large.values()), 1),
        "max_queries": max(count for _, count in large.values()),
        "max_queries_small": max(count for _, count in small.values()),
        "photos": photos,
        "open_tasks": floors.waiting(),
        "pages": {name: {"p95_ms": round(ms, 1), "queries": count} for name, (ms, count) in large.items()},
        "pages_small": {name: {"p95_ms": round(ms, 1), "queries": count} for name, (ms, count) in small.items()},
    }


def main() -> None:
    call_command("migrate", verbosity=0)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(ALLOWED_HOSTS=["*"], STORAGES={**settings.STORAGES, "staticfiles": plain}):
        print(json.dumps(measure(int(sys.argv[1]))))


if __name__ == "__main__":
    main()
