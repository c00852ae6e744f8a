"""What every router of the API is made of: pages of lists, what calls answer, and where things are."""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Field, Schema
from pydantic import ConfigDict

from catalog import partials
from catalog.api.problems import Problem

MOST = 200
USUAL = 50
# What surrounds the files of a multipart request.
ENVELOPE = 1_000_000
# No list is longer, and no database takes a number that is much larger.
LAST = 10**12

Item = TypeVar("Item")
Row = TypeVar("Row", bound=Model)


class Asked(Schema):
    """A request's body: a name that nobody knows is told, rather than passed over."""

    model_config = ConfigDict(extra="forbid")


class ProblemOut(Schema):
    """What every refusal and failure looks like."""

    code: str = Field(description="For programs: it stays as it is when the sentence changes.")
    message: str = Field(description="For people: what was found, what is wanted, what to do.")
    fields: dict[str, list[str]] | None = Field(None, description="Sentences by the field or parameter they are about.")


class Paging(Schema):
    """Which part of a list is wanted."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="So many at most.")
    offset: int = Field(0, ge=0, le=LAST, description="So many from the first on are passed over.")


class Page(Schema, Generic[Item]):
    """Part of a list."""

    items: list[Item]
    total: int = Field(description="How many there are in all.")
    limit: int
    offset: int
    next: str | None = Field(description="The address of the next part; null on the last.")


def page(
    request: HttpRequest,
    rows: "QuerySet[Row]",
    asked: Paging,
    shown: Callable[[list[Row]], Iterable[Mapping[str, Any]]],
) -> dict[str, Any]:
    """The part of ``rows`` that is asked for; ``shown`` makes plain values of its rows, all at once."""
    total = rows.count()
    part = list(rows[asked.offset : asked.offset + asked.limit])
    return {
        "items": list(shown(part)),
        "total": total,
        "limit": asked.limit,
        "offset": asked.offset,
        "next": _next(request, asked) if asked.offset + asked.limit < total else None,
    }


def _next(request: HttpRequest, asked: Paging) -> str:
    query = request.GET.copy()
    query["limit"], query["offset"] = str(asked.limit), str(asked.offset + asked.limit)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def answers(shape: Any, *problems: int, status: int = 200) -> dict[int, Any]:
    """What a call answers with: ``shape`` when it went well, a ProblemOut otherwise."""
    return {status: shape, **dict.fromkeys((401, 403, *problems), ProblemOut)}


def sends(kind: str) -> dict[str, Any]:
    """For a call that answers with a file of this content type instead of JSON."""
    return {"responses": {200: {"description": "The file.", "content": {kind: {"schema": _FILE}}}}}


_FILE = {"type": "string", "format": "binary"}


def takes_files(field: str, *, many: bool, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """For a call that takes files as multipart/form-data, which it reads itself once all else is in order."""
    shape = {"type": "array", "items": _FILE} if many else _FILE
    form = {"type": "object", "properties": {**(fields or {}), field: shape}}
    return {"requestBody": {"content": {"multipart/form-data": {"schema": form}}, "required": True}}


def found(rows: "QuerySet[Row]", what: str, **key: Any) -> Row:
    """One row, or Problem 404 that names what was looked for."""
    (value,) = key.values()
    # No database finds the character NUL, and PostgreSQL will not even look for it.
    row = None if "\0" in str(value) else rows.filter(**key).first()
    if row is None:
        raise Problem(404, f"There is no {what} {value}.")
    return row


def read_json(body: bytes) -> Any:
    """A body's values. Raises Problem, 400, for what is no JSON, is nested deeper than Python follows, or holds half of
    a character (a lone surrogate), which no database stores and no page shows."""
    try:
        values = json.loads(body)
        json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"The body can't be read as JSON: {error}.", code="malformed") from error
    return values


def check_size(request: HttpRequest, most: int) -> None:
    """Refuse a body by its announced size, before a byte of it is read; files of it are kept on disk, not in memory.

    Raises Problem, 413. A body without a length is none: the server reads nothing then.
    """
    length = int(request.headers.get("Content-Length") or 0)
    try:
        if length > most + ENVELOPE:
            words = f"The request has {length / 1e6:.0f} MB; at most {most / 1e6:.0f} MB go into one."
            raise partials.TooLarge(f"{words} Send less at once, or each file by tus.")
        partials.must_fit(max(length - ENVELOPE, 0), Path(tempfile.gettempdir()))
    except partials.TooLarge as error:
        raise Problem(413, str(error)) from error
