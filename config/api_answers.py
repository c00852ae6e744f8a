"""Below the API's address nothing is answered with a page: not by Django's own refusals, and never with a trace."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
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
        if not request.path.startswith(ROOT):
            return self.get_response(request)
        if "Transfer-Encoding" in request.headers:
            # Django reads as many bytes as are announced: without a number none, and files would be lost unseen.
            return Problem(411).answer()
        return self._as_get(request) if request.method == "HEAD" else self._shaped(request)

    def _as_get(self, request: HttpRequest) -> HttpResponseBase:
        """What GET would be answered with, without the body: of a file not a byte is read."""
        request.method = "GET"
        response = self._shaped(request)
        request.method = "HEAD"
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = []
        elif isinstance(response, HttpResponse):
            response.content = b""
        return response

    def _shaped(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "Allow" in response:
            response["Allow"] = response["Allow"].replace("GET", "GET, HEAD")
        is_page = response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json")
        if not is_page:
            return response
        answer = Problem(response.status_code).answer()
        if "Allow" in response:
            answer["Allow"] = response["Allow"]
        return answer
