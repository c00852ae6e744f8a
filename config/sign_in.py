"""Coming in by a one-time link."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from sesame.views import LoginView

from catalog.people import name_of


class LinkView(LoginView):  # type: ignore[misc]
    """A link works once; whoever follows it again while signed in is let through as who they are."""

    def login_failed(self) -> HttpResponse:
        """Raises PermissionDenied for strangers, whose page says what to do."""
        user = self.request.user
        if not user.is_authenticated:
            raise PermissionDenied
        name = name_of(user)
        messages.info(self.request, f"That link is used up, but you are signed in already, as {name}.")
        return redirect("home")
