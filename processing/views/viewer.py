"""Source and newest output of a photo in step, for any page that shows a photo."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog.models import Photo
from catalog.people import Role, allowed
from processing.models import Output


@allowed(*Role)
@require_GET
def latest(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """Send on to a picture of the photo's newest output; that address never changes its picture, this one does."""
    output = Output.objects.filter(photo=pk).only("pk").first()
    if output is None:
        raise Http404("This photo has no output yet.")
    return redirect("processing:picture", pk=output.pk, kind=kind)


@allowed(*Role)
@require_GET
def photo_viewer(request: HttpRequest, pk: int) -> HttpResponse:
    """The viewer with the photo's source and newest output, or the source alone while there is none."""
    photo = get_object_or_404(Photo, pk=pk)
    output = Output.objects.filter(photo=photo).first()
    return render(
        request, "processing/photo_viewer.html", {"photo": photo, "output": output, **addresses(photo, output)}
    )


def addresses(photo: Photo, output: Output | None) -> dict[str, Any]:
    """What ``<loupe-compare>`` takes: the addresses and sizes of both pictures, and where the source lies."""
    found: dict[str, Any] = {
        "before": reverse("catalog:picture", args=[photo.pk, "preview"]),
        "before_full": reverse("processing:source-full", args=[photo.pk]),
        "before_size": f"{photo.width}x{photo.height}",
    }
    if output is None:
        return found
    place = output.placement
    return found | {
        "after": reverse("processing:picture", args=[output.pk, "preview"]),
        "after_full": reverse("processing:picture", args=[output.pk, "full"]),
        "after_size": f"{output.width}x{output.height}",
        "place": f"{place['scale']:.6f},{place['x']:.2f},{place['y']:.2f}" if place else "",
        "layers": [
            (name, label, key, reverse("processing:picture", args=[output.pk, name]))
            for name, label, key in (("alpha", "Mask", "m"), ("halo", "Halo", "h"), ("difference", "Colour", "d"))
        ],
    }
