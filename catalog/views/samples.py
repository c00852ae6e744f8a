"""The sample catalog's button and its progress."""

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from catalog import samples
from catalog.people import Role, allowed


@allowed(Role.OPERATOR, Role.LEAD, Role.MANAGER)
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Have the sample catalog made by a worker; the list of catalogs shows how far it is."""
    samples.start(cast(User, request.user))
    return redirect("catalog:catalogs")


@allowed(*Role)
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """How far it is, as a fragment that asks again until the catalog is there, and then leads to it."""
    found = samples.progress()
    if found and found.state == "done":
        return HttpResponseClientRedirect(reverse("catalog:catalog", args=[found.slug]))
    return render(request, "catalog/sample_progress.html", {"sample": found})
