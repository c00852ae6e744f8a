"""The web server's entry."""

import os
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_django = get_wsgi_application()


class Whole:
    """A request's body that breaks where its connection did: to a server's stream that is the end, as any other."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self.stream, self.left = stream, length

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes. Raises OSError at the end of what came, if more was announced."""
        return self._counted(self.stream.read(size), size)

    def readline(self, size: int = -1) -> bytes:
        """A line, up to ``size`` bytes of it. Raises OSError as ``read`` does."""
        return self._counted(self.stream.readline(size), size)

    def _counted(self, piece: bytes, size: int) -> bytes:
        self.left -= len(piece)
        if not piece and size and self.left > 0:
            raise OSError(f"The connection broke off {self.left} bytes before the end of the body.")
        return piece


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, which would otherwise take half a body for all of it."""
    length = environ.get("CONTENT_LENGTH") or "0"
    environ["wsgi.input"] = Whole(environ["wsgi.input"], int(length) if length.isdecimal() else 0)
    return _django(environ, start_response)
