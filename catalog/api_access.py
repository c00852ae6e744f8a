"""Who comes in by the API: whoever a Bearer token stands for, if they have one of the roles that a call is for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from ninja.security import HttpBearer

from catalog import people, tokens
from catalog.people import Role
from catalog.problems import Problem

View = Callable[..., HttpResponseBase]


class Bearer(HttpBearer):
    """Lets people with one of ``roles`` in by their token; without roles, everybody who has a token.

    A browser's session counts for nothing here, so no page elsewhere can make a browser call the API in somebody's
    name, and the API needs no CSRF token.
    """

    def __init__(self, *roles: Role) -> None:
        super().__init__()
        self.roles = frozenset(roles)
        self.order = roles

    def __call__(self, request: HttpRequest) -> User:
        """The token's holder, who is the request's user from here on. Looked at before anything of the body is read."""
        request.user = user = sign_in(request)
        if self.roles:
            people.require(user, *self.order)
        return user

    def authenticate(self, request: HttpRequest, token: str) -> User:
        """Not asked: the header is read in one place for all, see catalog.tokens."""
        return sign_in(request)


def sign_in(request: HttpRequest) -> User:
    """Whom the request's token stands for. Raises Problem, 401, with the reason."""
    try:
        return tokens.holder_of(request)
    except tokens.Refused as refused:
        raise Problem(401, str(refused), code=refused.code) from refused


def token_too(view: View) -> View:
    """A page's view that scripts may call with a Bearer token, which is then asked for no CSRF token.

    The exemption is the token's: whoever comes by session is checked as on every other page.
    """
    for_browsers = csrf_protect(view)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if tokens.secret_in(request) is None:
            return for_browsers(request, *args, **kwargs)
        try:
            request.user = sign_in(request)
            return view(request, *args, **kwargs)
        except PermissionDenied as denied:
            return Problem(403, str(denied)).answer()
        except Http404:
            return Problem(404).answer()
        except Problem as problem:
            return problem.answer()

    return csrf_exempt(answer)
