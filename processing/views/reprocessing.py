"""Sending one photo through the machine again, with a recipe version of one's choice or what fits."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from catalog.people import Role, allowed
from catalog.segments import Route
from processing import recipes, routing
from processing.forms import ReprocessForm


@allowed(Role.OPERATOR, Role.LEAD)
@require_http_methods(["GET", "POST"])
def reprocess(request: HttpRequest, pk: int) -> HttpResponse:
    """The photo page's fragment that reprocesses, and its answer."""
    photo = get_object_or_404(Photo, pk=pk)
    if request.method == "POST":
        reprocess_as_asked(request, photo)
        return redirect("catalog:photo", pk=photo.pk)
    context = {"photo": photo, "form": ReprocessForm(choices=recipes.choices())}
    return render(request, "processing/reprocess.html", context)


def reprocess_as_asked(request: HttpRequest, photo: Photo) -> None:
    """Reprocess the photo with what the request's form chose, and tell the person."""
    form = ReprocessForm(request.POST, choices=())
    try:
        if not form.is_valid():
            raise stages.Refused("That recipe version is not there any more; choose another one.")
        _refuse_escalated(photo)
        before = photo.batch_id
        routing.reprocess(photo, form.cleaned_data["recipe_version"], by=cast(User, request.user))
        messages.success(request, f"{photo.name} is queued again{_elsewhere(photo, before)}.")
    except stages.Refused as reason:
        messages.error(request, str(reason))


def _elsewhere(photo: Photo, before: int | None) -> str:
    return f", in batch {photo.batch}" if photo.batch_id != before else ""


def _refuse_escalated(photo: Photo) -> None:
    if photo.stage == Stage.ESCALATED:
        raise stages.Refused(f"{photo.name} is escalated: its owner decides, on the escalation's page.")


@allowed(Role.OPERATOR, Role.LEAD)
@require_POST
def route(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the photo down another route, from the photo page."""
    photo = get_object_or_404(Photo, pk=pk)
    wanted = request.POST.get("route", "")
    if wanted not in Route.values:
        raise BadRequest(f"There is no route called {wanted!r}.")
    try:
        _refuse_escalated(photo)
        before = photo.batch_id
        routing.change(photo, Route(wanted), by=cast(User, request.user))
        messages.success(
            request, f"{photo.name} goes the route “{Route(wanted).label}” now{_elsewhere(photo, before)}."
        )
    except stages.Refused as reason:
        messages.error(request, str(reason))
    return redirect("catalog:photo", pk=photo.pk)
