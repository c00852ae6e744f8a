"""Escalations: the board (mine, overdue, by severity), one escalation with its timeline, and what its owner may do."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Photo
from catalog.people import Role, allowed, name_of, roles_of
from catalog.stages import Refused
from processing import recipes
from processing.models import Output
from review import damages, defects, escalations, goldens, resolutions
from review.forms import EscalateForm, HandOverForm, ResolutionForm
from review.models import Escalation, Severity
from review.views import procedure

PAGE = 50
OWNERS = frozenset({Role.LEAD, Role.MANAGER})
SHOWN = ("mine", "overdue", "open", "closed")
State = Escalation.State
# The worst first, then what is due first.
GRAVITY = Case(
    *[When(severity=code, then=Value(place)) for place, code in enumerate(reversed(Severity.values))],
    output_field=IntegerField(),
)


@allowed(*Role)
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """What is mine, what is overdue, and everything open, the worst first."""
    user, now = cast(User, request.user), timezone.now()
    shown = request.GET.get("show", "")
    counts = {name: _rows(name, user).count() for name in SHOWN}
    if shown not in SHOWN:
        shown = "mine" if counts["mine"] else "open"
    rows = _rows(shown, user).select_related("photo", "batch", "catalog", "owner", "offered_to")
    ordered = rows.order_by("-closed_at") if shown == "closed" else rows.order_by(GRAVITY, "due_at")
    page = Paginator(ordered, PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "shown": shown, "counts": counts, "now": now}
    return render(request, "review/escalations.html", context)


def _rows(name: str, user: User) -> "QuerySet[Escalation]":
    if name == "closed":
        return Escalation.objects.filter(state=State.CLOSED)
    rows = Escalation.objects.exclude(state=State.CLOSED)
    if name == "mine":
        return rows.filter(Q(owner=user) | Q(offered_to=user))
    return rows.filter(due_at__lt=timezone.now()) if name == "overdue" else rows


@allowed(*Role)
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One escalation: the photo, the timeline, and what its owner may do now."""
    return _page(request, _get(pk))


def _get(pk: int) -> Escalation:
    related = ("photo__product", "batch", "catalog", "owner", "offered_to", "raised_by", "decision__reviewer")
    return get_object_or_404(Escalation.objects.select_related(*related), pk=pk)


def _page(request: HttpRequest, escalation: Escalation, *, status: int = 200, **forms: Any) -> HttpResponse:
    user = cast(User, request.user)
    context = {
        "escalation": escalation,
        "output": Output.objects.filter(photo=escalation.photo_id).first() if escalation.photo_id else None,
        "events": escalation.events.select_related("by"),
        "procedure": procedure.text_in_force(),
        "unanswered": escalation.state in escalations.UNANSWERED,
        "contained": bool(escalation.containment),
        "guards": [defects.get(code) for code in damages.BY_DEFECT] if Role.LEAD in roles_of(user) else [],
        "may_reopen": escalation.state == State.CLOSED and not escalation.photo_id and bool(roles_of(user) & OWNERS),
        "mine": escalation.owner_id == user.pk and escalation.state != State.CLOSED,
        "offered": escalation.offered_to_id == user.pk,
        "overdue": escalation.state != State.CLOSED and escalation.due_at < timezone.now(),
        "resolution_form": forms.get("resolution_form") or ResolutionForm(choices=recipes.choices()),
        "hand_over_form": forms.get("hand_over_form") or HandOverForm(owner=escalation.owner),
        "conditions": [] if escalation.photo_id else resolutions.conditions(escalation),
    }
    return render(request, "review/escalation.html", context, status=status)


def _do(request: HttpRequest, pk: int, act: Callable[[Escalation, User], None], said: str) -> HttpResponse:
    escalation = _get(pk)
    try:
        act(escalation, cast(User, request.user))
        messages.success(request, said)
    except (escalations.Refusal, Refused) as reason:
        messages.error(request, str(reason))
    return redirect("review:escalation", pk=pk)


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """The owner says that they have it."""
    return _do(request, pk, lambda one, user: escalations.acknowledge(one, by=user), "It is yours; the clock goes on.")


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def contain(request: HttpRequest, pk: int) -> HttpResponse:
    """The owner says how it is kept from spreading."""
    text = request.POST.get("text", "")
    return _do(request, pk, lambda one, user: escalations.contain(one, by=user, text=text), "Contained.")


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """The owner says why it happened and why nobody caught it."""
    cause, escape = request.POST.get("root_cause", ""), request.POST.get("escape_point", "")
    return _do(
        request,
        pk,
        lambda one, user: escalations.explain(one, by=user, root_cause=cause, escape_point=escape),
        "Root cause and escape point are written down.",
    )


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """The owner says what was changed so that it does not come again."""
    text = request.POST.get("text", "")
    return _do(request, pk, lambda one, user: escalations.act(one, by=user, text=text), "Written down.")


@allowed(Role.LEAD)
@require_POST
def guard(request: HttpRequest, pk: int) -> HttpResponse:
    """A lead wants a regression picture of what escaped, among the golden photos."""
    escalation, defect = _get(pk), request.POST.get("defect", "")
    if defect not in damages.BY_DEFECT:
        messages.error(request, "Choose the defect that escaped.")
    elif goldens.guard(escalation.catalog_id, escalation.route, defect, by=cast(User, request.user)):
        messages.success(request, "The regression picture is being made; it joins the golden photos by itself.")
    else:
        messages.error(request, "No photo of this route is released yet, so there is nothing to make one from.")
    return redirect("review:escalation", pk=pk)


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """A route's problem came again."""
    note = request.POST.get("note", "")
    return _do(request, pk, lambda one, user: escalations.reopen(one, by=user, note=note), "Open again.")


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand over: the owner stays the owner until the other accepts."""
    escalation = _get(pk)
    form = HandOverForm(request.POST, owner=escalation.owner)
    if not form.is_valid():
        return _page(request, escalation, status=422, hand_over_form=form)
    to, note = form.cleaned_data["to"], form.cleaned_data["note"]
    return _do(
        request,
        pk,
        lambda one, user: escalations.offer(one, by=user, to=to, note=note),
        "Offered; it stays yours until accepted.",
    )


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or decline what was offered."""
    if request.POST.get("answer") == "accept":
        return _do(request, pk, lambda one, user: escalations.accept(one, by=user), "It is yours now.")
    return _do(request, pk, lambda one, user: escalations.decline(one, by=user), "It stays with its owner.")


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End it, with what happens to the photo."""
    escalation = _get(pk)
    if escalation.photo_id is None:
        note = request.POST.get("note", "")
        return _do(
            request, pk, lambda one, user: resolutions.close_route(one, by=user, note=note), f"{escalation} is closed."
        )
    form = ResolutionForm(request.POST, choices=recipes.choices())
    if not form.is_valid():
        return _page(request, escalation, status=422, resolution_form=form)
    data = form.cleaned_data
    return _do(request, pk, lambda one, user: resolutions.close(one, by=user, **data), f"{escalation} is closed.")


@allowed(*Role)
@require_POST
def raise_by_hand(request: HttpRequest, pk: int) -> HttpResponse:
    """Escalate a photo of the manual lane."""
    photo = get_object_or_404(Photo.objects.select_related("catalog__owner"), pk=pk)
    form = EscalateForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say what is wrong, and how bad it is.")
        return redirect("review:repairs")
    try:
        made = escalations.raise_by_hand(photo, by=cast(User, request.user), **form.cleaned_data)
    except (Refused, ValueError) as reason:
        messages.error(request, str(reason))
        return redirect("review:repairs")
    messages.success(request, f"{made} belongs to {name_of(made.owner)}.")
    return redirect("review:escalation", pk=made.pk)
