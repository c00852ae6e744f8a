"""A client of the API as a program has one: a token, JSON, and no session."""

import io
import json
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.response import HttpResponseBase
from django.test import Client

from catalog import tokens

ROOT = "/api/v1"


class Api:
    """Calls below ROOT with somebody's token; an answer is checked for its status and handed back as plain values."""

    def __init__(self, user: User | None = None, secret: str = "") -> None:
        self.secret = secret or (tokens.make(user, "test")[1] if user else "")
        self.key: str | None = None
        # A browser's rules hold for everybody who is not asked for a token.
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def ask(self, method: str, path: str, data: Any = None, **options: Any) -> HttpResponseBase:
        """The whole answer. A dictionary is sent as JSON, unless it holds files."""
        if method != "get" and isinstance(data, dict) and not options.pop("multipart", False):
            options["content_type"], data = "application/json", json.dumps(data)
        headers = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        headers |= {"Idempotency-Key": self.key} if self.key is not None else {}
        address = path if path.startswith(("/api/", "http")) else ROOT + path
        return getattr(self.client, method)(address, data, headers=headers, **options)  # type: ignore[no-any-return]

    def get(self, path: str, expected: int = 200, **query: Any) -> Any:
        """What a GET is answered with."""
        return self._values(self.ask("get", path, query), expected)

    def post(self, path: str, data: Any = None, expected: int = 201) -> Any:
        """What a POST of JSON is answered with."""
        return self._values(self.ask("post", path, data if data is not None else {}), expected)

    def patch(self, path: str, data: Any, expected: int = 200) -> Any:
        """What a PATCH of JSON is answered with."""
        return self._values(self.ask("patch", path, data), expected)

    def send(
        self, path: str, *files: tuple[str, bytes], field: str = "files", expected: int = 201, **fields: Any
    ) -> Any:
        """What a POST of files is answered with."""
        named = [SimpleUploadedFile(name, data) for name, data in files]
        data = {field: named if len(named) > 1 else named[0] if named else [], **fields}
        return self._values(self.ask("post", path, data, multipart=True), expected)

    def _values(self, answer: Any, expected: int) -> Any:
        assert answer["Content-Type"].startswith("application/json"), answer["Content-Type"]
        values = answer.json()
        assert answer.status_code == expected, values
        if expected >= 400:
            assert values.keys() <= {"code", "message", "fields"} and values["code"] and values["message"], values
        return values


class Watched(io.RawIOBase):
    """A body that notes how much of it was asked for at once, and how much in all."""

    def __init__(self, data: bytes) -> None:
        self.data, self.largest, self.taken = io.BytesIO(data), 0, 0

    def read(self, size: int = -1) -> bytes:
        piece = self.data.read(size)
        self.largest, self.taken = max(self.largest, len(piece)), self.taken + len(piece)
        return piece


def stream(caller: Api, path: str, body: Watched, length: int) -> Any:
    """A request as a server hands it to Django: a stream, and its length."""
    options = {"wsgi.input": body, "CONTENT_LENGTH": str(length), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    headers = {"Authorization": f"Bearer {caller.secret}"}
    headers |= {"Idempotency-Key": caller.key} if caller.key is not None else {}
    return caller.client.generic("POST", f"/api/v1{path}", headers=headers, **options)
