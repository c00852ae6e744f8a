"""The form that orders an export: what of, and for which marketplaces."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.utils.html import format_html

from catalog.flow import RELEASED_STAGES
from catalog.marketplaces import PRESETS, preset
from catalog.models import Batch, Catalog
from processing import exports
from processing.models import Export

RECENT_BATCHES = 50
WHAT_TO_DO = "Photos are released by their batch's verdict: review its sample first."
# A marketplace's name, to be found at a glance among many, and what it gets.
OPTION = '<span><b>{}</b> <span class="soft small">{}</span></span>'
RELEASED = Count("photos", filter=Q(photos__stage__in=RELEASED_STAGES))


class ExportForm(forms.Form):
    """``what`` is a catalog or a batch; ``photos`` (hidden) narrows it to a selection."""

    what = forms.ChoiceField(label="What", help_text="Only released photos go out; the others are listed with why.")
    marketplaces = forms.MultipleChoiceField(
        label="Marketplaces",
        widget=forms.CheckboxSelectMultiple({"class": "options options-told"}),
        error_messages={"required": "Choose at least one marketplace."},
    )
    unreviewed = forms.BooleanField(
        label="Also what still waits for a review",
        required=False,
        help_text="Nobody has looked at those pictures. The export and its manifest say which they are.",
    )
    fresh = forms.BooleanField(
        label="Only what was not delivered yet",
        required=False,
        help_text="Leaves out what a marketplace has already and nobody has changed since.",
    )
    photos = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_release: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_release:
            del self.fields["unreviewed"]
        self.fields["what"].choices = _choices(str(self["what"].value() or ""))  # type: ignore[attr-defined]
        self.fields["marketplaces"].choices = [  # type: ignore[attr-defined]
            (known.slug, format_html(OPTION, known.label, known.description)) for known in PRESETS
        ]

    def clean_photos(self) -> list[int] | None:
        """The numbers of the selected photos; None for all."""
        words = [word for word in self.cleaned_data["photos"].split(",") if word.strip()]
        if not all(is_key(word.strip()) for word in words):
            raise forms.ValidationError("The selection is not a list of photos; select them again.")
        return [int(word) for word in words] or None

    def clean(self) -> dict[str, Any]:
        """An order of which nothing could be written is refused before it is taken."""
        cleaned = super().clean() or {}
        if not cleaned.get("what") or self.errors:
            return cleaned
        catalog, batch = self.scope()
        asked = (batch.photos if batch else catalog.photos).filter(**_narrowed(cleaned.get("photos")))
        released = asked.filter(stage__in=RELEASED_STAGES)
        if not cleaned.get("unreviewed") and not released.exists():
            raise forms.ValidationError(f"No photo of {batch or catalog} is released yet. {WHAT_TO_DO}")
        return cleaned

    def scope(self) -> tuple[Catalog, Batch | None]:
        """What the form asks for, once it is valid."""
        kind, _, pk = self.cleaned_data["what"].partition("-")
        if kind == "batch":
            batch = Batch.objects.select_related("catalog").get(pk=pk)
            return batch.catalog, batch
        return Catalog.objects.get(pk=pk), None

    def order(self, by: User) -> Export | None:
        """The export that a valid form asks for; None, and the reason on the form, where nothing is new."""
        (catalog, batch), data = self.scope(), self.cleaned_data
        choices = {"unreviewed": data.get("unreviewed", False), "fresh": data["fresh"]}
        try:
            return exports.order(catalog, by, data["marketplaces"], batch=batch, photos=data["photos"], **choices)
        except exports.NothingNew as nothing:
            self.add_error(None, f"{batch or catalog}: {nothing}")
            return None


def is_key(word: str) -> bool:
    """Whether a word may be a row's number: more digits than these no database takes."""
    return word.isdecimal() and len(word) < 19


def initial(query: dict[str, str]) -> dict[str, Any]:
    """What the form starts with, by the address that led to it: ?batch=, ?catalog= (number or slug), ?photos=."""
    catalog, what = None, ""
    if is_key(query.get("batch", "")):
        batch = Batch.objects.select_related("catalog").filter(pk=query["batch"]).first()
        catalog, what = (batch.catalog, f"batch-{batch.pk}") if batch else (None, "")
    else:
        # Without a word the list shows its first, so that one's marketplaces are meant.
        word = query.get("catalog", "")
        named = Q(pk=word) if is_key(word) else Q(slug=word) if word else Q()
        catalog = Catalog.objects.filter(named).first()
        what = f"catalog-{catalog.pk}" if catalog else ""
    return {"what": what, "photos": query.get("photos", ""), "marketplaces": _usual(catalog)}


def _narrowed(photos: list[int] | None) -> dict[str, Any]:
    return {"pk__in": photos} if photos else {}


def _usual(catalog: Catalog | None) -> list[str]:
    """The catalog's own marketplaces, as far as there are presets for them."""
    known = {one.slug for one in PRESETS}
    return [slug for slug in (catalog.marketplaces if catalog else []) if slug in known]


def labels(slugs: list[str]) -> str:
    """The marketplaces' names, for a page."""
    return ", ".join(preset(slug).label for slug in slugs)


def _choices(asked: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Catalogs and the newest batches, with whichever older one is asked for; an empty list where there is neither."""
    every = Batch.objects.select_related("catalog")
    pk = asked.removeprefix("batch-")
    newest = [*every[:RECENT_BATCHES].values_list("pk", flat=True), *([int(pk)] if is_key(pk) else [])]
    catalogs = [(f"catalog-{one.pk}", f"{one.name}: {_count(one)}") for one in _counted(Catalog.objects.all())]
    batches = [
        (f"batch-{one.pk}", f"{one} of {one.catalog}: {_count(one)}") for one in _counted(every.filter(pk__in=newest))
    ]
    return [(label, rows) for label, rows in (("Catalogs", catalogs), ("Batches", batches)) if rows]


def _counted(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    counted: QuerySet[Any] = rows.annotate(released=RELEASED, all=Count("photos"))
    return counted


def _count(row: Any) -> str:
    return f"{row.released} of {row.all} photos released"
