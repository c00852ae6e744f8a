"""Calls that may be sent twice and are carried out once: an Idempotency-Key is answered with its first answer again."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.responses import Status

from catalog.answers import KEPT_FOR
from catalog.api.parts import check_size
from catalog.api.problems import Problem, of_fields
from catalog.models import ApiAnswer

HEADER = "Idempotency-Key"
LONGEST = 200
# What a call's description says of it.
DESCRIBED = {
    "parameters": [
        {
            "name": HEADER,
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": LONGEST},
            "description": "A word of your own for this request. Sent again within a day, it is answered as it was the "
            "first time, and nothing is done twice.",
        }
    ]
}

Call = Callable[..., Status[dict[str, Any]]]


def once(call: Call) -> Call:
    """Carry a call out once for each key. What was refused is forgotten, so that it may be tried again with its key."""

    @wraps(call)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> Status[dict[str, Any]]:
        key = request.headers.get(HEADER)
        if key is None:
            return call(request, *args, **kwargs)
        kept, is_new = _kept(request, key)
        if not is_new:
            return Status(kept.status or 200, kept.body)
        try:
            answer = call(request, *args, **kwargs)
        except BaseException:
            kept.delete()
            raise
        kept.status, kept.body = answer.status_code, answer.value
        kept.save(update_fields=["status", "body"])
        return answer

    return answered


def digest_of(request: HttpRequest) -> str:
    """What tells one body from another. Files are read piece by piece, from where the request was put on disk."""
    digest = hashlib.sha256()
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    check_size(request, settings.MAX_UPLOAD_BYTES)
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(repr((name, file.name, file.size)).encode())
            for piece in file.chunks():
                digest.update(piece)
    return digest.hexdigest()


def _kept(request: HttpRequest, key: str) -> tuple[ApiAnswer, bool]:
    """What is kept under the key, or a new row that keeps others waiting. Raises Problem."""
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise of_fields({HEADER: [f"From 1 to {LONGEST} plain characters."]})
    asked = {"path": request.path[:500], "digest": digest_of(request)}
    token = request.auth  # type: ignore[attr-defined]
    old = ApiAnswer.objects.filter(token=token, key=key, created_at__lt=timezone.now() - KEPT_FOR)
    old.delete()
    kept, is_new = ApiAnswer.objects.get_or_create(token=token, key=key, defaults=asked)
    if (kept.path, kept.digest) != (asked["path"], asked["digest"]):
        words = f"The {HEADER} {key} belongs to another request; give each request its own."
        raise Problem(409, words, code="key_reused")
    if not is_new and kept.status is None:
        words = "The first request with this key is still at work, or broke off. Wait; then look at what there is, "
        raise Problem(409, f"{words}and use another key if nothing came of it.", code="key_in_work")
    return kept, is_new
