"""The manual lane: what waits for a person's hands, and the mask editor."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo, PhotoEvent
from catalog.people import Role, allowed
from catalog.segments import Route
from processing import outputs
from processing.imaging import screens
from processing.models import Output
from review import escalations, retouch
from review.forms import EscalateForm, MaskForm

PAGE = 24
HANDS = (Role.OPERATOR, Role.REVIEWER, Role.LEAD)


@allowed(*HANDS)
@require_GET
def lane(request: HttpRequest) -> HttpResponse:
    """Every photo of the manual lane with the reason, the oldest first."""
    page = Paginator(_waiting(), PAGE).get_page(request.GET.get("page"))
    newest = {output.photo_id: output for output in Output.objects.latest_of([photo.pk for photo in page])}
    rows = [(photo, newest.get(photo.pk)) for photo in page]
    routes = [choice for choice in Route.choices if choice[0] != Route.MANUAL]
    context = {"page_obj": page, "rows": rows, "routes": routes, "escalate_form": EscalateForm()}
    return render(request, "review/repairs.html", context)


def _waiting() -> "QuerySet[Photo]":
    why = PhotoEvent.objects.filter(photo=OuterRef("pk"), now=Stage.FAILED).order_by("-pk").values("note")[:1]
    photos = Photo.objects.filter(stage=Stage.FAILED).select_related("product", "catalog", "batch")
    return photos.annotate(why=Subquery(why)).order_by("stage_since", "pk")


@allowed(*HANDS)
@require_GET
def editor(request: HttpRequest, pk: int) -> HttpResponse:
    """The mask editor of one photo."""
    photo = get_object_or_404(Photo.objects.select_related("product", "catalog", "batch"), pk=pk)
    output = Output.objects.filter(photo=photo).first()
    possible = photo.stage in retouch.REPAIRABLE
    context = {"photo": photo, "output": output, "possible": possible, "form": MaskForm()}
    return render(request, "review/repair.html", context)


@allowed(*HANDS)
@require_GET
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """The photo's source, upright and in sRGB at full size, as the editor draws it."""
    photo = get_object_or_404(Photo.objects.select_related("catalog"), pk=pk)
    response = HttpResponse(screens.jpeg(outputs.read_source(photo).rgb, quality=92), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


@allowed(*HANDS)
@require_GET
def mask(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The mask of the photo's newest output; 204 where there is none yet, and the editor begins with nothing kept."""
    photo = get_object_or_404(Photo, pk=pk)
    output = Output.objects.filter(photo=photo).first()
    if output is None:
        return HttpResponse(status=204)
    response = FileResponse(output.alpha.open("rb"), content_type="image/png")
    response["Cache-Control"] = "no-store"
    return response


@allowed(*HANDS)
@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the mask as a new output. The editor's script gets JSON, the plain form a page."""
    photo = get_object_or_404(Photo.objects.select_related("catalog__owner", "upload"), pk=pk)
    form = MaskForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, photo, "Choose a PNG with a transparent background.", 422)
    try:
        alpha = retouch.read_alpha(form.cleaned_data["file"].read(), photo)
        retouch.repair(photo, alpha, author=cast(User, request.user), note=form.cleaned_data["note"])
    except retouch.Unusable as reason:
        return _refused(request, photo, str(reason), 422)
    except (stages.Refused, escalations.Refusal) as reason:
        return _refused(request, photo, str(reason), 409)
    messages.success(request, f"{photo.name} is repaired; somebody else reviews it.")
    if _wants_json(request):
        return JsonResponse({"next": _next_address()})
    return redirect(_next_address())


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
    """Send a photo of the manual lane through the machine again, on the route that was chosen."""
    photo = get_object_or_404(Photo, pk=pk)
    user, route = cast(User, request.user), request.POST.get("route", "")
    changes = {"route": route, "route_reason": f"Chosen by {user.get_full_name() or user.username}."}
    try:
        stages.move(
            photo, Stage.READY, by=user, note="Processed again.", changes=changes if route in Route.values else {}
        )
        messages.success(request, f"{photo.name} is queued again.")
    except stages.Refused as reason:
        messages.error(request, str(reason))
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
