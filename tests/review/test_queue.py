"""Claims are leases: one photo is never with two people, never with its uploader, repairer or tuner."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.flow import Stage
from catalog.people import Role
from review import queue
from review.models import Kind, Task
from tests import factories
from tests.review.floor import make_lot, place_all, say

REVIEWERS, TASKS = 20, 60


def _expire(*tasks: Task) -> None:
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
class TestClaims:
    def test_one_is_held_and_one_prefetched(self, reviewer: User) -> None:
        place_all(make_lot(0, 5))
        tasks = queue.claim(reviewer)
        assert len(tasks) == 2
        assert queue.claim(reviewer) == tasks
        assert Task.objects.filter(state="claimed").count() == 2

    def test_a_page_that_opens_takes_over_what_the_page_before_it_gives_back_later(self, reviewer: User) -> None:
        place_all(make_lot(0, 5))
        before = queue.claim(reviewer)
        assert queue.take_over(reviewer) == 2
        assert queue.release(reviewer, [task.token for task in before]) == 0
        after = queue.claim(reviewer)
        assert after == before
        assert not {task.token for task in after} & {task.token for task in before}

    def test_two_people_get_different_photos(self, reviewer: User, lead: User) -> None:
        place_all(make_lot(0, 4))
        mine, theirs = queue.claim(reviewer), queue.claim(lead)
        assert not {task.pk for task in mine} & {task.pk for task in theirs}
        assert queue.claim(factories.make_user()) == []

    def test_nobody_gets_their_own_upload_repair_or_recipe(self, reviewer: User) -> None:
        upload = factories.make_upload(by=reviewer)
        place_all(make_lot(0, 2, upload=upload))
        repaired = factories.make_photo(batch=factories.make_batch(), stage=Stage.PROCESSED)
        factories.make_output(repaired, author=reviewer)
        tuned = factories.make_photo(batch=factories.make_batch(), stage=Stage.PROCESSED)
        factories.make_output(tuned, verdict="flag", recipe_version=factories.make_recipe_version(by=reviewer))
        for photo in (repaired, tuned):
            queue.put(photo, Kind.FLAGGED, note="")
        assert queue.claim(reviewer) == []
        assert queue.waiting_for(reviewer) == 0
        assert len(queue.claim(factories.make_user("", Role.REVIEWER), most=9)) == 4

    @pytest.mark.parametrize("field", ["uploader", "author"])
    def test_the_database_itself_refuses_such_a_claim(self, reviewer: User, field: str) -> None:
        place_all(make_lot(0, 1))
        with pytest.raises(IntegrityError), transaction.atomic():
            Task.objects.update(**{field: reviewer}, claimed_by=reviewer)

    def test_an_output_judged_before_never_comes_again(self, reviewer: User) -> None:
        place_all(make_lot(0, 1))
        task = queue.claim(reviewer)[0]
        say(reviewer, task=task)
        Task.objects.update(state=Task.State.OPEN, claimed_by=None)
        task.photo.refresh_from_db()
        assert queue.claim(reviewer) == []

    def test_an_expired_claim_goes_to_the_next_and_only_once(self, reviewer: User, lead: User) -> None:
        place_all(make_lot(0, 1))
        first = queue.claim(reviewer)[0]
        assert queue.claim(lead) == []
        _expire(first)
        second = queue.claim(lead)
        assert [task.pk for task in second] == [first.pk]
        assert second[0].token != first.token
        assert queue.claim(reviewer) == []

    def test_a_sign_of_life_prolongs_only_ones_own_living_claims(self, reviewer: User, lead: User) -> None:
        place_all(make_lot(0, 3))
        mine, dead = queue.claim(reviewer)
        _expire(dead)
        assert queue.keep(lead, [mine.token]) == 0
        assert queue.keep(reviewer, [mine.token, dead.token, uuid.uuid4()]) == 1

    def test_of_two_who_saw_the_same_free_task_one_gets_it(self, reviewer: User, lead: User) -> None:
        place_all(make_lot(0, 1))
        seen = queue._first(reviewer, queue._open())
        assert seen is not None
        assert seen == queue._first(lead, queue._open())
        assert queue._take(seen, lead)
        assert not queue._take(seen, reviewer)

    def test_what_is_given_back_is_free_at_once(self, reviewer: User, lead: User) -> None:
        place_all(make_lot(0, 2))
        tasks = queue.claim(reviewer)
        assert queue.release(lead, [task.token for task in tasks]) == 0
        assert queue.release(reviewer, [task.token for task in tasks]) == 2
        assert len(queue.claim(lead)) == 2

    def test_a_photo_that_has_left_review_is_not_claimed(self, reviewer: User) -> None:
        batch = place_all(make_lot(0, 1))
        batch.photos.update(stage=Stage.READY)
        assert queue.claim(reviewer) == []

    def test_claiming_takes_as_many_queries_however_much_waits(self, reviewer: User) -> None:
        counts = []
        for many in (3, 12):
            place_all(make_lot(0, many))
            with CaptureQueriesContext(connection) as queries:
                tasks = queue.claim(reviewer)
            counts.append(len(queries))
            queue.release(reviewer, [task.token for task in tasks])
        assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_twenty_reviewers_at_once_never_get_the_same_photo() -> None:
    """On PostgreSQL, through SKIP LOCKED: SQLite's database in memory has room for one connection only."""
    if connection.vendor == "sqlite":
        pytest.skip("needs several connections; the suite's run on PostgreSQL has it")
    factories.make_user("olga", Role.OPERATOR)
    place_all(make_lot(0, TASKS))
    people = [factories.make_user("", Role.REVIEWER) for _ in range(REVIEWERS)]
    barrier = Barrier(REVIEWERS)

    def work(person: User) -> list[int]:
        try:
            barrier.wait()
            return [task.pk for task in queue.claim(person, most=TASKS // REVIEWERS)]
        finally:
            connection.close()

    with ThreadPoolExecutor(REVIEWERS) as pool:
        claimed = [pk for pks in pool.map(work, people) for pk in pks]
    assert len(claimed) == len(set(claimed)) == TASKS
