"""Second opinions are asked where they can be settled; the last word counts."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.flow import Stage
from catalog.models import Photo
from catalog.people import Role, ensure_demo_people
from review import decisions, opinions, queue
from review.models import Decision, Kind, Policy, Task
from tests import factories
from tests.review.floor import make_lot, place_all, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(reviewer: User, lead: User) -> list[User]:
    return [reviewer, lead, factories.make_user("rita", Role.REVIEWER)]


def _severe(person: User) -> Task:
    place_all(make_lot(10, 1))
    task = queue.claim(person, most=1)[0]
    say(person, "reject", task, defect="part")
    return task


def _stage(task: Task) -> str:
    return Photo.objects.get(pk=task.photo_id).stage


def test_a_severe_rejection_waits_for_somebody_else(people: list[User]) -> None:
    task = _severe(people[0])
    assert _stage(task) == Stage.IN_REVIEW
    assert Task.objects.get(photo=task.photo_id, state="open").kind == Kind.SECOND
    assert task.photo_id not in [other.photo_id for other in queue.claim(people[0], most=20)]


def test_the_photos_page_says_what_it_waits_for_and_keeps_an_opinion_blind(
    people: list[User], manager: User, as_user: Callable[[User], Client]
) -> None:
    task = _severe(people[0])
    address = reverse("review:photo-history", args=[task.photo_id])
    told = {user: as_user(user).get(address).content.decode() for user in (people[0], people[1], manager)}
    assert all("waits for a second opinion" in page for page in told.values())
    assert ["<b>Reject</b>" in page for page in told.values()] == [True, False, True]
    assert "What was said of it is shown then" in told[people[1]]
    say(people[1], "approve")
    page = as_user(people[2]).get(address).content.decode()
    assert "waits for a third" in page and "<b>Reject</b>" not in page
    say(people[2], "reject", defect="edge")
    page = as_user(people[2]).get(address).content.decode()
    assert "waits for" not in page and page.count("<b>Reject</b>") == 2


def test_two_who_agree_are_enough(people: list[User]) -> None:
    task = _severe(people[0])
    say(people[1], "reject", defect="edge")
    assert _stage(task) == Stage.FAILED


@pytest.mark.parametrize(("verdict", "stage"), [("approve", Stage.APPROVED), ("reject", Stage.FAILED)])
def test_a_third_settles_a_disagreement(people: list[User], verdict: str, stage: str) -> None:
    task = _severe(people[0])
    say(people[1], "approve")
    assert Task.objects.get(photo=task.photo_id, state="open").kind == Kind.THIRD
    say(people[2], verdict, defect="edge" if verdict == "reject" else "")
    assert _stage(task) == stage
    assert Decision.objects.filter(photo=task.photo_id).count() == 3


def test_nobody_is_asked_who_could_not_settle_it(reviewer: User, lead: User) -> None:
    assert _stage(_severe(reviewer)) == Stage.FAILED


def test_a_share_of_the_random_draws_is_seen_twice(people: list[User]) -> None:
    batch = make_lot(20)
    Policy.objects.create(catalog=batch.catalog, second_share=1.0)
    place_all(batch)
    assert [task.kind for task in queue.claim(people[0], most=9)] == [Kind.RANDOM] * 5
    for task in queue.held(people[0]):
        say(people[0], task=task)
    assert Task.objects.filter(kind=Kind.SECOND, state="open").count() == 5
    batch.refresh_from_db()
    assert batch.state == "in_review"


def test_the_lot_is_fixed_and_even() -> None:
    batch = make_lot(60)
    tasks = [Task(batch=batch, photo_id=pk) for pk in batch.photos.values_list("pk", flat=True)]
    lots = [opinions.lot(task) for task in tasks]
    assert lots == [opinions.lot(task) for task in tasks]
    assert 0.3 < sum(lots) / len(lots) < 0.7


def test_undo_takes_the_question_back_until_somebody_has_it(people: list[User]) -> None:
    task = _severe(people[0])
    assert decisions.undo(people[0]).pk == task.pk
    assert not Task.objects.filter(kind=Kind.SECOND, state="open").exists()
    say(people[0], "reject", queue.held(people[0])[0], defect="part")
    queue.claim(people[1], most=1)
    with pytest.raises(queue.Late, match="Somebody else has"):
        decisions.undo(people[0])


def test_the_people_of_a_fresh_instance_can_give_and_settle_second_opinions() -> None:
    fresh = {user.username: user for user in ensure_demo_people()}
    task = _severe(fresh["reviewer"])
    say(fresh["reviewer-2"], "approve")
    say(fresh["reviewer-3"], "reject", defect="part")
    kinds = Task.objects.filter(photo=task.photo_id).order_by("pk").values_list("kind", flat=True)
    assert [*kinds][1:] == [Kind.SECOND, Kind.THIRD]
    assert _stage(task) == Stage.FAILED
