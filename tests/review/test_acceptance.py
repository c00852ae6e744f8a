"""A batch is accepted by a clean random draw, and widened by a defect in it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog import stages
from catalog.flow import BatchState, Stage
from catalog.models import Batch
from review import acceptance, decisions, queue
from review.models import BatchVerdict, Decision, Draw, Kind, Task
from tests import factories
from tests.review.floor import make_lot, place_all, say, say_all, stages_of

pytestmark = pytest.mark.django_db


def _decide(batch: Batch, reviewer: User, kind: str, verdict: str, **answer: object) -> None:
    """Decide one task of ``kind`` in the given way and approve all others of the batch."""
    task = Task.objects.filter(batch=batch, kind=kind).first()
    assert task is not None
    for held in queue.claim(reviewer, most=100):
        say(reviewer, verdict if held == task else "approve", held, **(answer if held == task else {}))


def test_a_clean_draw_releases_the_rest(reviewer: User) -> None:
    batch = place_all(make_lot(20, 1))
    assert say_all(reviewer) == 6
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED
    assert stages_of(batch) == {"approved": 21}
    verdict = batch.verdicts.get()
    assert "None of the 5 photos drawn at random had a major or critical defect" in verdict.why
    counted = {"size": 21, "audited": 5, "bad": 0, "drawn": 5}
    assert verdict.data == {**counted, "severe_escalation": False, "cusum": 0.0}


def test_nothing_is_decided_before_the_last_task(reviewer: User) -> None:
    batch = place_all(make_lot(20))
    for _ in range(4):
        say(reviewer)
    assert acceptance.judge(batch.pk) is None
    assert stages_of(batch)["held"] == 15
    say(reviewer)
    assert BatchVerdict.objects.count() == 1
    assert acceptance.judge(batch.pk) is None


def test_a_slip_on_the_last_photo_can_be_undone(reviewer: User, settings: Any) -> None:
    settings.UNDO_SECONDS = 20
    batch = place_all(make_lot(20))
    say_all(reviewer)
    assert acceptance.judge_due() == 0
    slip = decisions.undo(reviewer)
    Decision.objects.update(at=timezone.now() - timedelta(seconds=21))
    assert acceptance.judge_due() == 0
    say(reviewer, "reject", slip, defect="edge", severity="major")
    assert acceptance.judge_due() == 0
    Decision.objects.update(at=timezone.now() - timedelta(seconds=19))
    assert acceptance.judge_due() == 0
    Decision.objects.update(at=timezone.now() - timedelta(seconds=21))
    assert acceptance.judge_due() == 1
    batch.refresh_from_db()
    assert batch.state == BatchState.WIDENED


def test_a_batch_does_not_wait_for_what_is_decided_in_another(reviewer: User, settings: Any) -> None:
    settings.UNDO_SECONDS = 20
    batch = place_all(make_lot(20))
    say_all(reviewer)
    Decision.objects.update(at=timezone.now() - timedelta(seconds=21))
    place_all(make_lot(20))
    say(reviewer)
    assert acceptance.judge_due() == 1
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED


@pytest.mark.parametrize(("severity", "state"), [("minor", "accepted"), ("major", "widened"), ("critical", "widened")])
def test_only_a_grave_defect_in_the_draw_widens(reviewer: User, severity: str, state: str) -> None:
    batch = place_all(make_lot(20, 1))
    _decide(batch, reviewer, Kind.RANDOM, "reject", defect="edge", severity=severity)
    batch.refresh_from_db()
    assert batch.state == state


def test_a_defect_among_the_flagged_does_not_widen(reviewer: User) -> None:
    batch = place_all(make_lot(20, 3))
    _decide(batch, reviewer, Kind.FLAGGED, "reject", defect="part")
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED


def lot_with_one_defect(reviewer: User) -> Batch:
    """Twenty photos, eight of them hats; the sample is read, and one photo in it that is no hat was rejected."""
    batch = make_lot(20)
    hats = batch.photos.values_list("pk", flat=True)[:8]
    batch.photos.filter(pk__in=list(hats)).update(category="hats")
    place_all(batch)
    bad = Task.objects.filter(kind=Kind.RANDOM).exclude(photo__category="hats").first()
    assert bad is not None
    for held in queue.claim(reviewer, most=100):
        if held == bad:
            say(reviewer, "reject", held, defect="edge")
        else:
            say(reviewer, "approve", held)
    return batch


def test_widening_takes_the_photos_like_the_defective_one_and_accepts_after_them(reviewer: User) -> None:
    batch = lot_with_one_defect(reviewer)
    batch.refresh_from_db()
    assert batch.state == BatchState.WIDENED
    widened = Task.objects.filter(kind=Kind.WIDENED)
    assert widened.exists()
    assert not widened.filter(photo__category="hats").exists()
    assert "share nothing with it" in batch.verdicts.get().why
    say_all(reviewer)
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED
    assert stages_of(batch) == {"approved": 19, "failed": 1}


def test_a_second_defect_in_the_wider_review_takes_in_the_rest(reviewer: User) -> None:
    batch = lot_with_one_defect(reviewer)
    say(reviewer, "reject", defect="edge")
    say_all(reviewer)
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED
    assert not Draw.objects.filter(photo__in=batch.photos.filter(stage=Stage.HELD)).exists()
    assert stages_of(batch).get("held") is None
    assert [verdict.word for verdict in batch.verdicts.all()] == ["widened", "widened", "accepted"]


def test_a_drawn_photo_that_was_taken_out_is_said_to_be_missing(reviewer: User) -> None:
    batch = place_all(make_lot(20))
    gone = Task.objects.filter(kind=Kind.RANDOM).first()
    assert gone is not None
    stages.move(gone.photo, Stage.READY)
    say_all(reviewer)
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED
    assert "1 drawn photo left the sample" in batch.verdicts.get().why


def test_a_lead_widens_by_hand_even_what_was_accepted(reviewer: User, lead: User) -> None:
    batch = place_all(make_lot(20))
    say_all(reviewer)
    batch.refresh_from_db()
    with pytest.raises(ValueError, match="Say why"):
        acceptance.widen_by_hand(batch, by=lead, why=" ")
    acceptance.widen_by_hand(batch, by=lead, why="A customer called.")
    assert stages_of(batch) == {"approved": 5, "in_review": 15}
    assert say_all(reviewer) == 15
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED


def test_the_sweep_judges_what_a_dead_process_left(reviewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = place_all(make_lot(20))
    judge = acceptance.judge
    monkeypatch.setattr(acceptance, "judge", lambda pk: None)
    say_all(reviewer)
    monkeypatch.setattr(acceptance, "judge", judge)
    assert acceptance.judge_due() == 1
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED


def test_rework_does_not_hold_up_the_batch(reviewer: User) -> None:
    batch = make_lot(20)
    photo = factories.make_photo(batch=batch, stage=Stage.PROCESSED)
    factories.make_output(photo, author=factories.make_user())
    place_all(batch)
    for held in queue.claim(reviewer, most=100):
        if held.kind != Kind.REWORK:
            say(reviewer, task=held)
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED
    assert stages_of(batch)["in_review"] == 1
