"""The manual lane: what waits for a person's hands, and the mask editor."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog import stages
from catalog.flow import Stage
from catalog.marketplaces import PRESETS
from catalog.models import Photo, PhotoEvent
from catalog.people import Role, allowed
from processing import recipes
from processing import repairs as masks
from processing.forms import ReprocessForm, RetouchForm
from processing.imaging import screens
from processing.imaging.faults import Fault
from processing.imaging.previews import View
from processing.models import Output, Truth
from processing.views.reprocessing import reprocess_as_asked
from review import complaints, escalations, retouch
from review.forms import EscalateForm, MaskForm, WindowForm

PAGE = 24
# The buttons of the shadow's kinds: what they say, and their keys.
SHADOWS = (
    ("none", "None", "Shift+N"),
    ("contact", "Contact", "Shift+C"),
    ("drop", "Drop", "Shift+D"),
    ("cast", "Cast", "Shift+G"),
)
HANDS = (Role.OPERATOR, Role.REVIEWER, Role.LEAD)


@allowed(*HANDS)
@require_GET
def lane(request: HttpRequest) -> HttpResponse:
    """Every photo of the manual lane with the reason, the oldest first."""
    page = Paginator(_waiting(), PAGE).get_page(request.GET.get("page"))
    newest = {output.photo_id: output for output in Output.objects.latest_of([photo.pk for photo in page])}
    choices = recipes.choices()
    rows = [(photo, newest.get(photo.pk), ReprocessForm(choices=choices, auto_id=f"%s-{photo.pk}")) for photo in page]
    context = {"page_obj": page, "rows": rows, "escalate_form": EscalateForm()}
    return render(request, "review/repairs.html", context)


def _waiting() -> "QuerySet[Photo]":
    return _with_why(Photo.objects.filter(stage=Stage.FAILED)).order_by("stage_since", "pk")


def _with_why(photos: "QuerySet[Photo]") -> "QuerySet[Photo]":
    """Photos with what they belong to and the words with which they last came to the manual lane."""
    why = PhotoEvent.objects.filter(photo=OuterRef("pk"), now=Stage.FAILED).order_by("-pk").values("note")[:1]
    return complaints.with_open_ones(photos).select_related("product", "catalog", "batch").annotate(why=Subquery(why))


@allowed(*HANDS)
@require_GET
def editor(request: HttpRequest, pk: int) -> HttpResponse:
    """The mask editor of one photo."""
    photo = get_object_or_404(_with_why(Photo.objects.all()), pk=pk)
    opened = masks.opened(photo)
    retouching = RetouchForm(retouch=opened.retouch)
    context = {
        "photo": photo,
        "pin": retouch.marked(photo),
        "possible": photo.stage in retouch.REPAIRABLE,
        "form": MaskForm(initial={"base": opened.base}),
        "base": opened.base,
        "controls": retouching.controls(),
        "shadow_kinds": SHADOWS,
        "takers": _takers(),
    }
    return render(request, "review/repair.html", context)


def _takers() -> str:
    """Who gets the shadow."""
    labels = [preset.label for preset in PRESETS if preset.shadow == "own"]
    return f"It goes to {' and '.join(labels)} alone; other marketplaces get plain white."


@allowed(*HANDS)
@require_GET
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """The photo's source, upright and in sRGB at full size, as the editor draws it."""
    photo = get_object_or_404(Photo.objects.select_related("catalog"), pk=pk)
    response = HttpResponse(screens.jpeg(masks.pixels_of(photo), quality=92), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


@allowed(*HANDS)
@require_GET
def mask(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The mask that the editor begins with; 204 where there is none yet, and it begins with nothing kept."""
    photo = get_object_or_404(Photo, pk=pk)
    name = masks.opened(photo).mask
    if not name:
        return HttpResponse(status=204)
    response = FileResponse(default_storage.open(name), content_type="image/png")
    response["Cache-Control"] = "no-store"
    return response


@allowed(*HANDS)
@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the mask as a new output. The editor's script sends its settings too; who asks for JSON gets JSON."""
    photo = get_object_or_404(Photo.objects.select_related("catalog__owner", "upload"), pk=pk)
    form = MaskForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, photo, "Choose a PNG with a transparent background.", 422)
    settings = RetouchForm(request.POST) if RetouchForm.sent_in(request.POST) else None
    if settings and not settings.is_valid():
        return _refused(request, photo, _said(settings), 422)
    user, how = cast(User, request.user), Truth.How.EDITOR if settings else Truth.How.UPLOAD
    values = settings.retouch() if settings else None
    try:
        alpha = retouch.read_alpha(form.cleaned_data["file"].read(), photo)
        note, base = form.cleaned_data["note"], form.cleaned_data["base"]
        retouch.repair(photo, masks.Repair(alpha, user, note, retouch=values, how=how, base=base))
    except retouch.Unusable as reason:
        return _refused(request, photo, str(reason), 422)
    except (stages.Refused, escalations.Refusal) as reason:
        return _refused(request, photo, str(reason), 409)
    messages.success(request, f"{photo.name} is repaired; somebody else reviews it.")
    if _wants_json(request):
        return JsonResponse({"next": _next_address()})
    return redirect(_next_address())


@allowed(*HANDS)
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A window of the photo as saving would show it with the mask and the settings that are sent; keeps nothing."""
    photo = get_object_or_404(Photo, pk=pk)
    window, settings = WindowForm(request.POST, request.FILES), RetouchForm(request.POST)
    if not (window.is_valid() and settings.is_valid()):
        return JsonResponse({"message": _said(settings, window)}, status=422)
    sent = window.cleaned_data
    view = View(sent["x"], sent["y"], sent["width"], sent["height"])
    try:
        part, whole = (retouch.read_window(sent[name].read()) for name in ("mask", "whole"))
        data, notes = masks.preview(photo, view, part, whole, settings.retouch())
    except (retouch.Unusable, Fault) as reason:
        return JsonResponse({"message": str(reason)}, status=422)
    response = HttpResponse(data, content_type="image/jpeg")
    response["Cache-Control"] = "no-store"
    response["X-Notes"] = "; ".join(notes)
    return response


def _said(*bound: forms.Form) -> str:
    """Every complaint of the forms in one line, each with the field's label."""
    return " ".join(
        f"{form.fields[name].label or name}: {error}"
        for form in bound
        for name, errors in form.errors.items()
        for error in errors
    )


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _next_address() -> str:
    return reverse("review:repairs")


def _refused(request: HttpRequest, photo: Photo, why: str, status: int) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"message": why}, status=status)
    messages.error(request, why)
    return redirect("review:repair", pk=photo.pk)


@allowed(*HANDS)
@require_POST
def reprocess(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a photo of the manual lane through the machine again."""
    reprocess_as_asked(request, get_object_or_404(Photo, pk=pk))
    return redirect("review:repairs")


@allowed(*HANDS)
@require_POST
def original(request: HttpRequest, pk: int) -> HttpResponse:
    """Use the photo as it came: it becomes an output, and somebody else reviews it."""
    photo = get_object_or_404(Photo.objects.select_related("catalog__owner", "upload"), pk=pk)
    try:
        retouch.original(photo, author=cast(User, request.user), note="The original is used as it is.")
        messages.success(request, f"{photo.name} is used as it is; somebody else reviews it.")
    except (stages.Refused, retouch.Unusable, escalations.Refusal) as reason:
        messages.error(request, str(reason))
    return redirect("review:repairs")
