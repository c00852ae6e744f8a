"""The API as a whole: the apps' routers at /api/v1/, one shape for everything that goes wrong, and its description."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from catalog.api import batches, catalogs, uploads
from catalog.api.access import Bearer
from catalog.api.parts import Page, read_json
from catalog.api.problems import Problem, of_values
from catalog.people import Role
from processing import api as exports
from review import api as photos

DESCRIPTION = """Upload product photos, follow them, and fetch what is ready for the marketplaces: what the pages do,
by the same code and for the same roles.

Send `Authorization: Bearer loupe_...` with every request; people make their tokens at `/tokens/`. Whatever goes wrong
is answered as `{"code", "message", "fields"?}`. Lists take `limit` and `offset` and tell their `total`; times are
ISO 8601 in UTC."""


class Described(NinjaAPI):
    """Its description names each call as its address is named, and says which roles it is for."""

    def get_openapi_operation_id(self, operation: Any) -> str:
        """A word that stays when functions move to other modules: clients are made from it."""
        return str(operation.url_name).replace("-", "_")

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """The description in OpenAPI 3.1, with `x-roles` on each call."""
        schema = super().get_openapi_schema(**kwargs)
        for name, shape in schema["components"]["schemas"].items():
            shape.setdefault("description", Page.__doc__ if name.startswith("Page_") else "")
        roles = {self.get_openapi_operation_id(one): roles_for(one) for one in operations(self)}
        for calls in schema["paths"].values():
            for call in calls.values():
                call["x-roles"] = sorted(role.value for role in roles[call["operationId"]])
        return schema


class Reader(Parser):
    """What a body of JSON is read by, here as where calls read it themselves."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's values; ninja answers with 400 where this fails."""
        return read_json(request.body)


def operations(api: NinjaAPI) -> list[Any]:
    """Every call of the API: ninja's operations, each with its path and methods."""
    bound = [view for router in api._get_bound_routers() for view in router.path_operations.values()]
    return [operation for view in bound for operation in view.operations]


def roles_for(operation: Any) -> frozenset[Role]:
    """Whose tokens a call takes; empty: everybody's."""
    (access,) = operation.auth_callbacks
    roles: frozenset[Role] = access.roles
    return roles


api = Described(
    title="Loupe",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,
    auth=Bearer(),
    parser=Reader(),
)
for part in (catalogs, uploads, batches, photos, exports):
    api.add_router("", part.router)


# What may end a request, and how that is said. Whatever else is a mistake of ours: Django writes it down, and
# config.api_answers answers.
KNOWN: dict[type[Exception], Callable[[Any], Problem]] = {
    Problem: lambda problem: problem,
    ValidationError: lambda error: of_values(error.errors),
    PermissionDenied: lambda denied: Problem(403, str(denied)),
    Http404: lambda missing: Problem(404),
    RequestDataTooBig: lambda error: Problem(413, "The body is too long for what is no file."),
    TooManyFilesSent: lambda error: Problem(
        413, f"More than {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files in one request; send them in several."
    ),
    MultiPartParserError: lambda error: Problem(400, f"The multipart body can't be read: {error}.", code="malformed"),
    UnreadablePostError: lambda error: Problem(
        400, "The body broke off before its end; send it again.", code="broken_off"
    ),
    SuspiciousOperation: lambda error: Problem(400),
    HttpError: lambda error: Problem(error.status_code, _of_ninja(error), code=_malformed(error)),
}


def _of_ninja(error: HttpError) -> str:
    return "The body can't be read as JSON." if error.status_code == 400 else ""


def _malformed(error: HttpError) -> str:
    return "malformed" if error.status_code == 400 else ""


def _say(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    say = next(say for kind, say in KNOWN.items() if isinstance(error, kind))
    return say(error).answer()


for kind in KNOWN:
    api.add_exception_handler(kind, _say)
