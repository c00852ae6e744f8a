"""Webhooks: addresses that are told of events, and the log of what was sent to them."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from catalog import webhooks
from catalog.catalog_forms import posted
from catalog.integration_forms import WebhookForm
from catalog.models import Delivery, Webhook
from catalog.people import Role, allowed

PAGE = 50
FIRST_STEPS = (
    "Give the address of a program that takes JSON by POST and answers with 200 within ten seconds.",
    "Copy the secret: with it the program checks Loupe-Signature, and so knows that Loupe sent it, and when.",
    "Send it a ping, and see below how it was answered. What does not arrive is tried again for more than a day.",
)


@allowed(Role.LEAD, Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The webhooks, the form for a new one, and what was sent. The secret stands in the answer to the form alone."""
    form = WebhookForm(posted(request))
    context: dict[str, object] = {"steps": FIRST_STEPS}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        context["made"], context["secret"] = webhooks.add(data["address"], data["events"], cast(User, request.user))
        form = WebhookForm()
    hooks = list(Webhook.objects.filter(stopped_at=None).select_related("by"))
    log = Paginator(Delivery.objects.select_related("hook"), PAGE).get_page(request.GET.get("page"))
    context |= {"form": form, "hooks": hooks, "page_obj": log, "most": len(webhooks.WAITS) + 1}
    response = render(request, "catalog/webhooks.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the address nothing more."""
    hook = get_object_or_404(Webhook, pk=pk)
    webhooks.stop(hook)
    messages.success(request, f"{hook} is told nothing more.")
    return redirect("catalog:webhooks")


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def ping(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a word to see whether it arrives."""
    hook = get_object_or_404(Webhook, pk=pk, stopped_at=None)
    webhooks.send(hook, webhooks.PING, {})
    messages.success(request, "A ping is on its way; how it was answered stands in the log in a moment.")
    return redirect("catalog:webhooks")
