"""Scenes in the browser: a catalog's scenes, taking one in, marking where products go, and a quick look at that."""

import hashlib
import json
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.catalog_forms import posted
from catalog.models import Catalog
from catalog.people import Role, allowed, require, roles_of
from processing import mockups, quick_looks, scenes
from processing.imaging import slots
from processing.imaging.faults import Fault
from processing.models import Scene
from processing.scene_forms import FrontForm, NewSceneForm, SlotForm, entered
from processing.views.pictures import forever, stored

HANDS = (Role.OPERATOR, Role.LEAD)
# A quick look is shown once, in the moment after it was made.
LOOK_SECONDS = 300
PICTURES = ("picture", "thumb")
STEPS = (
    "Upload pictures of places without products: a table top, a shelf, a wall with an empty frame.",
    "Mark in each where a product goes, how high that place is in reality, and where shadows fall.",
    "Make mock-ups of released photos; a reviewer looks at each, and exports take those that are approved along.",
)


@allowed(*Role)
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """A catalog's scenes with what was made in them, and the form that takes one in."""
    catalog = get_object_or_404(Catalog, slug=slug)
    form = NewSceneForm(posted(request), request.FILES or None)
    if request.method == "POST":
        require(request.user, *HANDS)
        if form.is_valid() and (scene := _received(request, catalog, form)):
            return redirect("processing:scene", pk=scene.pk)
    counts = scenes.counts(catalog)
    rows = [(scene, slots.parse(scene.slot), counts.get(scene.pk, {})) for scene in catalog.scenes.all()]
    context = {"catalog": catalog, "form": form, "rows": rows, "steps": STEPS}
    context["may"] = bool(roles_of(request.user) & set(HANDS))
    return render(request, "processing/scenes.html", context, status=422 if form.errors else 200)


def _received(request: HttpRequest, catalog: Catalog, form: NewSceneForm) -> Scene | None:
    values = form.cleaned_data
    by, data = cast(User, request.user), values["picture"].read()
    try:
        return scenes.receive(catalog, values["name"], data, by, drawn=values["drawn"])
    except Fault as fault:
        form.add_error("picture", str(fault))
        return None


@allowed(*Role)
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One scene: where products go in it, by mouse, by keyboard and by numbers, with a look at one standing there."""
    scene = get_object_or_404(Scene.objects.select_related("catalog", "by"), pk=pk)
    form = SlotForm(posted(request), scene=scene, initial=entered(slots.parse(scene.slot)))
    if request.method == "POST":
        require(request.user, *HANDS)
        if form.is_valid() and _marked(scene, form):
            messages.success(request, "Mock-ups that are ordered from now on use this place; those there are stay.")
            return redirect("processing:scene", pk=scene.pk)
    context = {
        "scene": scene,
        "form": form,
        "front": FrontForm(),
        "offered": form.offered,
        "counts": scenes.counts(scene.catalog).get(scene.pk, {}),
        "may": bool(roles_of(request.user) & set(HANDS)),
    }
    return render(request, "processing/scene.html", context, status=422 if form.errors else 200)


def _marked(scene: Scene, form: SlotForm) -> bool:
    try:
        scenes.mark(scene, form.values())
    except Fault as fault:
        form.add_error(None, str(fault))
        return False
    return True


@allowed(*HANDS)
@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A product in the scene as the form has it now, small: the picture's address and what was noted."""
    scene = get_object_or_404(Scene.objects.select_related("catalog"), pk=pk)
    form = SlotForm(request.GET, scene=scene)
    context: dict[str, Any] = {"scene": scene}
    if not form.is_valid():
        told = [f"{form[name].label}: {errors[0]}" for name, errors in form.errors.items()]
        context["problem"] = "; ".join(told)
    elif form.cleaned_data["output"] is None:
        context["problem"] = "Release a photo first, or choose one: then it is shown here."
    else:
        context |= _looked(scene, form)
    return render(request, "processing/scene_preview.html", context)


def _looked(scene: Scene, form: SlotForm) -> dict[str, Any]:
    output = form.cleaned_data["output"]
    try:
        slot = slots.parse(form.values())
        data, notes = quick_looks.look(scene, output, slot, mockups.size_of(output.photo.product))
    except Fault as fault:
        return {"problem": str(fault)}
    except FileNotFoundError:
        return {"problem": "A file of the scene or of the photo is missing in the storage: choose another one."}
    token = hashlib.sha256(json.dumps([scene.pk, output.pk, slot.as_dict()]).encode() + data[-64:]).hexdigest()[:32]
    cache.set(f"look-{token}", data, LOOK_SECONDS)
    return {"notes": notes, "address": reverse("processing:scene-look", args=[scene.pk, token])}


@allowed(*HANDS)
@require_GET
def look(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """The picture of a quick look that was made a moment ago."""
    data = cache.get(f"look-{token}")
    if data is None:
        raise Http404("This look has gone: move something, and another one is made.")
    return HttpResponse(data, content_type="image/jpeg")


@allowed(*HANDS)
@require_POST
def front(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in what stands in front of the slot, or forget it."""
    scene = get_object_or_404(Scene.objects.select_related("catalog"), pk=pk)
    form = FrontForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, "; ".join(str(error) for error in form.errors["front"]))
        return redirect("processing:scene", pk=scene.pk)
    uploaded = form.cleaned_data["front"]
    try:
        scenes.cover(scene, uploaded.read() if uploaded else b"")
    except Fault as fault:
        messages.error(request, str(fault))
    except FileNotFoundError:
        messages.error(request, "The scene's picture is missing in the storage: take it in again by another name.")
    else:
        told = "What stands in front is kept." if uploaded else "Nothing stands in front."
        messages.success(request, f"{told} Mock-ups that there are stay as they are.")
    return redirect("processing:scene", pk=scene.pk)


@allowed(*HANDS)
@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer the scene no longer, or again."""
    scene = get_object_or_404(Scene.objects.select_related("catalog"), pk=pk)
    scenes.retire(scene)
    return redirect("processing:scenes", slug=scene.catalog.slug)


@allowed(*Role)
@require_GET
@forever
def picture(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The picture or the thumb of a scene, which never change."""
    scene = get_object_or_404(Scene, pk=pk)
    if kind not in PICTURES:
        raise Http404(f"A scene has no picture called {kind}.")
    return stored(getattr(scene, kind))
