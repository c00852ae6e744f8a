"""The API's reference as a page like the others, made from its OpenAPI description: no script is needed for it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe

from catalog.people import Role, allowed
from config.api import api

WORDS = {"integer": "whole number", "string": "text", "boolean": "true or false", "object": "object"}
FORMATS = {"date-time": "time", "date": "date", "binary": "file"}


class Field(NamedTuple):
    """One parameter, or one member of a shape."""

    name: str
    kind: str
    required: bool
    meaning: str


class Content(NamedTuple):
    """What is sent or answered, in words, and the shape that has more words."""

    text: str
    shape: str = ""


class Call(NamedTuple):
    """One call: what it is for, whom, what it takes and what it answers."""

    key: str
    method: str
    path: str
    summary: str
    description: str
    roles: str
    parameters: list[Field]
    body: list[tuple[str, Content]]
    answers: list[tuple[str, Content]]
    refusals: str


@allowed(*Role)
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every call by what it is about, then the shapes of what they take and answer."""
    schema = api.get_openapi_schema()
    groups: dict[str, list[Call]] = defaultdict(list)
    for path, calls in schema["paths"].items():
        for method, call in calls.items():
            groups[call["tags"][0]].append(call_of(method, path, call))
    shapes = {name: (shape, list(fields_of(shape))) for name, shape in schema["components"]["schemas"].items()}
    context = {
        "groups": dict(groups),
        "shapes": [(label(name), name, shape.get("description", ""), rows) for name, (shape, rows) in shapes.items()],
        "count": sum(map(len, groups.values())),
        "base": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "api_reference.html", context)


def call_of(method: str, path: str, call: Mapping[str, Any]) -> Call:
    """A call of the description, in words."""
    parameters = [
        Field(one["name"], kind_of(one["schema"]), one.get("required", False), _meaning(one))
        for one in call.get("parameters", [])
        if one["in"] != "path"
    ]
    body = call.get("requestBody", {}).get("content", {})
    return Call(
        key=call["operationId"],
        method=method.upper(),
        path=path,
        summary=call["summary"],
        description=with_code(" ".join(call.get("description", "").split())),
        roles=", ".join(call["x-roles"]) or "everybody",
        parameters=parameters,
        body=[(kind, _content(one)) for kind, one in body.items()],
        answers=[(str(status), _answer(one)) for status, one in call["responses"].items() if status < 400],
        refusals=", ".join(str(status) for status in sorted(call["responses"]) if status >= 400),
    )


def with_code(text: str) -> str:
    """A text in which what stands between backticks is code."""
    parts = enumerate(text.split("`"))
    return format_html_join("", "{}", ((format_html("<code>{}</code>", one) if n % 2 else one,) for n, one in parts))


def fields_of(shape: Mapping[str, Any]) -> Iterator[Field]:
    """The members of a shape; an enumeration has none."""
    needed = shape.get("required", [])
    for name, one in shape.get("properties", {}).items():
        yield Field(name, kind_of(one), name in needed, one.get("description", ""))


def kind_of(schema: Mapping[str, Any]) -> str:
    """What a value is, in words."""
    if "$ref" in schema:
        return label(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(kind_of(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    kind = str(schema.get("type", "anything"))
    return FORMATS.get(schema.get("format", ""), WORDS.get(kind, kind))


def label(name: str) -> str:
    """A shape as the page calls it: "Page_PhotoOut_" is a page of photos."""
    if name.startswith("Page_"):
        return f"Page of {label(name.removeprefix('Page_').strip('_'))}"
    return name.removesuffix("Out")


def _meaning(parameter: Mapping[str, Any]) -> str:
    said: str = parameter.get("description") or parameter["schema"].get("description", "")
    return f"A header. {said}" if parameter["in"] == "header" else said


def _content(content: Mapping[str, Any]) -> Content:
    schema = content.get("schema", {})
    members = [f"{field.name} ({field.kind})" for field in fields_of(schema)]
    within = schema.get("items", schema)
    return Content(", ".join(members) or kind_of(schema), within.get("$ref", "").rpartition("/")[2])


def _answer(answer: Mapping[str, Any]) -> Content:
    """A call answers with one kind of content."""
    ((kind, content),) = answer["content"].items()
    found = _content(content)
    return found if kind == "application/json" else found._replace(text=f"{found.text} ({kind})")
