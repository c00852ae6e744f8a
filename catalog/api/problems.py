"""What the API says when something goes wrong: one shape, whatever it was, with the sentence that a page would show."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import JsonResponse

# What is said of a status where nothing more is known.
USUAL: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request can't be read. Look at its address, headers and body."),
    401: ("unauthenticated", "Send an API token: Authorization: Bearer loupe_..."),
    403: ("forbidden", "Your account may not do this."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method; the header Allow says which it takes."),
    409: ("conflict", "This does not fit how things stand now."),
    411: ("length_required", "Say how long the body is, by Content-Length; it may not come in chunks."),
    413: ("too_large", "That is more than this instance takes at once."),
    415: ("unsupported_media_type", "Send JSON, or multipart/form-data where there are files."),
    422: ("invalid", "Something in the request needs another look."),
    500: ("server_error", "Something broke here. It was written down; ask whoever runs this instance."),
}
OTHERWISE = ("error", "The request was refused.")
# How a schema's plainest objections are said.
WORDS: Mapping[str, str] = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "int_parsing": "Enter a whole number.",
    "int_type": "Enter a whole number.",
    "string_type": "Enter a text.",
    "bool_parsing": "Say true or false.",
}

Fields = Mapping[str, Sequence[str]]


class Problem(Exception):
    """Ends a request of the API with ``status``; ``fields`` are sentences by the name of what they are about."""

    def __init__(self, status: int, message: str = "", *, code: str = "", fields: Fields | None = None) -> None:
        usual_code, usual_message = USUAL.get(status, OTHERWISE)
        self.status, self.code, self.message = status, code or usual_code, message or usual_message
        self.fields = {name: list(sentences) for name, sentences in (fields or {}).items()}
        super().__init__(self.message)

    def as_dict(self) -> dict[str, Any]:
        """The body of the answer; no ``fields`` where the problem is with none."""
        found: dict[str, Any] = {"code": self.code, "message": self.message}
        return found | {"fields": self.fields} if self.fields else found

    def answer(self) -> JsonResponse:
        """The whole answer. It never leads to the sign-in page: a script could not sign in there."""
        response = JsonResponse(self.as_dict(), status=self.status)
        response["Cache-Control"] = "no-store"
        if self.status == 401:
            response["WWW-Authenticate"] = 'Bearer realm="Loupe"'
        return response


def of_form(form: forms.BaseForm, renamed: Mapping[str, str] | None = None) -> Problem:
    """What a page's form objects to. ``renamed`` gives the API's name of a field where it has another one there."""
    names = renamed or {}
    said = {name: [str(sentence) for sentence in sentences] for name, sentences in form.errors.items()}
    general = said.pop("__all__", [])
    return of_fields({names.get(name, name): sentences for name, sentences in said.items()}, " ".join(general))


def of_values(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """What a schema objects to, by the names of parameters and fields, as pages would say it where they have words."""
    said: dict[str, list[str]] = {}
    for error in errors:
        named = [str(part) for part in error["loc"] if isinstance(part, str)]
        sentence = WORDS.get(error["type"], f"{error['msg']}.")
        said.setdefault(named[-1] if named else "body", []).append(sentence)
    return of_fields(said)


def of_fields(fields: Fields, message: str = "") -> Problem:
    """What is wrong with parts of a request."""
    need = "1 field needs" if len(fields) == 1 else f"{len(fields)} fields need"
    usual = f"{need} another look: {', '.join(fields)}."
    return Problem(422, message or usual, fields=fields)
