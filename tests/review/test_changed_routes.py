"""A photo that changes its route: the lot that it leaves, the lot that it joins, and what pages say of both."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog import batches, stages
from catalog.flow import BatchState, Stage
from catalog.models import Batch, Photo
from catalog.people import Role
from catalog.segments import Route
from processing import routing
from processing.models import Output, Recipe, RecipeVersion
from review import acceptance, decisions, escalations, placement, policies, queue, resolutions
from review.models import BatchVerdict, Decision, Kind, Sample, Task
from tests import factories
from tests.review.floor import make_lot, place_all, say, say_all

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]


@pytest.fixture
def glassy() -> RecipeVersion:
    """A version of the route transparent."""
    return factories.make_recipe_version(
        recipe=Recipe.objects.create(route="transparent", name="Glass"), state="active"
    )


def _sent_away(reviewer: User, version: RecipeVersion) -> tuple[Photo, Task]:
    """The reviewer's next photo, rejected and sent through ``version``."""
    task = queue.claim(reviewer, most=1)[0]
    say(reviewer, "reject", task, defect="edge", remedy="reprocess", recipe_version=version)
    return Photo.objects.select_related("batch", "upload").get(pk=task.photo_id), task


def _through_the_machine(photo: Photo, version: RecipeVersion, verdict: str = "pass") -> Output:
    """What the run of a photo that is ready leaves, placed."""
    stages.move(photo, Stage.PROCESSING)
    output = factories.make_output(photo, verdict=verdict, recipe_version=version)
    stages.move(photo, Stage.PROCESSED)
    placement.place(photo.pk)
    photo.refresh_from_db()
    return output


def _verdict(batch: Batch) -> BatchVerdict:
    return BatchVerdict.objects.filter(batch=batch).latest("pk")


def test_every_way_of_sending_a_photo_again_has_the_same_rule(
    reviewer: User, lead: User, operator: User, glassy: RecipeVersion
) -> None:
    batch = place_all(make_lot(10, 2))
    by_review, _ = _sent_away(reviewer, glassy)
    one, other, third = batch.photos.filter(stage=Stage.IN_REVIEW).exclude(pk=by_review.pk)[:3]
    routing.change(one, Route.TRANSPARENT, by=operator)
    routing.reprocess(other, glassy, by=operator)
    stages.move(third, Stage.ESCALATED)
    made = escalations.raise_for_route(batch.catalog, "general", severity="major", reason="Glass.")
    type(made).objects.update(photo=third, owner=lead)
    made.refresh_from_db()
    resolutions.close(made, by=lead, resolution="reprocess", note="It is glass.", recipe_version=glassy)
    sent = Photo.objects.filter(pk__in=[by_review.pk, one.pk, other.pk, third.pk]).select_related("batch")
    assert {(photo.stage, photo.route, photo.batch.route) for photo in sent if photo.batch} == {
        (Stage.READY, "transparent", "transparent")
    }
    assert len({photo.batch_id for photo in sent}) == 1
    assert batches.gone(batch) == sorted(sent, key=lambda photo: (photo.name, photo.pk))


def test_what_was_decided_of_a_photo_that_left_still_decides_the_lot_it_left(
    reviewer: User, glassy: RecipeVersion
) -> None:
    batch = place_all(make_lot(20))
    photo, _ = _sent_away(reviewer, glassy)
    say_all(reviewer)
    first = policies.first_verdicts(batch.catalog_id, "general")[0]
    assert (first.word, first.data["bad"], first.data["drawn"]) == ("widened", 1, first.data["audited"])
    assert photo.batch_id != batch.pk
    assert not Task.objects.filter(photo=photo, state__in=queue.LIVE).exists()


def test_what_left_a_lot_undecided_is_no_longer_waited_for(reviewer: User, operator: User) -> None:
    batch = place_all(make_lot(20))
    drawn = Photo.objects.filter(batch=batch, stage=Stage.IN_REVIEW).first()
    assert drawn is not None
    routing.change(drawn, Route.TRANSPARENT, by=operator)
    say_all(reviewer)
    batch.refresh_from_db()
    assert batch.state == BatchState.ACCEPTED
    assert "1 drawn photo left the sample" in _verdict(batch).why


def test_a_claim_on_a_photo_that_was_sent_another_way_ends(reviewer: User, operator: User) -> None:
    place_all(make_lot(20))
    task = queue.claim(reviewer, most=1)[0]
    routing.change(Photo.objects.get(pk=task.photo_id), Route.TRANSPARENT, by=operator)
    with pytest.raises(queue.Late, match="another way"):
        say(reviewer, "reject", task, defect="edge", remedy="repair")
    assert Photo.objects.get(pk=task.photo_id).stage == Stage.READY
    assert not Decision.objects.exists()


def test_a_photo_that_left_undecided_before_the_draw_is_not_in_the_sample(operator: User) -> None:
    batch = make_lot(5, 2)
    flagged = batch.photos.filter(outputs__verdict="flag").first()
    assert flagged is not None
    placement.place(flagged.pk)
    flagged.refresh_from_db()
    routing.change(flagged, Route.TRANSPARENT, by=operator)
    place_all(batch)
    sample = Sample.objects.get(batch=batch)
    assert (sample.size, sample.flagged) == (6, 1)


def test_an_accepted_lot_keeps_its_verdict_when_a_photo_leaves_it(reviewer: User, operator: User) -> None:
    batch = place_all(make_lot(20))
    say_all(reviewer)
    released = batch.photos.filter(stage=Stage.APPROVED)[0]
    routing.change(released, Route.TRANSPARENT, by=operator)
    batch.refresh_from_db()
    assert (batch.state, batch.photos.count()) == (BatchState.ACCEPTED, 19)
    assert (Sample.objects.get(batch=batch).size, BatchVerdict.objects.count()) == (20, 1)


def test_the_lot_it_joins_waits_for_the_machine_and_for_the_person_who_looks_at_it_again(
    reviewer: User, glassy: RecipeVersion
) -> None:
    place_all(make_lot(10, 1))
    photo, _ = _sent_away(reviewer, glassy)
    joined = photo.batch
    assert joined is not None
    type(photo.upload).objects.filter(pk=photo.upload_id).update(finished_at=photo.created_at)
    placement.draw_due()
    joined.refresh_from_db()
    assert (joined.state, Sample.objects.filter(batch=joined).exists()) == (BatchState.PROCESSING, False)

    _through_the_machine(photo, glassy)
    joined.refresh_from_db()
    task = Task.objects.get(photo=photo, batch=joined)
    assert (task.kind, joined.state) == (Kind.REWORK, BatchState.IN_REVIEW)
    assert acceptance.judge(joined.pk) is None

    say_all(factories.make_user("other", Role.REVIEWER))
    joined.refresh_from_db()
    assert joined.state == BatchState.ACCEPTED
    assert "each is looked at on its own" in _verdict(joined).why
    # Nothing was sampled, so the route has earned nothing by it.
    assert policies.first_verdicts(joined.catalog_id, "transparent") == []


def test_a_photo_that_nobody_saw_is_sampled_with_the_lot_it_joins(operator: User, glassy: RecipeVersion) -> None:
    batch = place_all(make_lot(20))
    held = batch.photos.filter(stage=Stage.HELD).select_related("upload")[0]
    routing.reprocess(held, glassy, by=operator)
    assert held.batch is not None
    type(held.upload).objects.filter(pk=held.upload_id).update(finished_at=held.created_at)
    _through_the_machine(held, glassy)
    sample = Sample.objects.get(batch=held.batch)
    assert (sample.size, sample.drawn, held.stage) == (1, 1, Stage.IN_REVIEW)


def test_undo_brings_the_photo_back_to_its_lot_and_leaves_the_other_empty(
    reviewer: User, glassy: RecipeVersion
) -> None:
    batch = place_all(make_lot(10, 1))
    photo, task = _sent_away(reviewer, glassy)
    joined = photo.batch
    assert joined is not None
    assert decisions.undo(reviewer).pk == task.pk
    photo.refresh_from_db()
    assert (photo.stage, photo.route, photo.batch) == (Stage.IN_REVIEW, "general", batch)
    last = photo.events.latest("pk")
    assert last.note == f"The decision was taken back. It went from batch {joined} to batch {batch}."
    assert batches.gone(batch) == []

    type(photo.upload).objects.filter(pk=photo.upload_id).update(finished_at=photo.created_at)
    placement.draw_due()
    assert "went to other batches" in _verdict(joined).why
    assert policies.first_verdicts(joined.catalog_id, "transparent") == []


class TestPages:
    def test_the_lot_that_a_photo_left_names_it_with_what_was_wrong(
        self, reviewer: User, glassy: RecipeVersion, as_user: As
    ) -> None:
        batch = place_all(make_lot(10, 1))
        photo, _ = _sent_away(reviewer, glassy)
        panel = as_user(reviewer).get(reverse("review:batch-panel", args=[batch.pk]))
        assert panel.context["gone"] == [photo]
        assert panel.context["defect_counts"] == [("edge", 1)]
        text = panel.content.decode()
        assert reverse("catalog:photo", args=[photo.pk]) in text
        assert reverse("catalog:batch", args=[photo.batch_id]) in text
        there = as_user(reviewer).get(reverse("review:batch-panel", args=[photo.batch_id]))
        assert (there.context["gone"], there.context["defect_counts"]) == ([], [])

    def test_the_photos_page_tells_where_it_went(self, reviewer: User, glassy: RecipeVersion, as_user: As) -> None:
        batch = place_all(make_lot(10, 1))
        photo, _ = _sent_away(reviewer, glassy)
        page = as_user(reviewer).get(reverse("catalog:photo", args=[photo.pk])).content.decode()
        assert f"It went from batch {batch} to batch {photo.batch}." in page

    @pytest.mark.parametrize(("where", "said"), [("route", "now, in batch"), ("reprocess", "queued again, in batch")])
    def test_whoever_sends_it_is_told_the_batch(
        self, operator: User, glassy: RecipeVersion, as_user: As, where: str, said: str
    ) -> None:
        photo = factories.make_photo(batch=factories.make_batch(), stage=Stage.FAILED)
        body = {"route": "transparent", "recipe_version": glassy.pk}
        page = as_user(operator).post(reverse(f"processing:{where}", args=[photo.pk]), body, follow=True)
        photo.refresh_from_db()
        assert f"{said} {photo.batch}." in page.content.decode()

    def test_a_batch_that_all_photos_left_is_called_empty(self, operator: User, as_user: As) -> None:
        batch = factories.make_batch(state=BatchState.ACCEPTED)
        photo = factories.make_photo(batch=batch, stage=Stage.APPROVED)
        routing.change(photo, Route.TRANSPARENT, by=operator)
        for address in ("catalog:batch", "review:batch-panel"):
            page = as_user(operator).get(reverse(address, args=[batch.pk]))
            assert page.context["standing"].label == "Empty"


def test_a_drawn_photo_that_goes_to_the_manual_lane_leaves_no_task_behind(
    reviewer: User, operator: User, as_user: As
) -> None:
    batch = place_all(make_lot(10, 2))
    photo = batch.photos.filter(stage=Stage.IN_REVIEW).first()
    assert photo is not None
    wanted = Task.objects.filter(batch=batch, state__in=queue.LIVE).count() - 1
    routing.change(photo, Route.MANUAL, by=operator)
    stages.move(photo, Stage.PROCESSING)
    stages.move(photo, Stage.FAILED)
    placement.settle_photo(photo.pk)
    assert not Task.objects.filter(photo=photo, state__in=queue.LIVE).exists()
    say_all(reviewer)
    panel = as_user(reviewer).get(reverse("review:batch-panel", args=[batch.pk])).content.decode()
    assert f"{wanted} of {wanted} looked at" in panel


def test_a_photo_seen_twice_is_one_photo_looked_at(reviewer: User, lead: User, as_user: As) -> None:
    factories.make_user("rita", Role.REVIEWER)
    batch = place_all(make_lot(10, 1))
    drawn = Task.objects.filter(batch=batch).count()
    say(reviewer, "reject", defect="part")
    panel = as_user(reviewer).get(reverse("review:batch-panel", args=[batch.pk])).content.decode()
    assert Task.objects.filter(batch=batch).count() == drawn + 1
    assert f"0 of {drawn} looked at" in panel
    say(lead, "reject", Task.objects.get(pk=queue.claim(lead, most=1)[0].pk), defect="part")
    panel = as_user(reviewer).get(reverse("review:batch-panel", args=[batch.pk])).content.decode()
    assert f"1 of {drawn} looked at" in panel
