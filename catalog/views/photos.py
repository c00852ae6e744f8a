"""The photo page: where a photo is and how it came there; source and output come from the processing app."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.models import Batch, Photo
from catalog.people import Role, allowed
from catalog.segments import Route


@allowed(*Role)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One photo: what was given, its stage, its route with the reason, its timeline."""
    related = ("catalog", "upload__by", "batch", "product")
    photo = get_object_or_404(Photo.objects.select_related(*related).prefetch_related("rejections"), pk=pk)
    context = {
        "photo": photo,
        "events": photo.events.select_related("by"),
        "routes": Route.choices,
        **neighbours(photo),
    }
    return render(request, "catalog/photo.html", context)


def neighbours(photo: Photo) -> dict[str, Photo | None]:
    """The photos before and after this one on its batch's contact sheet."""
    if photo.batch_id is None:
        return {"previous": None, "next": None}
    others = list(Batch(pk=photo.batch_id).photos.order_by("name", "pk").only("pk", "name"))
    place = next(index for index, other in enumerate(others) if other.pk == photo.pk)
    following = others[place + 1] if place + 1 < len(others) else None
    return {"previous": others[place - 1] if place else None, "next": following}
