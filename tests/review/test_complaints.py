"""Recording a complaint: it finds the delivered picture and the word on it, and sends the photo back to review."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog.flow import Stage
from catalog.marketplaces import PRESETS
from catalog.models import Photo
from processing.models import Export, ExportFile, Output
from review import complaints
from review.models import Complaint, Kind, Task
from tests import factories
from tests.review import boards


def delivered_photo(operator: User) -> tuple[Photo, Output]:
    photo = factories.make_photo(factories.make_upload(by=operator), stage=Stage.DELIVERED)
    return photo, boards.make_bare_output(photo)


def export(photo: Photo, output: Output, marketplace: str, by: User) -> None:
    made = Export.objects.create(catalog=photo.catalog, by=by)
    values = {"name": "x.jpg", "file": "x.jpg", "sha256": "0" * 64, "bytes": 1, "width": 1, "height": 1}
    ExportFile.objects.create(export=made, photo=photo, output=output, marketplace=marketplace, **values)


def record(photo: Photo, by: User, **values: Any) -> complaints.Recorded:
    assert photo.product
    given = {
        "product": photo.product,
        "photo": photo,
        "defect": "edge",
        "marketplace": "amazon",
        "note": "Halo",
        "by": by,
    }
    return complaints.record(**{**given, **values})


def test_a_delivered_photo_goes_back_to_review_first_in_the_queue(operator: User) -> None:
    photo, output = delivered_photo(operator)
    recorded = record(photo, operator)
    photo.refresh_from_db()
    assert (photo.stage, recorded.reopened) == (Stage.IN_REVIEW, True)
    task = Task.objects.get()
    assert (task.kind, task.output, task.state, task.uploader) == (Kind.COMPLAINT, output, "open", operator)
    event = photo.events.last()
    assert event is not None and event.note == "Complaint: Edge. Halo" and event.by == operator


@pytest.mark.parametrize("stage", [Stage.IN_REVIEW, Stage.FAILED, Stage.PROCESSING, Stage.ESCALATED])
def test_a_photo_that_is_not_released_stays_where_it_is(stage: Stage, operator: User) -> None:
    photo = factories.make_photo(stage=stage)
    recorded = record(photo, operator)
    photo.refresh_from_db()
    assert (photo.stage, recorded.reopened) == (stage, False)
    assert stage.label.lower() in recorded.told
    assert Complaint.objects.count() == 1


def test_a_move_that_somebody_else_made_first_keeps_the_complaint(operator: User) -> None:
    photo, _ = delivered_photo(operator)
    Photo.objects.update(stage=Stage.READY)  # after it was loaded
    recorded = record(photo, operator)
    assert not recorded.reopened and "meanwhile" in recorded.told
    assert Complaint.objects.count() == 1
    assert not Task.objects.exists()


def test_it_is_about_the_output_that_the_marketplace_got(operator: User) -> None:
    photo, first = delivered_photo(operator)
    second, third = boards.make_bare_output(photo), boards.make_bare_output(photo)
    export(photo, first, "amazon", operator)
    export(photo, second, "shopify", operator)
    assert complaints.delivered(photo, "amazon") == first
    assert complaints.delivered(photo, "") == second  # the last one that anybody got
    ExportFile.objects.all().delete()
    assert complaints.delivered(photo, "amazon") == third
    assert record(photo, operator).complaint.output == third


def test_it_leads_to_the_word_that_stood_before_it(operator: User, reviewer: User, lead: User) -> None:
    photo, output = delivered_photo(operator)
    task = boards.make_task(photo, output, Kind.RANDOM)
    now = timezone.now()
    undone = boards.decide(task, reviewer, bad=True, at=now - timedelta(hours=3))
    boards.decide(task, reviewer, bad=True, at=now - timedelta(hours=3), supersedes=undone, undone=True)
    stands = boards.decide(task, reviewer, bad=False, at=now - timedelta(hours=2))
    record(photo, operator)
    boards.decide(task, lead, bad=True, at=now + timedelta(hours=1))  # what came of the complaint
    [complaint] = complaints.listed()
    assert complaints.decision_before(complaint) == stands


def test_it_is_told_when_a_new_picture_was_delivered_since(operator: User) -> None:
    photo, first = delivered_photo(operator)
    export(photo, first, "amazon", operator)
    record(photo, operator)
    Export.objects.update(finished_at=timezone.now() - timedelta(hours=1))
    export(photo, first, "shopify", operator)
    Export.objects.filter(finished_at=None).update(finished_at=timezone.now())
    assert complaints.listed().get().delivered_again is None, "the same picture to another marketplace"
    export(photo, boards.make_bare_output(photo), "amazon", operator)
    assert complaints.listed().get().delivered_again is None, "not delivered yet"
    Export.objects.filter(finished_at=None).update(finished_at=(when := timezone.now()))
    assert complaints.listed().get().delivered_again == when
    ExportFile.objects.update(file="")
    assert complaints.listed().get().delivered_again is None, "left out, and no picture of it"


def test_it_is_closed_once(operator: User, lead: User) -> None:
    photo, _ = delivered_photo(operator)
    complaint = record(photo, operator).complaint
    with pytest.raises(ValueError, match="No ending 'gone': there are corrected, unfounded, settled"):
        complaints.close(complaint, ending="gone", note="", by=lead)
    complaints.close(complaint, ending="corrected", note="sent again", by=lead)
    with pytest.raises(complaints.Refusal, match="closed it meanwhile"):
        complaints.close(complaint, ending="settled", note="", by=operator)
    complaint.refresh_from_db()
    assert (complaint.ending, complaint.ending_note, complaint.closed_by) == ("corrected", "sent again", lead)
    assert complaint.closed_at and not complaint.is_open
    complaints.reopen(complaint)
    with pytest.raises(complaints.Refusal, match="open already"):
        complaints.reopen(complaint)


def test_without_a_photo_it_is_recorded_against_the_product(operator: User) -> None:
    product = factories.make_product()
    recorded = complaints.record(product=product, photo=None, defect="colour", marketplace="", note="", by=operator)
    assert recorded.complaint.output is None
    [complaint] = complaints.listed()
    assert complaints.decision_before(complaint) is None


def test_nonsense_is_refused(operator: User) -> None:
    photo, _ = delivered_photo(operator)
    with pytest.raises(ValueError, match="No defect “ugly”"):
        record(photo, operator, defect="ugly")
    with pytest.raises(ValueError, match="is not a photo of"):
        record(photo, operator, product=factories.make_product())
    assert not Complaint.objects.exists()


def test_marketplaces_are_those_of_the_catalog_and_those_that_got_a_photo(operator: User) -> None:
    output = factories.make_output()
    product = output.photo.product
    assert product is not None
    assert len(complaints.sold_on(product)) == len(PRESETS), "nobody knows"
    export(output.photo, output, "cutout", operator)
    assert [preset.slug for preset in complaints.sold_on(product)] == ["cutout"]
    product.catalog.marketplaces = ["amazon"]
    assert {preset.slug for preset in complaints.sold_on(product)} == {"amazon", "cutout"}
