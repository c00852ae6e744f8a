"""Mock-ups in the browser: making them, the contact sheet on which each is reviewed with one key, their pictures."""

import json
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.catalog_forms import posted
from catalog.marketplaces import PRESETS
from catalog.models import Catalog
from catalog.people import Role, allowed, roles_of
from processing import mockups, scene_forms
from processing.models import Mockup
from processing.scene_forms import NewMockupsForm
from processing.views.pictures import forever, stored

HANDS, EYES = (Role.OPERATOR, Role.LEAD), (Role.REVIEWER, Role.LEAD)
PAGE = 24
PICTURES = ("file", "thumb")


@allowed(*Role)
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """The contact sheet of a catalog's mock-ups in one state: those that wait can be decided here."""
    catalog = get_object_or_404(Catalog, slug=slug)
    counts = scene_forms.last_states(catalog)
    state = request.GET.get("state", "")
    if state not in counts:
        state = next((one for one in ("waiting", "queued", "failed", "approved") if counts[one]), "waiting")
    # The oldest of those that wait first, since somebody goes through them; nobody can decide stale ones, so they come
    # last. Of others the newest.
    order = ("stale", "pk") if state == "waiting" else ("-pk",)
    rows = _rows().filter(scene__catalog=catalog, state=state).order_by(*order)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"catalog": catalog, "page_obj": page, "state": state, "counts": counts}
    context["tabs"] = [(value, label, counts[value]) for value, label in Mockup.State.choices]
    context["takers"] = [preset.label for preset in PRESETS if preset.scenes == "yes"]
    context["may_order"] = bool(roles_of(request.user) & set(HANDS))
    return render(request, "processing/mockups.html", {**context, **_deciding(request)})


def _rows() -> "QuerySet[Any]":
    found = Mockup.objects.annotate(stale=mockups.stale())
    return found.select_related("scene", "output__photo__product", "by", "ordered_by")


def _deciding(request: HttpRequest) -> dict[str, Any]:
    return {"reasons": mockups.REASONS, "may_decide": bool(roles_of(request.user) & set(EYES))}


@allowed(*HANDS)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose photos and scenes, and have the mock-ups made."""
    catalog = get_object_or_404(Catalog, slug=slug)
    form = NewMockupsForm(posted(request), catalog=catalog)
    if request.method == "POST" and form.is_valid():
        values, by = form.cleaned_data, cast(User, request.user)
        made, found = mockups.order(form.chosen(), list(values["scenes"]), by, fitting=values["fitting"])
        there = f" {found} {'are' if found != 1 else 'is'} there already." if found else ""
        messages.success(request, f"{made} mock-up{'s are' if made != 1 else ' is'} being made.{there}")
        state = Mockup.State.QUEUED if made else Mockup.State.WAITING
        return redirect(f"{reverse('processing:mockups', args=[catalog.slug])}?state={state}")
    context = {"catalog": catalog, "form": form, "released": form.photos.count()}
    context["scenes"] = scene_forms.usable(catalog).count()
    return render(request, "processing/mockups_new.html", context, status=422 if form.errors else 200)


@allowed(*Role)
@require_GET
def progress(request: HttpRequest, slug: str) -> HttpResponse:
    """How many mock-ups are still being made; the page is shown anew when all are through."""
    catalog = get_object_or_404(Catalog, slug=slug)
    counts = scene_forms.last_states(catalog)
    state = request.GET.get("state", "")
    context = {"catalog": catalog, "counts": counts, "state": state}
    response = render(request, "processing/mockups_progress.html", context)
    if counts["queued"]:
        return response
    if state == Mockup.State.QUEUED:
        shown = Mockup.State.WAITING if counts["waiting"] or not counts["failed"] else Mockup.State.FAILED
        response["HX-Redirect"] = f"{reverse('processing:mockups', args=[catalog.slug])}?state={shown}"
    else:
        response["HX-Refresh"] = "true"
    return response


@allowed(*EYES)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a mock-up, or not with a reason: the tile as it is now, and a toast that takes it back."""
    mockup = get_object_or_404(Mockup, pk=pk)
    try:
        mockups.decide(mockup, cast(User, request.user), request.POST.get("reason", ""))
    except ValueError as refused:
        return _tile(request, pk, str(refused), "error")
    return _tile(request, pk, "", "success", reverse("processing:mockup-undo", args=[pk]))


@allowed(*EYES)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own decision back."""
    try:
        mockups.undo(get_object_or_404(Mockup, pk=pk), cast(User, request.user))
    except mockups.NotDecidable as refused:
        return _tile(request, pk, str(refused), "error")
    response = _tile(request, pk, "Taken back.", "success")
    response["HX-Refresh"] = "true"
    return response


def _tile(request: HttpRequest, pk: int, text: str, level: str, undo_url: str = "") -> HttpResponse:
    mockup = get_object_or_404(_rows(), pk=pk)
    response = render(request, "processing/mockup_tile.html", {"mockup": mockup, **_deciding(request)})
    said = text or f"{mockup.scene}: {mockup.get_state_display().lower()}"
    toast = {"text": said, "level": level} | ({"undo": undo_url} if undo_url else {})
    response["HX-Trigger"] = json.dumps({"toast": toast})
    return response


@allowed(*Role)
@require_GET
@forever
def picture(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """A mock-up's picture, or its thumb: made once and never changed."""
    mockup = get_object_or_404(Mockup, pk=pk)
    if kind not in PICTURES:
        raise Http404(f"A mock-up has no picture called {kind}.")
    return stored(getattr(mockup, kind))
