"""Escalations: one owner at every moment, due times by severity, hand-over by acceptance, a timeline only added to."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog import stages
from catalog.flow import Stage
from catalog.models import Catalog, Photo
from catalog.people import Role
from review import defects, notices
from review.models import Decision, Escalation, EscalationEvent, Ownership, Severity

State = Escalation.State


@dataclass(frozen=True, slots=True)
class Times:
    """How long an owner has, by severity: to say that they have it, to contain it, to close it."""

    acknowledge: timedelta
    contain: timedelta
    close: timedelta

    def next(self, state: str) -> timedelta:
        """The time for what comes after ``state``."""
        return {State.OPEN: self.acknowledge, State.ACKNOWLEDGED: self.contain}.get(State(state), self.close)


TIMES = {
    Severity.CRITICAL: Times(timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)),
    Severity.MAJOR: Times(timedelta(hours=1), timedelta(hours=4), timedelta(days=3)),
    Severity.MINOR: Times(timedelta(days=1), timedelta(days=3), timedelta(days=7)),
}


class Refusal(Exception):
    """Something that this person may not do with this escalation now; the message is for a page."""


def owner_of(catalog: Catalog, route: str) -> User:
    """Who owns the problems of a catalog's route: the route's owner, else the catalog's."""
    named = Ownership.objects.filter(catalog=catalog, route__in=("", route)).order_by("-route").first()
    return named.owner if named else catalog.owner


def ladder(catalog: Catalog, route: str) -> list[User]:
    """Who gets it in turn when nobody answers: owner, stand-in, leads, all of that twice, then the managers."""
    named = Ownership.objects.filter(catalog=catalog, route__in=("", route)).order_by("-route")
    people = [
        person for row in named.select_related("owner", "stand_in") for person in (row.owner, row.stand_in) if person
    ]
    leads = User.objects.filter(groups__name=Role.LEAD.value, is_active=True).order_by("pk")
    managers = User.objects.filter(groups__name=Role.MANAGER.value, is_active=True).order_by("pk")
    first = list(dict.fromkeys([*people, catalog.owner, *leads]))
    return [*first, *first, *managers] if managers else [*first, *first]


def raise_for(decision: Decision) -> Escalation:
    """Open the escalation that a reviewer's decision asks for."""
    label = defects.get(decision.defect).label
    reason = f"{label}: {decision.note}" if decision.note else f"{label}, by {_name(decision.reviewer)} in review."
    return _open(
        photo=decision.photo, severity=decision.severity, reason=reason, by=decision.reviewer, decision=decision
    )


def raise_by_hand(photo: Photo, *, by: User, severity: str, reason: str) -> Escalation:
    """Escalate a photo of the manual lane. Raises Refused when it has gone on, ValueError without a reason."""
    if not reason.strip():
        raise ValueError("Say what the problem is: the owner reads it first.")
    with transaction.atomic():
        stages.move(photo, Stage.ESCALATED, by=by, note=reason)
        return _open(photo=photo, severity=severity, reason=reason, by=by)


def raise_for_route(catalog: Catalog, route: str, *, severity: str, reason: str, by: User | None = None) -> Escalation:
    """Open an escalation of a whole route; the one that is open already is returned instead."""
    known = Escalation.objects.filter(catalog=catalog, route=route, photo=None).exclude(state=State.CLOSED).first()
    if known:
        return known
    made = Escalation.objects.create(
        catalog=catalog,
        route=route,
        owner=owner_of(catalog, route),
        raised_by=by,
        severity=severity,
        reason=reason[:500],
        due_at=timezone.now() + TIMES[Severity(severity)].acknowledge,
    )
    _note(made, "raised", by, reason)
    notices.tell(made, made.owner, "is yours")
    return made


def _open(*, photo: Photo, severity: str, reason: str, by: User, decision: Decision | None = None) -> Escalation:
    made = Escalation.objects.create(
        catalog=photo.catalog,
        photo=photo,
        batch_id=photo.batch_id,
        route=photo.route,
        decision=decision,
        owner=owner_of(photo.catalog, photo.route),
        raised_by=by,
        severity=severity,
        reason=reason[:500],
        due_at=timezone.now() + TIMES[Severity(severity)].acknowledge,
    )
    _note(made, "raised", by, reason)
    notices.tell(made, made.owner, "is yours")
    return made


def acknowledge(escalation: Escalation, *, by: User) -> None:
    """The owner has seen it and works on it."""
    _owned(escalation, by)
    _advance(escalation, State.OPEN, State.ACKNOWLEDGED)
    _note(escalation, "acknowledged", by)


def contain(escalation: Escalation, *, by: User, text: str) -> None:
    """The owner has stopped it from spreading, and says how."""
    _owned(escalation, by)
    _said(text, "Say what keeps the problem from spreading.")
    if escalation.state == State.OPEN:
        acknowledge(escalation, by=by)
    _advance(escalation, State.ACKNOWLEDGED, State.CONTAINED, containment=text[:1000], contained_at=timezone.now())
    _note(escalation, "contained", by, text)


def explain(escalation: Escalation, *, by: User, root_cause: str, escape_point: str) -> None:
    """The owner says why it happened, and why neither checks nor review caught it."""
    _owned(escalation, by)
    _said(root_cause, "Say what caused it.")
    _said(escape_point, "Say why neither the checks nor a reviewer caught it.")
    _write(escalation, root_cause=root_cause[:1000], escape_point=escape_point[:1000])
    _note(escalation, "explained", by, f"{root_cause} Escaped because: {escape_point}")


def offer(escalation: Escalation, *, by: User, to: User, note: str = "") -> None:
    """Ask ``to`` to take it over; until they accept, the owner stays the owner."""
    _owned(escalation, by)
    if to == by:
        raise Refusal("It is yours already; hand it to somebody else.")
    _write(escalation, offered_to=to)
    _note(escalation, "offered", by, f"To {_name(to)}. {note}".strip())
    notices.tell(escalation, to, "is offered to you")


def accept(escalation: Escalation, *, by: User) -> None:
    """Take over what was offered."""
    if escalation.offered_to_id != by.pk:
        raise Refusal("This escalation was not offered to you.")
    _write(escalation, owner=by, offered_to=None)
    _note(escalation, "taken over", by)


def decline(escalation: Escalation, *, by: User, note: str = "") -> None:
    """Leave what was offered with its owner."""
    if escalation.offered_to_id != by.pk:
        raise Refusal("This escalation was not offered to you.")
    _write(escalation, offered_to=None)
    _note(escalation, "declined", by, note)


def withdraw(decision: Decision) -> None:
    """Close what a decision raised that was taken back."""
    for escalation in Escalation.objects.filter(decision=decision).exclude(state=State.CLOSED):
        _write(escalation, state=State.CLOSED, closed_at=timezone.now(), resolution="withdrawn", offered_to=None)
        _note(escalation, "withdrawn", decision.reviewer, "The decision that raised it was taken back.")


def mark_closed(escalation: Escalation, *, by: User, resolution: str, note: str) -> None:
    """Close it with its resolution; the photo is moved by review.resolutions, in the same transaction."""
    _write(escalation, state=State.CLOSED, closed_at=timezone.now(), resolution=resolution, offered_to=None)
    _note(escalation, "closed", by, note)


def reassign_overdue() -> int:
    """For the sweep: what nobody acknowledged in time goes to the next person of the ladder; returns how many.

    The step is compared when it is written, so each fires once, whoever sweeps and how often.
    """
    now = timezone.now()
    late = Escalation.objects.filter(state=State.OPEN, due_at__lte=now).select_related("catalog__owner", "owner")
    return sum(_reassign(escalation) for escalation in late)


def _reassign(escalation: Escalation) -> bool:
    people = ladder(escalation.catalog, escalation.route)
    others = [person for person in people[escalation.step + 1 :] if person != escalation.owner]
    following = others[0] if others else people[-1]
    due = timezone.now() + TIMES[Severity(escalation.severity)].acknowledge
    with transaction.atomic():
        mine = Escalation.objects.filter(pk=escalation.pk, step=escalation.step, state=State.OPEN)
        if not mine.update(owner=following, step=escalation.step + 1, due_at=due, offered_to=None):
            return False
        said = f"Nobody acknowledged it in time, so it went from {_name(escalation.owner)} to {_name(following)}."
        _note(escalation, "re-assigned", None, said)
        notices.tell(escalation, following, "went to you, since nobody acknowledged it")
    return True


def _owned(escalation: Escalation, by: User) -> None:
    if escalation.state == State.CLOSED:
        raise Refusal(f"{escalation} is closed.")
    if escalation.owner_id != by.pk:
        raise Refusal(f"{escalation} belongs to {_name(escalation.owner)}; only its owner can do that.")


def owned(escalation: Escalation, by: User) -> None:
    """Raise Refusal unless ``by`` owns it and it is not closed."""
    _owned(escalation, by)


def _advance(escalation: Escalation, was: Escalation.State, to: Escalation.State, **values: Any) -> None:
    due = timezone.now() + TIMES[Severity(escalation.severity)].next(to)
    if not Escalation.objects.filter(pk=escalation.pk, state=was).update(state=to, due_at=due, **values):
        raise Refusal(f"{escalation} is “{escalation.get_state_display().lower()}”, not “{was.label.lower()}”; reload.")
    escalation.refresh_from_db()


def _write(escalation: Escalation, **values: Any) -> None:
    """Write while it is open; raises Refusal when somebody closed it or took it over meanwhile."""
    unchanged = Escalation.objects.filter(pk=escalation.pk, owner_id=escalation.owner_id).exclude(state=State.CLOSED)
    if not unchanged.update(**values):
        raise Refusal(f"{escalation} was changed meanwhile; reload to see how it stands.")
    escalation.refresh_from_db()


def _said(text: str, wanted: str) -> None:
    if not text.strip():
        raise Refusal(wanted)


def _note(escalation: Escalation, what: str, by: User | None, note: str = "") -> None:
    EscalationEvent.objects.create(escalation=escalation, what=what, by=by, note=note[:1000])


def _name(user: User) -> str:
    return user.get_full_name() or user.username
