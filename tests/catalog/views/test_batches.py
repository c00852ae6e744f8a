"""The batch page: what its first line says as the batch goes on, and letting a waiting upload go."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog import stages
from catalog.flow import BatchState, Stage
from catalog.models import Batch, Upload
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(lead: Any, operator: Any) -> Batch:
    return factories.make_batch(factories.make_upload(factories.make_catalog(name="Spring", slug="spring")))


@pytest.fixture
def client(as_user: Any, operator: Any) -> Client:
    return as_user(operator)


def page(client: Client, batch: Batch) -> str:
    return " ".join(client.get(f"/batches/{batch.pk}/").content.decode().split())


def test_room_is_told_only_while_the_batch_fills(client: Client, batch: Batch) -> None:
    factories.make_photo(batch.upload, batch=batch, stage=Stage.HELD)
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.FILLING, size=50)
    assert "1 of up to 50 photos, uploaded" in page(client, batch)
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.ACCEPTED)
    assert "1 photo, uploaded" in page(client, batch)


def test_first_line_says_what_is_left_to_do(client: Client, batch: Batch, reviewer: Any, as_user: Any) -> None:
    photo = factories.make_photo(batch.upload, batch=batch, stage=Stage.IN_REVIEW, name="folder/MUG-1_front.jpg")
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.ACCEPTED)
    assert "1 in review." in page(client, batch)
    assert '<a href="/review/">1 in review</a>' in page(as_user(reviewer), batch)
    type(photo).objects.filter(pk=photo.pk).update(stage=Stage.APPROVED)
    assert "1 released, ready to export." in page(client, batch)
    type(photo).objects.filter(pk=photo.pk).update(stage=Stage.DELIVERED)
    assert "ready to export" not in page(client, batch), "it has been"


def test_a_tile_shows_the_file_without_its_folder(client: Client, batch: Batch) -> None:
    factories.make_photo(batch.upload, batch=batch, stage=Stage.HELD, name="autumn/shoot 3/MUG-1_front.jpg")
    assert 'title="autumn/shoot 3/MUG-1_front.jpg">MUG-1_front.jpg<' in page(client, batch)


@pytest.mark.parametrize(
    ("back", "leads"), [("/uploads/7/", "/uploads/7/"), ("https://evil.example/", "/catalogs/"), ("", "/catalogs/")]
)
def test_a_waiting_upload_is_let_go_and_leads_back_within_the_site(
    client: Client, batch: Batch, jobs: Any, back: str, leads: str
) -> None:
    factories.make_photo(batch.upload, batch=batch, stage=Stage.READY)
    Upload.objects.update(waits=True)
    answer = client.post(f"/uploads/{batch.upload_id}/start/", {"next": back})
    assert (answer.status_code, answer["Location"]) == (302, leads)
    assert not Upload.objects.get().waits
    assert [job[1] for job in jobs] == ["processing.jobs.process_photo"]


def test_a_batch_is_ready_until_a_machine_begins_with_it(client: Client, batch: Batch) -> None:
    """A closed batch waits for its turn as its photos do; the badge goes on with the photos, without a reload."""
    first = factories.make_photo(batch.upload, batch=batch, stage=Stage.READY)
    factories.make_photo(batch.upload, batch=batch, stage=Stage.READY)
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.PROCESSING)
    addresses = (f"/batches/{batch.pk}/", f"/uploads/{batch.upload_id}/", f"/catalogs/{batch.catalog.slug}/", "/")

    def words() -> list[str]:
        """The batch's word on each page: capital in its badge, small on a tile or in a sentence."""
        pages = (client.get(address).content.decode() for address in addresses)
        return [
            "".join(word)
            for page in pages
            for word in re.findall(r"</svg>(Ready|Processing)<|: (ready|processing)<", page)
        ]

    assert words() == ["Ready", "Ready", "Ready", "ready"]
    type(first).objects.filter(pk=first.pk).update(stage=Stage.PROCESSING)
    assert words() == ["Processing", "Processing", "Processing", "processing"]
    moved = client.get(f"/batches/{batch.pk}/", headers={"HX-Target": "photos"}).content.decode()
    assert re.search(r'id="standing" hx-swap-oob="true">.*?</svg>Processing<', moved, flags=re.S)


def poll(client: Client, batch: Batch, seen: str) -> Any:
    return client.get(f"/batches/{batch.pk}/", headers={"HX-Target": "photos", "X-Seen": seen})


def test_the_page_is_answered_only_when_the_batch_has_moved(client: Client, batch: Batch) -> None:
    photo = factories.make_photo(batch.upload, batch=batch, stage=Stage.IN_REVIEW)
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.IN_REVIEW)
    first = client.get(f"/batches/{batch.pk}/").context["seen"]
    assert poll(client, batch, first).status_code == 204
    stages.move(photo, Stage.APPROVED)
    moved = poll(client, batch, first)
    assert moved["HX-Trigger-After-Settle"] == "batch-moved"
    text = " ".join(moved.content.decode().split())
    assert "1 released, ready to export." in text
    assert re.search(r'<nav class="tabs" id="tabs" hx-swap-oob="true".*?>Approved <span class="count">1<', text)
    second = moved.context["seen"]
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.ACCEPTED)
    assert re.search(
        r'id="standing" hx-swap-oob="true">.*?</svg>Accepted<', poll(client, batch, second).content.decode()
    )
    assert poll(client, batch, poll(client, batch, second).context["seen"]).status_code == 204


@pytest.mark.parametrize("state", BatchState)
def test_every_part_of_the_page_goes_on_when_the_batch_moves(client: Client, batch: Batch, state: BatchState) -> None:
    """Also that of a batch which is accepted: a photo may leave it, or a lead may widen it."""
    factories.make_photo(batch.upload, batch=batch, stage=Stage.APPROVED)
    Batch.objects.filter(pk=batch.pk).update(state=state)
    for address in ("catalog:batch", "processing:batch-progress", "review:batch-panel"):
        text = client.get(reverse(address, args=[batch.pk])).content.decode()
        assert re.search(r'hx-trigger="[^"]*batch-moved from:body"', text), address
    assert 'hx-trigger="every 4s, ' in client.get(f"/batches/{batch.pk}/").content.decode()


def test_the_review_panel_tells_the_page_that_the_batch_stands_otherwise(client: Client, batch: Batch) -> None:
    factories.make_photo(batch.upload, batch=batch, stage=Stage.APPROVED)
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.ACCEPTED)

    def told(seen: str) -> bool:
        panel = client.get(reverse("review:batch-panel", args=[batch.pk]), headers={"X-Seen": seen})
        return panel.headers.get("HX-Trigger-After-Settle") == "batch-moved"

    assert (told("in_review"), told("accepted")) == (True, False)
