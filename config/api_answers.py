"""Below the API's address nothing is answered with a page: not by Django's own refusals, and never with a trace."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from catalog.api.problems import Problem

ROOT = "/api/v"


class ApiAnswers:
    """Middleware, the outermost: it sees what every other part of the site makes of a request that fails."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The site's answer, or the same status in the API's own shape."""
        if request.path.startswith(ROOT) and "%00" in request.META.get("QUERY_STRING", ""):
            # Nothing is called so, and PostgreSQL refuses to look for it.
            return Problem(400, "The address holds the character NUL.").answer()
        response = self.get_response(request)
        is_page = response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json")
        if not (is_page and request.path.startswith(ROOT)):
            return response
        answer = Problem(response.status_code).answer()
        if "Allow" in response:
            answer["Allow"] = response["Allow"]
        return answer
