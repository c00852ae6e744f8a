"""The queue over HTTP: what the script asks for, and what never reaches the browser."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Photo, Product
from processing.models import Output
from review import comparisons, defects, queue
from review.models import Decision, Golden, Kind, Task
from tests import factories
from tests.review.floor import LOOKED_MS, make_lot, place_all

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]
LEASE = timedelta(minutes=5)


@pytest.fixture
def client(reviewer: User, as_user: As) -> Client:
    place_all(make_lot(10, 3))
    return as_user(reviewer)


def _claim(client: Client) -> Any:
    return client.post(reverse("review:claim")).json()


def _decide(client: Client, card: dict[str, Any], **values: Any) -> Any:
    sent = {"token": card["token"], "sha256": card["sha256"], "verdict": "approve", "milliseconds": LOOKED_MS, **values}
    return client.post(reverse("review:decide"), sent)


def test_the_page_has_a_key_for_every_outcome(client: Client) -> None:
    page = client.get(reverse("review:queue")).content.decode()
    assert 'data-key="a|Space"' in page
    for defect in defects.DEFECTS:
        assert f'data-defect="{defect.code}" data-key="{defect.key}"' in page
    assert not Task.objects.filter(state="claimed").exists()


def test_claiming_gives_one_to_show_and_one_to_prefetch(client: Client) -> None:
    found = _claim(client)
    assert len(found["tasks"]) == 2
    assert found["progress"] == {"left": "fewer than 10", "today": 0}
    assert _claim(client)["tasks"] == found["tasks"]


def test_deciding_answers_with_the_next_and_only_then_with_what_the_machine_thought(client: Client) -> None:
    first, second = _claim(client)["tasks"]
    answer = _decide(client, first).json()
    assert answer["reveal"]["verdict"] == "flag"
    assert answer["reveal"]["risk"] == 0.7
    assert answer["tasks"][0]["token"] == second["token"]
    assert len(answer["tasks"]) == 2
    assert answer["progress"] == {"left": "fewer than 10", "today": 1}


def test_a_card_says_nothing_of_verdict_risk_draw_or_number(client: Client, reviewer: User) -> None:
    cards = _claim(client)["tasks"]
    text = json.dumps([{name: value for name, value in card.items() if name != "layers"} for card in cards])
    for word in ("verdict", "risk", "flagged", "random", "golden", "kind", "priority", "reasons"):
        assert word not in text
    for task in queue.held(reviewer):
        assert f'"{task.pk}"' not in text


def test_a_golden_photo_looks_like_any_other(client: Client, reviewer: User) -> None:
    real = _claim(client)["tasks"][0]
    task = Task.objects.get(token=real["token"])
    golden = Golden.objects.create(
        output=task.output, defect="edge", sha256="f" * 64, verdict="pass", risk=0.1, width=64, height=64,
        alpha=ContentFile(factories.picture_bytes(), "damaged.jpg"),
        preview=ContentFile(factories.picture_bytes(), "golden.jpg"),
    )  # fmt: skip
    queue.release(reviewer, [card.token for card in queue.held(reviewer)])
    hidden = Task.objects.create(
        photo=task.photo, output=task.output, golden=golden, kind=Kind.GOLDEN, uploader=task.uploader,
        state="claimed", claimed_by=reviewer, claimed_at=timezone.now(), expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    card = next(card for card in _claim(client)["tasks"] if card["token"] == str(hidden.token))
    assert {key: type(value) for key, value in card.items()} == {key: type(value) for key, value in real.items()}
    assert _headers(client, card["after"]) == _headers(client, _other(client, card)["after"])
    assert _headers(client, card["layers"][0]["src"]) == _headers(client, _other(client, card)["layers"][0]["src"])
    answer = _decide(client, card, verdict="reject", defect="edge").json()
    assert set(answer["reveal"]) == {"label", "verdict", "risk", "reasons"}
    assert not Decision.objects.exists()
    assert golden.answers.get().defect == "edge"
    assert answer["progress"]["today"] == 1
    assert client.post(reverse("review:undo")).json()["tasks"][0]["sha256"] == golden.sha256


def _other(client: Client, card: dict[str, Any]) -> dict[str, Any]:
    return next(other for other in _claim(client)["tasks"] if other["token"] != card["token"])


def _headers(client: Client, address: str) -> dict[str, str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return {name: value for name, value in answer.headers.items() if name != "Content-Length"}


def test_the_count_of_waiting_photos_is_too_rough_to_show_a_golden_one() -> None:
    shown = [queue.roughly(count) for count in (0, 1, 9, 10, 14, 16, 149, 200, 900)]
    few = "fewer than 10"
    assert shown == ["no", few, few, "about 10", "about 10", "about 20", "about 150", "over 200", "over 200"]


def test_a_late_submit_gets_409_with_the_reason(client: Client) -> None:
    card = _claim(client)["tasks"][0]
    Task.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = _decide(client, card)
    assert answer.status_code == 409
    assert "kept here as a draft" in answer.json()["message"]


@pytest.mark.parametrize(
    "values",
    [{"milliseconds": 100}, {"verdict": "burn"}, {"verdict": "reject"}, {"token": "x"}, {"mark_x": 7, "mark_y": 0}],
)
def test_nonsense_gets_422_and_changes_nothing(client: Client, values: dict[str, Any]) -> None:
    card = _claim(client)["tasks"][0]
    answer = _decide(client, card, **values)
    assert answer.status_code == 422
    assert answer.json()["message"]
    assert not Decision.objects.exists()


def test_severity_remedy_note_and_mark_are_kept(client: Client) -> None:
    card = _claim(client)["tasks"][0]
    said = {"severity": "critical", "remedy": "manual", "note": "left shoe", "mark_x": 0.25, "mark_y": 0.5}
    _decide(client, card, verdict="reject", defect="hole", **said)
    made = Decision.objects.get()
    assert (made.defect, made.severity, made.remedy, made.note) == ("hole", "critical", "manual", "left shoe")
    assert made.mark == {"x": 0.25, "y": 0.5}


def test_undo_brings_the_photo_back_in_front_and_keeps_two_claims(client: Client) -> None:
    first, second = _claim(client)["tasks"]
    _decide(client, first)
    back = client.post(reverse("review:undo")).json()
    assert [card["sha256"] for card in back["tasks"]] == [first["sha256"], second["sha256"]]
    assert back["tasks"][0]["token"] != first["token"]
    assert Task.objects.filter(state="claimed").count() == 2
    assert client.post(reverse("review:undo")).status_code == 409


def test_leaving_gives_the_claims_back_and_a_sign_of_life_keeps_them(client: Client) -> None:
    tokens = [card["token"] for card in _claim(client)["tasks"]]
    assert client.post(reverse("review:keep"), {"token": [*tokens, "nonsense"]}).json() == {"kept": 2}
    assert client.post(reverse("review:release"), {"token": tokens}).status_code == 204
    assert not Task.objects.filter(state="claimed").exists()


def test_a_page_that_holds_nothing_learns_what_waits_and_claims_nothing(client: Client) -> None:
    answer = client.post(reverse("review:keep")).json()
    assert answer == {"kept": 0, "waits": True}
    assert not Task.objects.filter(state="claimed").exists()
    Task.objects.update(state="claimed", claimed_by=factories.make_user("zoe"), expires_at=timezone.now() + LEASE)
    assert client.post(reverse("review:keep")).json() == {"kept": 0, "waits": False}, "somebody else has them all"
    Task.objects.update(expires_at=timezone.now() - LEASE)
    assert client.post(reverse("review:keep")).json()["waits"], "and has left them"


def test_pictures_are_for_the_claimer_alone(client: Client, lead: User, as_user: As) -> None:
    card = _claim(client)["tasks"][0]
    assert client.get(card["after"]).status_code == 200
    assert client.get(card["layers"][0]["src"]).status_code == 200
    assert as_user(lead).get(card["after"]).status_code == 404
    assert client.get(card["after"].replace("/after/", "/secrets/")).status_code == 404


def test_pictures_are_rendered_from_source_and_mask(reviewer: User, as_user: As) -> None:
    batch = factories.make_batch()
    photo = factories.make_ready_photo(batch=batch, stage="processed")
    whole = factories.picture_bytes((photo.width or 0, photo.height or 0), format="PNG")
    factories.make_output(photo, verdict="flag", alpha=factories.ContentFile(whole, "alpha.png"))
    queue.put(photo, Kind.FLAGGED, note="")
    client = as_user(reviewer)
    card = _claim(client)["tasks"][0]
    for address in (card["beforeFull"], card["afterFull"], *[layer["src"] for layer in card["layers"]]):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer["Content-Type"] in ("image/jpeg", "image/png")


def _retried(product: Product) -> tuple[Photo, Output]:
    """A photo in review on its second output; returns it with the first one."""
    photo = factories.make_ready_photo(batch=factories.make_batch(), stage="processed", product=product, view="back")
    whole = factories.picture_bytes((photo.width or 0, photo.height or 0), format="PNG")
    kept = {"alpha": ContentFile(whole, "alpha.png"), "verdict": "flag"}
    first = factories.make_output(photo, placement={"scale": 0.5, "x": 10, "y": 20}, **kept)
    factories.make_output(photo, placement={"scale": 1.0, "x": 100, "y": 0}, **kept)
    queue.put(photo, Kind.REWORK, note="")
    return photo, first


def test_an_output_can_be_laid_beside_the_one_before_and_the_view_before(reviewer: User, as_user: As) -> None:
    product = factories.make_product()
    front = factories.make_ready_photo(batch=factories.make_batch(), stage="approved", product=product, view="front")
    whole = factories.picture_bytes((front.width or 0, front.height or 0), format="PNG")
    factories.make_output(front, alpha=ContentFile(whole, "alpha.png"))
    _retried(product)
    client = as_user(reviewer)
    [card] = _claim(client)["tasks"]
    earlier, view = card["against"]
    assert (earlier["name"], view["name"]) == ("output before", "front view")
    # x_old = 0.5 x + 10 and x_new = x + 100, so x_new = 2 x_old + 80.
    assert (earlier["place"], view["place"]) == ("2.0,80.0,-40.0", "")
    for beside in card["against"]:
        for address in (beside["src"], beside["full"]):
            assert client.get(address)["Content-Type"] == "image/jpeg", address


def test_a_first_output_has_nothing_before_it_and_says_so(client: Client) -> None:
    card = _claim(client)["tasks"][0]
    assert card["against"] == []
    for kind in ("previous", "previous-full", "view", "view-full"):
        assert client.get(card["after"].replace("/after/", f"/{kind}/")).status_code == 404


def test_a_golden_photo_has_the_same_pictures_beside_it_as_the_output_it_was_made_of(reviewer: User) -> None:
    _, first = _retried(factories.make_product())
    task = queue.claim(reviewer, most=1)[0]
    task.golden = Golden(output=task.output, placement=task.output.placement)
    assert [beside.output for beside in comparisons.beside(task)] == [first]


def test_operators_and_managers_do_not_review(operator: User, manager: User, as_user: As) -> None:
    for user in (operator, manager):
        assert as_user(user).get(reverse("review:queue")).status_code == 403
        assert as_user(user).post(reverse("review:claim")).status_code == 403
