"""The pages of the review floor over HTTP: escalations, manual lane, batch panel, photo history, audit, procedure."""

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from catalog.flow import Stage
from catalog.models import Photo
from processing import recipes
from processing.models import Output
from review import acceptance, decisions, escalations, queue
from review.models import Escalation, Kind, Procedure, Task
from tests import factories
from tests.review.floor import make_lot, place_all, say, say_all

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]


@pytest.fixture
def escalation(lead: User, reviewer: User) -> Escalation:
    photo = factories.make_photo(stage=Stage.FAILED)
    return escalations.raise_by_hand(photo, by=reviewer, severity="major", reason="The wrong shoe.")


@pytest.fixture
def failed(lead: User) -> Photo:
    """A real (drawn) photo in the manual lane."""
    return factories.make_ready_photo(batch=factories.make_batch(), stage=Stage.FAILED)


def _png(photo: Photo, *, mode: str = "RGBA", size: tuple[int, int] | None = None) -> SimpleUploadedFile:
    image = Image.new(mode, size or (photo.width or 1, photo.height or 1))
    if mode == "RGBA":
        width, height = image.size
        image.paste((255, 255, 255, 255), (width // 4, height // 4, 3 * width // 4, 3 * height // 4))
    handle = io.BytesIO()
    image.save(handle, "PNG")
    return SimpleUploadedFile("cutout.png", handle.getvalue(), "image/png")


class TestEscalations:
    def test_the_board_begins_with_mine(self, escalation: Escalation, lead: User, manager: User, as_user: As) -> None:
        mine = as_user(lead).get(reverse("review:escalations"))
        assert mine.context["shown"] == "mine"
        assert "The wrong shoe." in mine.content.decode()
        other = as_user(manager).get(reverse("review:escalations"))
        assert other.context["shown"] == "open"
        assert other.context["counts"] == {"mine": 0, "overdue": 0, "open": 1, "closed": 0}

    def test_the_boards_queries_do_not_grow_with_it(self, lead: User, as_user: As) -> None:
        client, counts = as_user(lead), []
        for many in (2, 7):
            for _ in range(many):
                photo = factories.make_photo(stage=Stage.FAILED)
                escalations.raise_by_hand(photo, by=lead, severity="minor", reason="?")
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("review:escalations"))
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_the_owner_acts_through_the_page(self, escalation: Escalation, lead: User, as_user: As) -> None:
        client, pk = as_user(lead), escalation.pk
        client.post(reverse("review:escalation-acknowledge", args=[pk]))
        client.post(reverse("review:escalation-contain", args=[pk]), {"text": "Exports are held."})
        client.post(
            reverse("review:escalation-explain", args=[pk]), {"root_cause": "Light", "escape_point": "No check"}
        )
        page = client.get(reverse("review:escalation", args=[pk])).content.decode()
        assert "Exports are held." in page
        assert "Escaped because" in page
        client.post(reverse("review:escalation-close", args=[pk]), {"resolution": "manual", "note": "Shot again."})
        escalation.refresh_from_db()
        assert (escalation.state, escalation.resolution) == ("closed", "manual")
        assert Photo.objects.get(pk=escalation.photo_id).stage == Stage.FAILED

    def test_handing_over(self, escalation: Escalation, lead: User, manager: User, as_user: As) -> None:
        offer = reverse("review:escalation-offer", args=[escalation.pk])
        assert as_user(lead).post(offer, {"to": ""}).status_code == 422
        as_user(lead).post(offer, {"to": manager.pk, "note": "You know the client."})
        as_user(manager).post(reverse("review:escalation-answer", args=[escalation.pk]), {"answer": "accept"})
        escalation.refresh_from_db()
        assert escalation.owner == manager

    def test_nobody_else_can(self, escalation: Escalation, manager: User, reviewer: User, as_user: As) -> None:
        address = reverse("review:escalation-acknowledge", args=[escalation.pk])
        page = as_user(manager).post(address, follow=True).content.decode()
        assert "only its owner" in page
        assert as_user(reviewer).post(address).status_code == 403

    def test_closing_without_a_word_shows_the_form_again(self, escalation: Escalation, lead: User, as_user: As) -> None:
        answer = as_user(lead).post(reverse("review:escalation-close", args=[escalation.pk]), {"resolution": "manual"})
        assert answer.status_code == 422

    def test_raising_from_the_manual_lane(self, failed: Photo, operator: User, as_user: As) -> None:
        address = reverse("review:escalate", args=[failed.pk])
        as_user(operator).post(address, {"severity": "major", "reason": ""})
        assert not Escalation.objects.exists()
        as_user(operator).post(address, {"severity": "critical", "reason": "Logo altered."})
        assert Escalation.objects.get().reason == "Logo altered."

    def test_the_procedure_is_changed_by_the_lead_and_kept(self, lead: User, reviewer: User, as_user: As) -> None:
        address, change = reverse("review:procedure"), reverse("review:procedure-change")
        assert "acknowledges it in time" in as_user(reviewer).get(address).content.decode()
        assert as_user(reviewer).post(change, {"text": "Panic."}).status_code == 403
        for text in ("Call Lena.", "Call Lena first."):
            as_user(lead).post(change, {"text": text})
        page = as_user(reviewer).get(address).content.decode()
        assert "Call Lena first." in page
        assert Procedure.objects.count() == 2
        assert as_user(lead).post(change, {"text": ""}).status_code == 422


class TestManualLane:
    def test_it_says_why_each_photo_is_there(self, reviewer: User, as_user: As) -> None:
        place_all(make_lot(10, 1))
        say(reviewer, "reject", defect="edge", note="the strap")
        page = as_user(reviewer).get(reverse("review:repairs")).content.decode()
        assert "To be repaired by hand. Edge. “the strap”" in page

    def test_a_mask_becomes_an_output_that_somebody_else_reviews(
        self, failed: Photo, reviewer: User, lead: User, as_user: As, jobs: object
    ) -> None:
        client = as_user(reviewer)
        assert client.get(reverse("review:repair", args=[failed.pk])).status_code == 200
        assert client.get(reverse("review:repair-source", args=[failed.pk]))["Content-Type"] == "image/jpeg"
        assert client.get(reverse("review:repair-mask", args=[failed.pk])).status_code == 204
        sent = {"file": _png(failed), "note": "sole"}
        answer = client.post(
            reverse("review:repair-save", args=[failed.pk]), sent, headers={"Accept": "application/json"}
        )
        assert answer.json() == {"next": reverse("review:repairs")}
        output = Output.objects.get(photo=failed)
        assert output.author == reviewer
        jobs.run()  # type: ignore[attr-defined]
        task = Task.objects.get(photo=failed)
        assert (task.kind, task.author) == (Kind.REWORK, reviewer)
        assert queue.claim(reviewer) == []
        assert [held.pk for held in queue.claim(lead)] == [task.pk]
        with output.alpha.open() as handle:
            alpha = np.asarray(Image.open(handle))
        assert alpha.shape == (failed.height, failed.width)
        assert (alpha[0, 0], alpha[failed.height // 2, failed.width // 2]) == (0, 255)  # type: ignore[operator]
        assert client.get(reverse("review:repair-mask", args=[failed.pk])).status_code == 200

    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda photo: _png(photo, size=(10, 10)), "without cropping or scaling"),
            (lambda photo: _png(photo, mode="RGB"), "no transparency"),
            (lambda photo: _png(photo, mode="L"), "empty"),
            (lambda photo: SimpleUploadedFile("x.png", b"\x89PNG\r\n\x1a\nrubbish"), "no readable PNG"),
            (lambda photo: SimpleUploadedFile("x.png", b"GIF89a"), "no readable PNG"),
        ],
    )
    def test_what_is_no_mask_is_refused_with_the_reason(
        self, failed: Photo, reviewer: User, as_user: As, make: Callable[[Photo], object], said: str
    ) -> None:
        address = reverse("review:repair-save", args=[failed.pk])
        answer = as_user(reviewer).post(address, {"file": make(failed)}, headers={"Accept": "application/json"})
        assert answer.status_code == 422
        assert said in answer.json()["message"]
        assert as_user(reviewer).post(address, {"file": make(failed)}).status_code == 302
        assert not Output.objects.exists()

    def test_a_photo_in_the_machine_is_not_repaired(self, failed: Photo, reviewer: User, as_user: As) -> None:
        Photo.objects.filter(pk=failed.pk).update(stage=Stage.PROCESSING)
        address = reverse("review:repair-save", args=[failed.pk])
        answer = as_user(reviewer).post(address, {"file": _png(failed)}, headers={"Accept": "application/json"})
        assert answer.status_code == 409
        assert not Output.objects.exists()

    def test_an_owner_repairs_their_escalation_and_closes_it(self, failed: Photo, lead: User, as_user: As) -> None:
        made = escalations.raise_by_hand(failed, by=lead, severity="minor", reason="?")
        Escalation.objects.update(owner=lead)
        as_user(lead).post(reverse("review:repair-save", args=[failed.pk]), {"file": _png(failed)})
        made.refresh_from_db()
        assert (made.state, made.resolution) == ("closed", "repaired")

    @pytest.mark.parametrize("name", ["review:repair-reprocess", "processing:reprocess"])
    def test_a_reprocess_takes_the_version_that_was_chosen(
        self, failed: Photo, operator: User, as_user: As, name: str
    ) -> None:
        chosen, client, address = recipes.active_of("apparel"), as_user(operator), reverse(name, args=[failed.pk])
        client.post(address, {"recipe_version": chosen.pk + 1000})
        failed.refresh_from_db()
        assert failed.stage == Stage.FAILED, "there is no such version"
        client.post(address, {"recipe_version": chosen.pk})
        failed.refresh_from_db()
        assert (failed.stage, failed.route) == (Stage.READY, "apparel")
        assert recipes.serving(failed) == chosen

    def test_a_reprocess_without_a_choice_takes_what_fits(self, failed: Photo, operator: User, as_user: As) -> None:
        as_user(operator).post(reverse("review:repair-reprocess", args=[failed.pk]))
        failed.refresh_from_db()
        assert (failed.stage, failed.route, recipes.asked_for(failed)) == (Stage.READY, "general", None)

    def test_every_reprocess_offers_the_same_versions(self, failed: Photo, lead: User, as_user: As) -> None:
        """In the queue, the manual lane, a photo's page and its escalation; what is retired can be chosen, too."""
        first = recipes.active_of("apparel")
        recipes.publish(first.recipe, first.parameters, first.limits)
        pages = [
            reverse("review:queue"),
            reverse("review:repairs"),
            reverse("processing:reprocess", args=[failed.pk]),
        ]
        client = as_user(lead)
        shown = [client.get(address).content.decode() for address in pages]
        made = escalations.raise_by_hand(failed, by=lead, severity="minor", reason="?")
        Escalation.objects.update(owner=lead)
        shown.append(client.get(reverse("review:escalation", args=[made.pk])).content.decode())
        offered = [re.findall(r'<option value="\d+">(.* v\d+.*)</option>', page) for page in shown]
        assert {"Apparel default v1", "Apparel default v2, in use"} <= set(offered[0])
        assert offered == [offered[0]] * 4

    def test_the_original_is_an_output_of_its_own(self, failed: Photo, reviewer: User, as_user: As) -> None:
        as_user(reviewer).post(reverse("review:repair-original", args=[failed.pk]))
        output = Output.objects.get(photo=failed)
        with output.alpha.open() as handle:
            assert np.asarray(Image.open(handle)).min() == 255

    def test_a_reviewers_wish_for_the_original_is_carried_out(
        self, failed: Photo, reviewer: User, jobs: object
    ) -> None:
        Photo.objects.filter(pk=failed.pk).update(stage=Stage.PROCESSED)
        failed.refresh_from_db()
        factories.make_output(failed, verdict="flag")
        queue.put(failed, Kind.FLAGGED, note="")
        say(reviewer, "reject", defect="other", remedy="original")
        jobs.run()  # type: ignore[attr-defined]
        assert Output.objects.filter(photo=failed, author=reviewer).exists()
        assert Task.objects.get(photo=failed, state="open").kind == Kind.REWORK


class TestBatchPanel:
    def test_it_says_what_was_drawn_and_why(self, reviewer: User, as_user: As) -> None:
        batch = place_all(make_lot(48, 2))
        page = as_user(reviewer).get(reverse("review:batch-panel", args=[batch.pk])).content.decode()
        assert "People see 7 of 50 photos" in page
        assert "every 5s" in page
        say_all(reviewer)
        page = as_user(reviewer).get(reverse("review:batch-panel", args=[batch.pk])).content.decode()
        assert "No defects in 5 of 48 photos leaves up to" in page
        assert "It cannot prove 2 %" in page
        assert "None of the 5 photos" in page
        assert "every 5s" not in page

    def test_it_says_why_a_batch_that_is_looked_at_is_not_decided_yet(
        self, reviewer: User, as_user: As, settings: Any
    ) -> None:
        settings.UNDO_SECONDS = 20
        batch = place_all(make_lot(20))
        address = reverse("review:batch-panel", args=[batch.pk])
        say(reviewer)
        assert "can be undone" not in as_user(reviewer).get(address).content.decode()
        say_all(reviewer)
        page = as_user(reviewer).get(address).content.decode()
        assert "until then the last decisions can be undone" in page
        assert "every 5s" in page
        settings.UNDO_SECONDS = 0
        assert acceptance.judge(batch.pk)
        assert "can be undone" not in as_user(reviewer).get(address).content.decode()

    def test_before_the_draw_it_says_what_is_awaited(self, reviewer: User, as_user: As) -> None:
        page = as_user(reviewer).get(reverse("review:batch-panel", args=[make_lot(3).pk])).content.decode()
        assert "drawn, once, when the machine is through" in page

    def test_its_queries_do_not_grow_with_the_batch(self, reviewer: User, as_user: As) -> None:
        client, counts = as_user(reviewer), []
        for passed, flagged in ((20, 2), (40, 10)):
            batch = place_all(make_lot(passed, flagged))
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("review:batch-panel", args=[batch.pk]))
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_only_a_lead_widens(self, reviewer: User, lead: User, as_user: As) -> None:
        batch = place_all(make_lot(20))
        address = reverse("review:batch-widen", args=[batch.pk])
        assert as_user(reviewer).post(address, {"why": "no"}).status_code == 403
        as_user(lead).post(address, {"why": ""})
        batch.refresh_from_db()
        assert batch.state == "in_review"
        as_user(lead).post(address, {"why": "A new lamp."})
        batch.refresh_from_db()
        assert batch.state == "widened"
        assert queue.waiting_for(reviewer) == 20


class TestPhotos:
    def test_the_history_shows_decisions_and_what_was_taken_back(self, reviewer: User, as_user: As) -> None:
        batch = place_all(make_lot(10, 1))
        task = queue.claim(reviewer, most=1)[0]
        say(reviewer, "reject", task, defect="edge", note="strap")
        decisions.undo(reviewer)
        page = as_user(reviewer).get(reverse("review:photo-history", args=[task.photo_id])).content.decode()
        assert "taken back" in page
        assert "It waits for a reviewer." in page
        held = batch.photos.filter(stage=Stage.HELD).first()
        assert held is not None
        page = as_user(reviewer).get(reverse("review:photo-history", args=[held.pk])).content.decode()
        assert "waits for the sample" in page

    def test_the_audit_answers_who_what_when_on_which_output(self, reviewer: User, lead: User, as_user: As) -> None:
        place_all(make_lot(10, 1))
        task = queue.claim(reviewer, most=1)[0]
        say(reviewer, "reject", task, defect="other", note="wrong shoe")
        page = as_user(lead).get(reverse("review:audit", args=[task.photo_id])).content.decode()
        assert "Reject: Other, Major; Escalate to the owner after 1.5 s" in page
        assert task.output.sha256[:12] in page
        assert "raised" in page
        assert as_user(reviewer).get(reverse("review:audit", args=[task.photo_id])).status_code == 403
