"""Who comes in by the API: whoever a Bearer token stands for, if they have one of the roles that a call is for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from ninja.security import HttpBearer

from catalog import people, tokens
from catalog.api.problems import Problem
from catalog.models import ApiToken
from catalog.people import Role

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

    def __call__(self, request: HttpRequest) -> ApiToken:
        """The token, whose holder is the request's user from here on. Looked at before anything of the body is read."""
        token = sign_in(request)
        if self.roles:
            people.require(token.user, *self.order)
        return token

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """Not asked: the header is read in one place for all, see catalog.tokens."""
        return sign_in(request)


def sign_in(request: HttpRequest) -> ApiToken:
    """The request is from now on that of whoever its token stands for. Raises Problem, 401, with the reason."""
    try:
        token = tokens.token_of(request)
        request.user = token.user
        return token
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
            sign_in(request)
            return view(request, *args, **kwargs)
        except PermissionDenied as denied:
            return Problem(403, str(denied)).answer()
        except Http404:
            return Problem(404).answer()
        except Problem as problem:
            return problem.answer()

    return csrf_exempt(answer)
