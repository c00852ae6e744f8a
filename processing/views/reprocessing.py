"""Sending one photo through the machine again, on its own route or another."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from catalog.people import Role, allowed
from catalog.segments import Route
from processing import routing


@allowed(Role.OPERATOR, Role.LEAD)
@require_POST
def reprocess(request: HttpRequest, pk: int) -> HttpResponse:
    """Run the active recipe of the photo's route once more, from the photo page."""
    photo = get_object_or_404(Photo, pk=pk)
    try:
        stages.move(photo, Stage.READY, by=cast(User, request.user), note="Reprocessed from the photo page.")
        messages.success(request, f"{photo.name} is queued again.")
    except stages.Refused as reason:
        messages.error(request, str(reason))
    return redirect("catalog:photo", pk=photo.pk)


@allowed(Role.OPERATOR, Role.LEAD)
@require_POST
def route(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the photo down another route, from the photo page."""
    photo = get_object_or_404(Photo, pk=pk)
    wanted = request.POST.get("route", "")
    if wanted not in Route.values:
        raise BadRequest(f"There is no route called {wanted!r}.")
    try:
        routing.change(photo, Route(wanted), by=cast(User, request.user))
        messages.success(request, f"{photo.name} goes the route “{Route(wanted).label}” now.")
    except stages.Refused as reason:
        messages.error(request, str(reason))
    return redirect("catalog:photo", pk=photo.pk)
