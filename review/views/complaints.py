"""The complaint pages: the list, one complaint, and recording one against a product or a photo."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Catalog, Photo, Product
from catalog.people import Role, allowed
from processing.models import Output
from review import complaints
from review.defects import DEFECTS
from review.models import Complaint

PAGE = 50
SUGGESTED = 20
LONGEST = 300
# What the list may be asked for, in the order of its tabs.
SHOWN = {"open": Q(closed_at=None), "closed": Q(closed_at__isnull=False), "all": Q()}
# What it may be narrowed to, and the field of each.
ASKED = {"catalog": "catalog__slug", "defect": "defect"}


class ComplaintForm(forms.Form):
    """What was complained about one product: which photo, where, and what is wrong."""

    photo = forms.ModelChoiceField(
        Photo.objects.none(),
        required=False,
        empty_label="Not known, or all of them",
        help_text="A released photo goes back to review at once.",
    )
    marketplace = forms.ChoiceField(required=False)
    defect = forms.ChoiceField(label="What is wrong")
    note = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The customer's own words, and an order or case number.",
    )

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Photo]", self.fields["photo"]).queryset = product.photos.order_by("view", "pk")
        sold_on = [(preset.slug, preset.label) for preset in complaints.sold_on(product)]
        cast(forms.ChoiceField, self.fields["marketplace"]).choices = [("", "Not known"), *sold_on]
        found = [(defect.code, f"{defect.label}: {defect.meaning}") for defect in DEFECTS]
        cast(forms.ChoiceField, self.fields["defect"]).choices = [("", "Choose"), *found]


class ClosingForm(forms.Form):
    """How a complaint ended."""

    ending = forms.ChoiceField(choices=Complaint.Ending.choices, label="How it ended", widget=forms.RadioSelect)
    note = forms.CharField(
        required=False,
        max_length=500,
        label="What was done",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What the customer or the marketplace was told, say.",
    )


@allowed(Role.OPERATOR, Role.LEAD, Role.MANAGER)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Complaints, the newest first, with what had been said about the picture before; the open ones unless asked."""
    asked = {name: request.GET.get(name, "") for name in ASKED}
    among = Q(**{field: asked[name] for name, field in ASKED.items() if asked[name]})
    counts = Complaint.objects.filter(among).aggregate(all=Count("pk"), open=Count("pk", filter=SHOWN["open"]))
    shown = request.GET.get("show", "")
    if shown not in SHOWN:
        shown = "open"
    page = Paginator(complaints.listed().filter(among, SHOWN[shown]), PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [(complaint, complaints.decision_before(complaint)) for complaint in page.object_list],
        "shown": shown,
        "counts": counts | {"closed": counts["all"] - counts["open"]},
        "asked": asked,
        "narrowed": any(asked.values()),
        "catalogs": Catalog.objects.filter(complaints__isnull=False).distinct().order_by("name"),
        "defects": DEFECTS,
    }
    return render(request, "review/complaints.html", context)


@allowed(Role.OPERATOR, Role.LEAD, Role.MANAGER)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One complaint with its output, the decision before it, what happened since, and how it ended."""
    return _page(request, pk, ClosingForm())


def _page(request: HttpRequest, pk: int, form: ClosingForm) -> HttpResponse:
    complaint = get_object_or_404(complaints.listed(), pk=pk)
    context = {
        "complaint": complaint,
        "decision": complaints.decision_before(complaint),
        "since": _since(complaint),
        "form": form,
    }
    return render(request, "review/complaint.html", context, status=422 if form.errors else 200)


@allowed(Role.OPERATOR, Role.LEAD, Role.MANAGER)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an open complaint with how it ended."""
    complaint = get_object_or_404(Complaint, pk=pk)
    form = ClosingForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, form)
    try:
        complaints.close(complaint, by=cast(User, request.user), **form.cleaned_data)
        messages.success(request, "The complaint is closed.")
    except complaints.Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("review:complaint", pk=pk)


@allowed(Role.OPERATOR, Role.LEAD, Role.MANAGER)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed complaint again."""
    try:
        complaints.reopen(get_object_or_404(Complaint, pk=pk))
        messages.success(request, "The complaint is open again.")
    except complaints.Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("review:complaint", pk=pk)


@allowed(Role.OPERATOR, Role.LEAD, Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Find the product (``?q=``), or record a complaint against ``?product=`` or ``?photo=``."""
    photo = _asked(request, "photo", Photo.objects.select_related("product__catalog"))
    product = photo.product if photo else _asked(request, "product", Product.objects.select_related("catalog"))
    if product is None:
        words = request.GET.get("q", "").strip()[:LONGEST]
        return render(request, "review/complaint_product.html", {"q": words, "products": _products(words)})
    form = ComplaintForm(request.POST if request.method == "POST" else None, product=product, initial={"photo": photo})
    if request.method == "POST" and form.is_valid():
        recorded = complaints.record(product=product, by=cast(User, request.user), **form.cleaned_data)
        messages.success(request, f"The complaint is recorded. {recorded.told}")
        return redirect("review:complaint", pk=recorded.complaint.pk)
    context = {"form": form, "product": product, "photos": _with_thumbs(product)}
    return render(request, "review/complaint_new.html", context, status=422 if form.errors else 200)


def _since(complaint: Complaint) -> list[Any]:
    if complaint.photo is None:
        return []
    return list(complaint.photo.events.filter(at__gte=complaint.at).select_related("by"))


def _asked(request: HttpRequest, name: str, among: QuerySet[Any]) -> Any:
    """The row that the address names, None when it names none, 404 when there is no such row."""
    pk = request.GET.get(name, "")
    return get_object_or_404(among, pk=int(pk) if pk.isdecimal() and len(pk) < 19 else 0) if pk else None


def _products(words: str) -> list[Product]:
    if not words:
        return []
    found = Product.objects.filter(Q(sku__icontains=words) | Q(title__icontains=words)).select_related("catalog")
    return list(found[:SUGGESTED])


def _with_thumbs(product: Product) -> list[tuple[Photo, Output | None]]:
    photos = list(product.photos.order_by("view", "pk"))
    newest = Output.objects.latest_of([photo.pk for photo in photos])
    outputs = {output.photo_id: output for output in newest}
    return [(photo, outputs.get(photo.pk)) for photo in photos]
