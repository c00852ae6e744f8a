"""The batch page: what its first line says as the batch goes on, and letting a waiting upload go."""

import re
from typing import Any

import pytest
from django.test import Client

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
