"""A person's own API tokens: making one, which is shown once, and revoking one."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from catalog import tokens
from catalog.catalog_forms import posted
from catalog.models import ApiToken
from catalog.people import Role, allowed

FIRST_STEPS = (
    "Make a token and copy it: it is shown once. Whoever has it can do here what you can.",
    "Keep it where your program finds it, in LOUPE_TOKEN for instance, and in no repository.",
    "Send it with every request, as in the line below.",
)


class TokenForm(forms.Form):
    """A token's name and how long it holds."""

    name = forms.CharField(max_length=80, help_text="What it is for: the program that uses it, and where that runs.")
    days = forms.TypedChoiceField(
        label="Ends",
        choices=[("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")],
        coerce=int,
        empty_value=None,
        required=False,
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
    context |= {"form": form, "tokens": found, "now": timezone.now(), "in_use": sum(_holds(one) for one in found)}
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


def _holds(token: ApiToken) -> bool:
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > timezone.now())
