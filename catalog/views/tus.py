"""A tus 1.0 server: a file is created, arrives in pieces, is asked for its offset, is handed on or is cancelled.

Browsers come by their session, programs by an API token.
Protocol: https://tus.io/protocols/resumable-upload (core, creation, termination, expiration).
"""

import base64
import binascii
from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import http_date
from django.views.decorators.http import require_http_methods

from catalog import partials, uploads
from catalog.api.access import token_too
from catalog.models import Incoming, Upload
from catalog.people import Role, allowed

VERSION = "1.0.0"
BODY_TYPE = "application/offset+octet-stream"


def answer(status: int, text: str = "", headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A response with the headers that tus wants on each; `text` says to a person what went wrong."""
    known = {"Tus-Resumable": VERSION, "Cache-Control": "no-store", **(headers or {})}
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=known)


@token_too
@allowed(Role.OPERATOR, Role.LEAD)
@require_http_methods(["POST", "OPTIONS"])
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin one file of the upload `pk`; its address comes back in Location."""
    if request.method == "OPTIONS":
        return answer(204, headers={"Tus-Version": VERSION, "Tus-Extension": "creation,termination,expiration"})
    upload = get_object_or_404(Upload.objects.select_related("catalog", "by"), pk=pk)
    if refusal := _not_mine(request, upload):
        return refusal
    if upload.finished_at:
        return answer(409, "This upload is finished; start another one.")
    length = request.headers.get("Upload-Length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 16):
        return answer(400, "Upload-Length must be the file's size in bytes.")
    try:
        names = metadata(request.headers.get("Upload-Metadata", ""))
        incoming = partials.create(upload, names.get("path") or names.get("filename", ""), int(length))
    except ValueError as error:
        return answer(400, f"Upload-Metadata can't be read: {error}")
    except partials.TooLarge as error:
        return answer(413, str(error))
    headers = {"Location": reverse("catalog:tus-file", args=[incoming.pk]), **_expires(incoming)}
    return _completed(incoming, headers) if incoming.size == 0 else answer(201, headers=headers)


@token_too
@allowed(Role.OPERATOR, Role.LEAD)
@require_http_methods(["HEAD", "PATCH", "DELETE"])
def file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask how much of a file has arrived, append to it, or cancel it."""
    incoming = get_object_or_404(Incoming.objects.select_related("upload__catalog", "upload__by"), pk=pk)
    if refusal := _not_mine(request, incoming.upload):
        return refusal
    try:
        if request.method == "DELETE":
            with partials.locked(incoming):
                partials.drop(incoming)
            return answer(204)
        return _head(incoming) if request.method == "HEAD" else _patch(request, incoming)
    except partials.Busy:
        return answer(423, "Another request writes to this file; try again in a moment.")


def metadata(header: str) -> dict[str, str]:
    """The pairs of an Upload-Metadata header: `key base64,key base64`. Raises ValueError."""
    found = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        if key:
            try:
                found[key] = base64.b64decode(value, validate=True).decode("utf-8")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise ValueError(f"{key} is not base64 of UTF-8 text") from error
    return found


def _head(incoming: Incoming) -> HttpResponse:
    if not incoming.finished_at and partials.offset(incoming) == incoming.size:
        # The last piece came, and the storage or the process failed after it: nobody else would try again.
        _completed(incoming, {})
    headers = {"Upload-Offset": str(partials.offset(incoming)), "Upload-Length": str(incoming.size)}
    return answer(200, headers=headers | _expires(incoming))


def _patch(request: HttpRequest, incoming: Incoming) -> HttpResponse:
    if request.content_type != BODY_TYPE:
        return answer(415, f"The body must be {BODY_TYPE}.")
    with partials.locked(incoming) as partial:
        here = partials.offset(incoming)
        if request.headers.get("Upload-Offset") != str(here):
            return answer(409, f"{here} bytes are here; go on from there.", {"Upload-Offset": str(here)})
        if "Transfer-Encoding" in request.headers:
            return answer(411, "Say how long the body is, by Content-Length; nothing is read of one in chunks.")
        if int(request.headers.get("Content-Length") or 0) > incoming.size - here:
            return answer(413, "More bytes than Upload-Length announced.")
        if not incoming.finished_at:
            partials.append(partial, request, incoming.size - here)
        here = partials.offset(incoming)
        if here == incoming.size:
            partials.complete(incoming, partial)
        return answer(204, headers={"Upload-Offset": str(here), **_expires(incoming)})


def _completed(incoming: Incoming, headers: Mapping[str, str]) -> HttpResponse:
    with partials.locked(incoming) as partial:
        partials.complete(incoming, partial)
    return answer(201, headers=headers)


def _expires(incoming: Incoming) -> dict[str, str]:
    if incoming.finished_at:
        return {}
    return {"Upload-Expires": http_date((incoming.created_at + partials.KEPT_FOR).timestamp())}


def _not_mine(request: HttpRequest, upload: Upload) -> HttpResponse | None:
    """Only whoever opened an upload may send files into it, and only in this version of the protocol."""
    uploads.must_own(upload, request.user)
    if request.method != "HEAD" and request.headers.get("Tus-Resumable") != VERSION:
        return answer(412, f"This server speaks tus {VERSION}.", {"Tus-Version": VERSION})
    return None
