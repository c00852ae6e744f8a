"""Pictures of a photo as it came: thumb, preview, and the source at full size as a browser can show it."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from catalog.models import Photo
from catalog.people import Role, allowed

KINDS = ("thumb", "preview", "source")
# A photo's files never change, so a browser may keep them for ever.
forever = cache_control(private=True, max_age=31_536_000, immutable=True)


@allowed(*Role)
@require_GET
@forever
def picture(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """One stored picture of photo ``pk``: thumb, preview, or the source as it was uploaded (as a download)."""
    photo = get_object_or_404(Photo, pk=pk)
    name = getattr(photo, kind).name if kind in KINDS else ""
    if not name:
        raise Http404(f"This photo has no {kind}.")
    try:
        return FileResponse(default_storage.open(name), as_attachment=kind == "source", filename=photo.name)
    except FileNotFoundError as error:
        raise Http404("The file is no longer in the storage.") from error
