"""The review queue: one page, and the few requests that its script makes."""

import uuid
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from catalog.people import Role, allowed
from processing import recipes
from processing.forms import ReprocessForm
from review import cards, decisions, defects, queue
from review.forms import DecisionForm
from review.models import Decision, Severity, Task

# A claim's pictures never change while it lives, and its address dies with it.
while_claimed = cache_control(private=True, max_age=3600, immutable=True)


@allowed(Role.REVIEWER, Role.LEAD)
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The queue, full screen. What waits is claimed by the script once the page is there."""
    user = cast(User, request.user)
    context = {
        "defects": defects.DEFECTS,
        "severities": Severity.choices,
        "remedies": [choice for choice in Decision.Remedy.choices if choice[0]],
        "again": _again(),
        "progress": cards.progress(user),
        "settings": {
            "leastMs": settings.REVIEW_LEAST_VIEW_MS,
            "keepMs": settings.REVIEW_LEASE_SECONDS * 1000 // 3,
            "breakMinutes": settings.REVIEW_BREAK_MINUTES,
            "breakPhotos": settings.REVIEW_BREAK_PHOTOS,
            "person": user.pk,
        },
    }
    return render(request, "review/queue.html", context)


def _again() -> ReprocessForm:
    """The choice of a recipe version, with its key."""
    form = ReprocessForm(choices=recipes.choices(), otherwise="what usually helps with this", auto_id="more-%s")
    form.fields["recipe_version"].widget.attrs = {"data-key": "c", "data-key-label": "Choose the recipe version"}
    return form


def _state(user: User, **more: Any) -> JsonResponse:
    """What the script holds now: at most two claims, and how much is left."""
    tasks = [cards.card(task) for task in queue.claim(user)]
    return JsonResponse({"tasks": tasks, "progress": cards.progress(user), **more})


@allowed(Role.REVIEWER, Role.LEAD)
@require_POST
def claim(request: HttpRequest) -> JsonResponse:
    """Claim what is missing to one held and one prefetched; a page that opens takes over what the one before it had."""
    user = cast(User, request.user)
    if request.POST.get("opening"):
        queue.take_over(user)
    return _state(user)


@allowed(Role.REVIEWER, Role.LEAD)
@require_POST
def decide(request: HttpRequest) -> JsonResponse:
    """Take a decision; 409 when the claim is no longer theirs, 422 when it makes no sense."""
    user = cast(User, request.user)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"message": "; ".join(f"{k}: {v[0]}" for k, v in form.errors.items())}, status=422)
    data = form.cleaned_data
    try:
        decisions.decide(token=data["token"], reviewer=user, sha256=data["sha256"], answer=form.answer())
    except queue.Late as reason:
        return JsonResponse({"message": str(reason)}, status=409)
    except ValueError as reason:
        return JsonResponse({"message": str(reason)}, status=422)
    task = Task.objects.select_related(*queue.RELATED).get(token=data["token"])
    return _state(user, reveal=cards.reveal(task))


@allowed(Role.REVIEWER, Role.LEAD)
@require_POST
def undo(request: HttpRequest) -> JsonResponse:
    """Take back the last decision; its photo comes back, in front of what is held."""
    user = cast(User, request.user)
    try:
        back = decisions.undo(user)
    except queue.Late as reason:
        return JsonResponse({"message": str(reason)}, status=409)
    others = [task for task in queue.held(user) if task.pk != back.pk]
    queue.release(user, [task.token for task in others[queue.HELD_AT_ONCE - 1 :]])
    held = [back, *others[: queue.HELD_AT_ONCE - 1]]
    return JsonResponse({"tasks": [cards.card(task) for task in held], "progress": cards.progress(user)})


@allowed(Role.REVIEWER, Role.LEAD)
@require_POST
def keep(request: HttpRequest) -> JsonResponse:
    """A sign of life of the claims that the page holds; a page that holds none learns whether anything waits again."""
    user, tokens = cast(User, request.user), _tokens(request)
    if not tokens:
        return JsonResponse({"kept": 0, "waits": queue.waits_now(user)})
    return JsonResponse({"kept": queue.keep(user, tokens)})


@allowed(Role.REVIEWER, Role.LEAD)
@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """The page is left: give its claims back."""
    queue.release(cast(User, request.user), _tokens(request))
    return HttpResponse(status=204)


def _tokens(request: HttpRequest) -> list[uuid.UUID]:
    found = []
    for text in request.POST.getlist("token")[:10]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


@allowed(Role.REVIEWER, Role.LEAD)
@require_GET
@while_claimed
def picture(request: HttpRequest, token: uuid.UUID, kind: str) -> HttpResponseBase:
    """One picture of a claim, for the person who has it."""
    mine = Task.objects.select_related("photo__catalog", "output", "golden")
    task = get_object_or_404(mine, token=token, claimed_by=cast(User, request.user))
    if name := cards.stored_name(task, kind):
        try:
            return FileResponse(default_storage.open(name), filename=f"{kind}{Path(name).suffix}")
        except FileNotFoundError as error:
            raise Http404("The file is no longer in the storage.") from error
    try:
        data, content_type = cards.render(task, kind)
    except LookupError as error:
        raise Http404(f"A photo has no picture called {kind}.") from error
    return HttpResponse(data, content_type=content_type)
