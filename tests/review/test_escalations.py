"""An escalation has one owner at every moment, due times, and a timeline; each ending moves its photo."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from catalog.people import Role
from processing import recipes
from review import escalations, resolutions
from review.models import Escalation, Ownership, Severity
from tests import factories
from tests.conftest import Jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def escalation(lead: User, reviewer: User) -> Escalation:
    photo = factories.make_photo(stage=Stage.FAILED)
    factories.make_output(photo)
    return escalations.raise_by_hand(photo, by=reviewer, severity="major", reason="The wrong shoe.")


def _whats(escalation: Escalation) -> list[str]:
    return list(escalation.events.values_list("what", flat=True))


def _overdue(escalation: Escalation) -> None:
    Escalation.objects.filter(pk=escalation.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def test_it_belongs_to_the_catalogs_owner_and_is_due_by_severity(escalation: Escalation, lead: User) -> None:
    assert escalation.owner == lead
    wait = escalation.due_at - timezone.now()
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)
    assert escalation.photo is not None
    assert escalation.photo.stage == Stage.ESCALATED


def test_a_routes_owner_comes_before_the_catalogs(lead: User, manager: User) -> None:
    catalog = factories.make_catalog()
    Ownership.objects.create(catalog=catalog, route="apparel", owner=manager)
    assert escalations.owner_of(catalog, "apparel") == manager
    assert escalations.owner_of(catalog, "general") == catalog.owner
    wide = factories.make_user()
    Ownership.objects.create(catalog=catalog, owner=wide)
    assert escalations.owner_of(catalog, "general") == wide
    assert escalations.owner_of(catalog, "apparel") == manager


def test_only_the_owner_acts(escalation: Escalation, manager: User) -> None:
    with pytest.raises(escalations.Refusal, match="belongs to"):
        escalations.acknowledge(escalation, by=manager)
    with pytest.raises(escalations.Refusal):
        resolutions.close(escalation, by=manager, resolution="manual", note="done")
    assert _whats(escalation) == ["raised"]


def test_acknowledging_and_containing_move_the_due_time(escalation: Escalation, lead: User) -> None:
    escalations.acknowledge(escalation, by=lead)
    assert escalation.due_at - timezone.now() > timedelta(hours=3, minutes=59)
    with pytest.raises(escalations.Refusal):
        escalations.acknowledge(escalation, by=lead)
    escalations.contain(escalation, by=lead, text="Held the exports.")
    assert (escalation.state, escalation.containment) == ("contained", "Held the exports.")
    assert _whats(escalation) == ["raised", "acknowledged", "contained"]


def test_hand_over_needs_acceptance(escalation: Escalation, lead: User, manager: User) -> None:
    escalations.offer(escalation, by=lead, to=manager)
    assert escalation.owner == lead
    with pytest.raises(escalations.Refusal):
        escalations.accept(escalation, by=lead)
    escalations.accept(escalation, by=manager)
    assert (escalation.owner, escalation.offered_to) == (manager, None)
    escalations.offer(escalation, by=manager, to=lead)
    escalations.decline(escalation, by=lead)
    assert escalation.owner == manager


def test_what_nobody_acknowledges_goes_up_the_ladder_once_each(
    escalation: Escalation, lead: User, manager: User
) -> None:
    stand_in = factories.make_user("stan", Role.LEAD)
    Ownership.objects.create(catalog=escalation.catalog, owner=lead, stand_in=stand_in)
    assert escalations.reassign_overdue() == 0
    owners = []
    for _ in range(4):
        _overdue(escalation)
        assert escalations.reassign_overdue() == 1
        assert escalations.reassign_overdue() == 0
        escalation.refresh_from_db()
        owners.append(escalation.owner)
    assert owners == [stand_in, lead, stand_in, manager]
    assert _whats(escalation).count("re-assigned") == 4


def test_two_sweeps_at_once_fire_once(escalation: Escalation, manager: User) -> None:
    _overdue(escalation)
    seen = Escalation.objects.get(pk=escalation.pk)
    assert escalations._reassign(seen)
    assert not escalations._reassign(seen)


def test_an_acknowledged_one_stays_with_its_owner(escalation: Escalation, lead: User, manager: User) -> None:
    escalations.acknowledge(escalation, by=lead)
    _overdue(escalation)
    assert escalations.reassign_overdue() == 0


@pytest.mark.parametrize(
    ("code", "stage"),
    [("reprocess", "ready"), ("review", "in_review"), ("manual", "failed"), ("approve", "approved")],
)
def test_each_resolution_moves_the_photo_and_closes(escalation: Escalation, lead: User, code: str, stage: str) -> None:
    chosen = recipes.active_of("apparel")
    resolutions.close(escalation, by=lead, resolution=code, note="It was the light.", recipe_version=chosen)
    photo = Photo.objects.get(pk=escalation.photo_id)
    assert photo.stage == stage
    assert recipes.asked_for(photo) == (chosen if code == "reprocess" else None)
    assert photo.route == ("apparel" if code == "reprocess" else "general")
    assert (escalation.state, escalation.resolution) == ("closed", code)
    with pytest.raises(escalations.Refusal, match="closed"):
        escalations.acknowledge(escalation, by=lead)


def test_nobody_approves_their_own_upload(reviewer: User) -> None:
    owner = factories.make_user("otto", Role.LEAD, Role.OPERATOR)
    upload = factories.make_upload(factories.make_catalog(owner=owner), by=owner)
    photo = factories.make_photo(upload, stage=Stage.FAILED)
    factories.make_output(photo)
    escalation = escalations.raise_by_hand(photo, by=reviewer, severity="minor", reason="?")
    with pytest.raises(stages.Refused, match="somebody else"):
        resolutions.close(escalation, by=owner, resolution="approve", note="Fine.")
    escalation.refresh_from_db()
    assert escalation.state == "open"


def test_closing_wants_a_sentence_and_a_way(escalation: Escalation, lead: User) -> None:
    for resolution, note in (("manual", " "), ("", "done"), ("burn", "done")):
        with pytest.raises(escalations.Refusal):
            resolutions.close(escalation, by=lead, resolution=resolution, note=note)


def test_a_route_has_one_open_escalation(lead: User) -> None:
    catalog = factories.make_catalog()
    first = escalations.raise_for_route(catalog, "general", severity="major", reason="Two of five batches.")
    assert escalations.raise_for_route(catalog, "general", severity="major", reason="Again.") == first


def test_every_severity_has_times() -> None:
    for severity in Severity:
        times = escalations.TIMES[severity]
        assert times.acknowledge < times.contain < times.close


def _route_problem(lead: User) -> Escalation:
    return escalations.raise_for_route(factories.make_catalog(), "general", severity="major", reason="Two of five.")


def test_a_routes_problem_goes_through_every_state_in_whatever_order_things_are_said(lead: User) -> None:
    made = _route_problem(lead)
    escalations.act(made, by=lead, text="A new lamp.")
    assert made.state == "open"
    escalations.contain(made, by=lead, text="Held the exports.")
    assert made.state == "contained"
    escalations.explain(made, by=lead, root_cause="The lamp.", escape_point="No check on tint.")
    assert made.state == "action"
    escalations.verify(made, "Five were accepted.")
    assert made.state == "verified"
    assert _whats(made) == ["raised", "acted on", "acknowledged", "contained", "explained", "verified"]


def test_every_state_has_its_way_on() -> None:
    assert set(escalations.NEXT) == set(Escalation.State)
    assert set().union(*escalations.NEXT.values()) | {"open", "closed"} == set(Escalation.State)


def test_a_state_is_never_skipped(lead: User) -> None:
    made = _route_problem(lead)
    with pytest.raises(escalations.Refusal, match="can't become"):
        escalations.verify(made, "?")
    with pytest.raises(escalations.Refusal, match="can't become"):
        escalations.reopen(made, by=lead, note="Again.")


def test_a_route_is_reopened_with_its_owner_and_a_fresh_clock(lead: User, manager: User) -> None:
    made = _route_problem(lead)
    escalations.contain(made, by=lead, text="Held.")
    escalations.mark_closed(made, by=lead, resolution="solved", note="Done.")
    escalations.reopen(made, by=manager, note="Again, with the other lamp.")
    assert (made.state, made.owner, made.containment, made.closed_at) == ("reopened", lead, "", None)
    _overdue(made)
    assert escalations.reassign_overdue() == 1
    made.refresh_from_db()
    assert made.owner != lead


def test_a_photos_escalation_is_raised_anew_instead(escalation: Escalation, lead: User) -> None:
    resolutions.close(escalation, by=lead, resolution="manual", note="Done.")
    with pytest.raises(escalations.Refusal, match="raise a new one"):
        escalations.reopen(escalation, by=lead, note="Again.")


def test_what_is_late_with_its_owner_is_told_once_to_owner_and_next_in_line(
    escalation: Escalation, lead: User, manager: User, jobs: Jobs, settings: Any
) -> None:
    settings.NOTICE_WEBHOOK = "http://localhost:9/"
    escalations.acknowledge(escalation, by=lead)
    assert escalations.tell_overdue() == 0
    _overdue(escalation)
    jobs.clear()
    assert [escalations.tell_overdue() for _ in range(3)] == [1, 0, 0]
    assert [arguments[1] for _, _, arguments in jobs] == [lead.pk, manager.pk]
    escalation.refresh_from_db()
    assert (escalation.owner, escalation.state) == (lead, "acknowledged")
    assert _whats(escalation)[-1] == "overdue"
    escalation.events.filter(what="overdue").update(at=timezone.now() - timedelta(hours=4))
    escalations.contain(escalation, by=lead, text="Held.")
    _overdue(escalation)
    assert escalations.tell_overdue() == 1


def test_who_has_left_owns_nothing_new(lead: User, manager: User) -> None:
    catalog = factories.make_catalog()
    gone = factories.make_user("gone", Role.LEAD)
    Ownership.objects.create(catalog=catalog, owner=gone, stand_in=manager)
    assert escalations.owner_of(catalog, "general") == gone
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert escalations.owner_of(catalog, "general") == manager
    assert gone not in escalations.ladder(catalog, "general")


def test_the_app_itself_tells_owner_and_whom_it_is_offered_to(
    escalation: Escalation, lead: User, manager: User, reviewer: User, as_user: Any
) -> None:
    def noticed(user: User) -> bool:
        page = as_user(user).get("/").content.decode()
        return 'Escalations<span class="count">1<span' in page

    assert [noticed(user) for user in (lead, manager, reviewer)] == [True, False, False]
    escalations.offer(escalation, by=lead, to=manager)
    assert noticed(manager)
    escalations.accept(escalation, by=manager)
    assert [noticed(user) for user in (lead, manager)] == [False, True]
