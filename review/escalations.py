"""Escalations: one owner at every moment, due times by severity, hand-over by acceptance, a timeline only added to."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from catalog import stages
from catalog.flow import Stage
from catalog.models import Catalog, Photo
from catalog.people import Role, name_of
from review import defects, notices
from review.models import Decision, Escalation, EscalationEvent, Ownership, Severity

State = Escalation.State
# Where nobody has said yet that they have it.
UNANSWERED = (State.OPEN, State.REOPENED)
# From each state, where it may go by its owner's or the machine's hand; closing is review.resolutions' business.
NEXT: dict[State, frozenset[State]] = {
    State.OPEN: frozenset({State.ACKNOWLEDGED}),
    State.REOPENED: frozenset({State.ACKNOWLEDGED}),
    State.ACKNOWLEDGED: frozenset({State.CONTAINED}),
    State.CONTAINED: frozenset({State.ROOT_CAUSE}),
    State.ROOT_CAUSE: frozenset({State.ACTION}),
    State.ACTION: frozenset({State.VERIFIED}),
    State.VERIFIED: frozenset(),
    State.CLOSED: frozenset({State.REOPENED}),
}


@dataclass(frozen=True, slots=True)
class Times:
    """How long an owner has, by severity: to say that they have it, to contain it, to close it."""

    acknowledge: timedelta
    contain: timedelta
    close: timedelta

    def next(self, state: str) -> timedelta:
        """The time for what comes after ``state``."""
        if State(state) in UNANSWERED:
            return self.acknowledge
        return self.contain if state == State.ACKNOWLEDGED else self.close


TIMES = {
    Severity.CRITICAL: Times(timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)),
    Severity.MAJOR: Times(timedelta(hours=1), timedelta(hours=4), timedelta(days=3)),
    Severity.MINOR: Times(timedelta(days=1), timedelta(days=3), timedelta(days=7)),
}


class Refusal(Exception):
    """Something that this person may not do with this escalation now; the message is for a page."""


def owner_of(catalog: Catalog, route: str) -> User:
    """Who owns a new problem of a catalog's route: the first of its ladder who is still here."""
    return next((person for person in ladder(catalog, route) if person.is_active), catalog.owner)


def waiting_for(user_pk: int | None) -> int:
    """How many open escalations are this person's, or offered to them."""
    mine = Escalation.objects.filter(Q(owner=user_pk) | Q(offered_to=user_pk))
    return mine.exclude(state=State.CLOSED).count()


def ladder(catalog: Catalog, route: str) -> list[User]:
    """Who gets it in turn when nobody answers: owner, stand-in, leads, all of that twice, then the managers."""
    named = Ownership.objects.filter(catalog=catalog, route__in=("", route)).order_by("-route")
    people = [
        person for row in named.select_related("owner", "stand_in") for person in (row.owner, row.stand_in) if person
    ]
    leads = User.objects.filter(groups__name=Role.LEAD.value, is_active=True).order_by("pk")
    managers = User.objects.filter(groups__name=Role.MANAGER.value, is_active=True).order_by("pk")
    first = [person for person in dict.fromkeys([*people, catalog.owner, *leads]) if person.is_active]
    return [*first, *first, *managers] if managers else [*first, *first]


def raise_for(decision: Decision) -> Escalation:
    """Open the escalation that a reviewer's decision asks for."""
    label = defects.get(decision.defect).label
    reason = f"{label}: {decision.note}" if decision.note else f"{label}, by {name_of(decision.reviewer)} in review."
    return _open_for_photo(
        decision.photo, severity=decision.severity, reason=reason, by=decision.reviewer, decision=decision
    )


def raise_by_hand(photo: Photo, *, by: User, severity: str, reason: str) -> Escalation:
    """Escalate a photo of the manual lane. Raises Refused when it has gone on, ValueError without a reason."""
    if not reason.strip():
        raise ValueError("Say what the problem is: the owner reads it first.")
    with transaction.atomic():
        stages.move(photo, Stage.ESCALATED, by=by, note=reason)
        return _open_for_photo(photo, severity=severity, reason=reason, by=by)


def raise_for_route(catalog: Catalog, route: str, *, severity: str, reason: str, by: User | None = None) -> Escalation:
    """Open an escalation of a whole route; the one that is open already is returned instead."""
    known = Escalation.objects.filter(catalog=catalog, route=route, photo=None).exclude(state=State.CLOSED).first()
    if known:
        return known
    return _open(catalog, route, severity=severity, reason=reason, by=by)


def _open_for_photo(photo: Photo, *, by: User, decision: Decision | None = None, **said: str) -> Escalation:
    return _open(photo.catalog, photo.route, by=by, photo=photo, batch_id=photo.batch_id, decision=decision, **said)


def _open(catalog: Catalog, route: str, *, severity: str, reason: str, by: User | None, **about: Any) -> Escalation:
    made = Escalation.objects.create(
        catalog=catalog,
        route=route,
        owner=owner_of(catalog, route),
        raised_by=by,
        severity=severity,
        reason=reason[:500],
        due_at=timezone.now() + TIMES[Severity(severity)].acknowledge,
        **about,
    )
    _note(made, "raised", by, reason)
    notices.tell(made, made.owner, "is yours")
    return made


def acknowledge(escalation: Escalation, *, by: User) -> None:
    """The owner has seen it and works on it."""
    _owned(escalation, by)
    if escalation.state not in UNANSWERED:
        raise Refusal(f"{escalation} was acknowledged already; reload to see how it stands.")
    _advance(escalation, State.ACKNOWLEDGED)
    _note(escalation, "acknowledged", by)


def contain(escalation: Escalation, *, by: User, text: str) -> None:
    """The owner has stopped it from spreading, and says how."""
    _owned(escalation, by)
    _said(text, "Say what keeps the problem from spreading.")
    if escalation.state in UNANSWERED:
        acknowledge(escalation, by=by)
    _advance(escalation, State.CONTAINED, containment=text[:1000], contained_at=timezone.now())
    _note(escalation, "contained", by, text)
    _catch_up(escalation)


def explain(escalation: Escalation, *, by: User, root_cause: str, escape_point: str) -> None:
    """The owner says why it happened, and why neither checks nor review caught it."""
    _owned(escalation, by)
    _said(root_cause, "Say what caused it.")
    _said(escape_point, "Say why neither the checks nor a reviewer caught it.")
    _write(escalation, root_cause=root_cause[:1000], escape_point=escape_point[:1000])
    _note(escalation, "explained", by, f"{root_cause} Escaped because: {escape_point}")
    _catch_up(escalation)


def act(escalation: Escalation, *, by: User, text: str) -> None:
    """The owner says what was changed so that it does not come again."""
    _owned(escalation, by)
    _said(text, "Say what was changed: a check, a recipe, a lamp, a rule.")
    _write(escalation, action=text[:1000])
    _note(escalation, "acted on", by, text)
    _catch_up(escalation)


def _catch_up(escalation: Escalation) -> None:
    """Go on to the state that what was said so far allows; things may be said in any order."""
    if escalation.state == State.CONTAINED and escalation.root_cause:
        _advance(escalation, State.ROOT_CAUSE)
    if escalation.state == State.ROOT_CAUSE and escalation.action:
        _advance(escalation, State.ACTION)


def verify(escalation: Escalation, note: str) -> None:
    """The machine has seen that what was done works; the owner may close it now."""
    _advance(escalation, State.VERIFIED)
    _note(escalation, "verified", None, note)
    notices.tell(escalation, escalation.owner, "is verified and can be closed")


def reopen(escalation: Escalation, *, by: User, note: str) -> None:
    """It came again: the clock and the states start over with the same owner; the timeline keeps what was said."""
    _said(note, "Say what came again.")
    if escalation.photo_id:
        raise Refusal("A photo's escalation ended with the photo moving on; raise a new one from the manual lane.")
    owner = escalation.owner if escalation.owner.is_active else owner_of(escalation.catalog, escalation.route)
    fresh = {"closed_at": None, "contained_at": None, "resolution": "", "step": 0, "owner": owner}
    said = {"containment": "", "root_cause": "", "escape_point": "", "action": ""}
    _advance(escalation, State.REOPENED, **fresh, **said)
    _note(escalation, "reopened", by, note)
    notices.tell(escalation, escalation.owner, "was reopened and is yours")


def offer(escalation: Escalation, *, by: User, to: User, note: str = "") -> None:
    """Ask ``to`` to take it over; until they accept, the owner stays the owner."""
    _owned(escalation, by)
    if to == by:
        raise Refusal("It is yours already; hand it to somebody else.")
    _write(escalation, offered_to=to)
    _note(escalation, "offered", by, f"To {name_of(to)}. {note}".strip())
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
    late = Escalation.objects.filter(state__in=UNANSWERED, due_at__lte=now).select_related("catalog__owner", "owner")
    return sum(_reassign(escalation) for escalation in late)


def tell_overdue() -> int:
    """For the sweep: what is not contained or closed in time is told once to its owner and to the next in line.

    It stays with its owner, who is at work on it. Returns how many.
    """
    told = EscalationEvent.objects.filter(escalation=OuterRef("pk"), what="overdue", at__gte=OuterRef("due_at"))
    late = Escalation.objects.filter(~Exists(told), due_at__lte=timezone.now())
    working = late.exclude(state__in=(*UNANSWERED, State.CLOSED)).values_list("pk", flat=True)
    return sum(_tell_late(pk, told) for pk in list(working))


def _tell_late(pk: int, told: "QuerySet[EscalationEvent]") -> bool:
    with transaction.atomic():
        # Whoever else sweeps waits here, and then finds the event.
        Escalation.objects.select_for_update().get(pk=pk)
        row = Escalation.objects.filter(~Exists(told), pk=pk).select_related("catalog__owner", "owner").first()
        if row is None:
            return False
        wanted = "contained" if row.state == State.ACKNOWLEDGED else "closed"
        people = [person for person in ladder(row.catalog, row.route)[row.step + 1 :] if person != row.owner]
        also = f" {name_of(people[0])} was told." if people else ""
        _note(row, "overdue", None, f"It was to be {wanted} by now; it stays with {name_of(row.owner)}.{also}")
        for person in (row.owner, *people[:1]):
            notices.tell(row, person, f"is overdue: it was to be {wanted} by now")
    return True


def _reassign(escalation: Escalation) -> bool:
    people = ladder(escalation.catalog, escalation.route)
    others = [person for person in people[escalation.step + 1 :] if person != escalation.owner]
    following = others[0] if others else people[-1]
    due = timezone.now() + TIMES[Severity(escalation.severity)].acknowledge
    with transaction.atomic():
        mine = Escalation.objects.filter(pk=escalation.pk, step=escalation.step, state__in=UNANSWERED)
        if not mine.update(owner=following, step=escalation.step + 1, due_at=due, offered_to=None):
            return False
        said = f"Nobody acknowledged it in time, so it went from {name_of(escalation.owner)} to {name_of(following)}."
        _note(escalation, "re-assigned", None, said)
        notices.tell(escalation, following, "went to you, since nobody acknowledged it")
    return True


def _owned(escalation: Escalation, by: User) -> None:
    if escalation.state == State.CLOSED:
        raise Refusal(f"{escalation} is closed.")
    if escalation.owner_id != by.pk:
        raise Refusal(f"{escalation} belongs to {name_of(escalation.owner)}; only its owner can do that.")


def owned(escalation: Escalation, by: User) -> None:
    """Raise Refusal unless ``by`` owns it and it is not closed."""
    _owned(escalation, by)


def _advance(escalation: Escalation, to: Escalation.State, **values: Any) -> None:
    """Go on to ``to`` by compare-and-set; a new time runs where somebody has to answer, contain or close."""
    was = State(escalation.state)
    if to in (State.ACKNOWLEDGED, State.CONTAINED, State.REOPENED):
        values["due_at"] = timezone.now() + TIMES[Severity(escalation.severity)].next(to)
    allowed = to in NEXT[was]
    if not allowed or not Escalation.objects.filter(pk=escalation.pk, state=was).update(state=to, **values):
        raise Refusal(f"{escalation} is “{was.label.lower()}” and can't become “{to.label.lower()}” now; reload.")
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
