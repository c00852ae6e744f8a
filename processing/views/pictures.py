"""Pictures of an output: the stored ones as they are, full size and overlays rendered when somebody looks."""

from collections.abc import Callable

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from catalog import files
from catalog.models import Photo
from catalog.people import Role, allowed
from processing import outputs
from processing.imaging import overlays, screens
from processing.models import Output

STORED = ("preview", "thumb", "alpha")
# An output never changes, so a browser may keep what it was shown for ever.
forever = cache_control(private=True, max_age=31_536_000, immutable=True)


def _full(output: Output) -> tuple[bytes, str]:
    _, result = outputs.reopen(output)
    return screens.jpeg(outputs.master(result.frame).rgb, quality=92), "image/jpeg"


def _difference(output: Output) -> tuple[bytes, str]:
    source, result = outputs.reopen(output)
    return overlays.difference(source, result.frame), "image/png"


def _halo(output: Output) -> tuple[bytes, str]:
    source, result = outputs.reopen(output)
    return overlays.halo(source, result.frame), "image/png"


RENDERED: dict[str, Callable[[Output], tuple[bytes, str]]] = {"full": _full, "difference": _difference, "halo": _halo}


@allowed(*Role)
@require_GET
@forever
def picture(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """One picture of output ``pk``: preview, thumb, alpha, full, difference or halo."""
    output = get_object_or_404(Output.objects.select_related("photo__catalog"), pk=pk)
    if kind in STORED:
        return stored(getattr(output, kind))
    if kind not in RENDERED:
        raise Http404(f"An output has no picture called {kind}.")
    data, content_type = RENDERED[kind](output)
    return HttpResponse(data, content_type=content_type)


@allowed(*Role)
@require_GET
@forever
def source_full(request: HttpRequest, pk: int) -> HttpResponse:
    """The photo's source at full size as the machine saw it: upright, in sRGB, as a JPEG that any browser shows."""
    photo = get_object_or_404(Photo.objects.select_related("catalog").exclude(source=""), pk=pk)
    return HttpResponse(screens.jpeg(outputs.read_source(photo).rgb, quality=92), content_type="image/jpeg")


def stored(file: FieldFile) -> FileResponse:
    """A stored picture as it is. Raises Http404 where there is none."""
    try:
        return FileResponse(files.opened(file))
    except FileNotFoundError as error:
        raise Http404("The file is not in the storage, or not any more.") from error
