"""A person's own API tokens: making one, which is shown once, and revoking one."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from catalog import tokens
from catalog.catalog_forms import posted
from catalog.integration_forms import TokenForm
from catalog.models import ApiToken
from catalog.people import Role, allowed

FIRST_STEPS = (
    "Make a token and copy it: it is shown once. Whoever has it can do here what you can.",
    "Keep it where your program finds it, in LOUPE_TOKEN for instance, and in no repository.",
    "Send it with every request, as in the line below.",
)


@allowed(*Role)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """One's own tokens, and the form for a new one. The secret stands in the answer to the form, and nowhere else."""
    form, user = TokenForm(posted(request)), cast(User, request.user)
    context: dict[str, object] = {"steps": FIRST_STEPS, "base": request.build_absolute_uri("/")}
    if request.method == "POST" and form.is_valid():
        context["made"], context["secret"] = tokens.make(user, **form.cleaned_data)
        form = TokenForm()
    found = list(user.api_tokens.all())
    in_use = sum(tokens.why_not(one) is None for one in found)
    context |= {"form": form, "tokens": found, "now": timezone.now(), "in_use": in_use}
    response = render(request, "catalog/tokens.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@allowed(*Role)
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own tokens; it stays on the list."""
    token = get_object_or_404(ApiToken, pk=pk, user=cast(User, request.user))
    tokens.revoke(token)
    messages.success(request, f"{token} lets nobody in any more.")
    return redirect("catalog:tokens")
