"""Products: the list with search and filters, and one product with its photos."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog import catalogs
from catalog.columns import LABELS
from catalog.models import Catalog, Photo, Product
from catalog.people import Role, allowed
from catalog.views.batches import SHOWN

PAGE = 50
PHOTOS = 100
PHOTO_CHOICES = (("", "All"), ("with", "With photos"), ("without", "Without photos"))


@allowed(*Role)
@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Products of a catalog, searched and filtered, each with its first photo and its photos by stage."""
    catalog = get_object_or_404(Catalog, slug=slug)
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "category", "colour", "photos")}
    page = Paginator(filtered(catalog, asked), PAGE).get_page(request.GET.get("page"))
    context = {
        "catalog": catalog,
        "page_obj": page,
        "rows": product_rows(page),
        "asked": asked,
        "searching": any(asked.values()),
        "categories": _values(catalog, "category"),
        "colours": _values(catalog, "colour"),
        "photo_choices": PHOTO_CHOICES,
    }
    return render(request, "catalog/products.html", context)


@allowed(*Role)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One product: what the sheet says of it, and its photos as a contact sheet."""
    product = get_object_or_404(Product.objects.select_related("catalog"), pk=pk)
    photos = product.photos.select_related("batch").order_by("view", "pk")
    page = Paginator(photos, PHOTOS).get_page(request.GET.get("page"))
    counts = catalogs.photos_by_stage("product", [product.pk])[product.pk]
    context = {
        "product": product,
        "page_obj": page,
        "shown": SHOWN,
        "stages": catalogs.bar(counts),
        "total": sum(counts.values()),
        "missing": [name for name in product.catalog.intake_standard.required_fields if not getattr(product, name)],
        "facts": facts(product),
    }
    return render(request, "catalog/product.html", context)


def filtered(catalog: Catalog, asked: dict[str, str]) -> QuerySet[Product]:
    """The catalog's products whose SKU or title holds ``q``, of one category and colour, with or without photos."""
    found = Product.objects.filter(catalog=catalog)
    if asked["q"]:
        found = found.filter(Q(sku__icontains=asked["q"]) | Q(title__icontains=asked["q"]))
    for name in ("category", "colour"):
        if asked[name]:
            found = found.filter(**{name: asked[name]})
    if asked["photos"] in ("with", "without"):
        has = Exists(Photo.objects.filter(product=OuterRef("pk")))
        found = found.filter(has if asked["photos"] == "with" else ~has)
    return found


def product_rows(page: Page[Product]) -> list[dict[str, Any]]:
    """The products of a page with a photo to show and their photos by stage; two queries for all."""
    products = list(page.object_list)
    keys = [product.pk for product in products]
    stages = catalogs.photos_by_stage("product", keys)
    seen = Photo.objects.filter(product__in=keys).exclude(thumb="").order_by("-pk")
    # The last one written wins: the earliest photo, as a rule the front.
    first = dict(seen.values_list("product", "pk"))
    return [
        {
            "product": product,
            "photo": first.get(product.pk),
            "stages": catalogs.bar(stages[product.pk]),
            "total": sum(stages[product.pk].values()),
        }
        for product in products
    ]


def facts(product: Product) -> list[tuple[str, str]]:
    """What the sheet says of a product, by the words of the columns; what it does not say is empty."""
    names = ("category", "colour", "material", "brand", "gtin", "asin", "handle", "height", "width")
    return [(LABELS.get(name, name.capitalize()), getattr(product, name)) for name in names]


def _values(catalog: Catalog, name: str) -> list[str]:
    rows = Product.objects.filter(catalog=catalog).exclude(**{name: ""})
    return list(rows.order_by(name).values_list(name, flat=True).distinct())
