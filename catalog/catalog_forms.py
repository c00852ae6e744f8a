"""Forms of a catalog: a new one, and its settings with one field for everything in the intake standard."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from django import forms
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.db.models import Model
from django.http import HttpRequest, QueryDict

from catalog import catalogs
from catalog.columns import LABELS
from catalog.marketplaces import PRESETS
from catalog.models import Catalog
from catalog.people import name_of
from catalog.standards import FORMATS, MEGABYTE, PRODUCT_FIELDS, InvalidStandard, Standard

# Label and explanation of each field of the standard; a field without an entry is named after itself.
WORDS: Mapping[str, tuple[str, str]] = {
    "min_edge": ("Shortest accepted longest edge, px", "A photo whose longest edge is shorter is refused."),
    "max_edge": ("Longest accepted edge, px", "A guard against pictures that no machine here can hold."),
    "max_pixels": ("Most pixels, million", "Width times height."),
    "max_bytes": ("Largest file, MB", ""),
    "formats": ("Formats", "By content, not by the name's ending."),
    "wide_gamut": ("Wide-gamut colours", "Adobe RGB, Display P3 and the like."),
    "cmyk": ("CMYK colours", "Converted with the embedded profile; without one it is refused in any case."),
    "deep": ("More than 8 bits a channel", ""),
    "mislabelled": ("Name says another format than the content", ""),
    "broken_profile": ("Broken colour profile", ""),
    "name_pattern": ("File names", "{sku}, {view} and {any}, with at least one character between them."),
    "views": ("Views", "Lower-case words that a file name may end with, separated by commas; numbers may follow."),
    "required_fields": ("Required of a product", "A photo whose product lacks one of these is refused."),
    "unknown_products": ("SKU that no product has", "Products can be created only where nothing below is required."),
}
CHOICES: Mapping[str, str] = {
    "convert": "Convert to sRGB, with a note",
    "refuse": "Refuse",
    "create": "Create a product",
}
# What is done instead of a conversion where there is nothing to convert.
CONVERSIONS: Mapping[str, str] = {
    "mislabelled": "Go by the content, with a note",
    "deep": "Reduce to 8 bits, with a note",
    "broken_profile": "Take the numbers as sRGB, with a note",
}
# Fields that people read in larger units than the standard keeps.
UNITS: Mapping[str, int] = {"max_pixels": 1_000_000, "max_bytes": MEGABYTE}
OPTIONS: Mapping[str, tuple[str, ...]] = {"formats": FORMATS, "required_fields": PRODUCT_FIELDS}
# More of a unit than anybody means.
MOST = 1_000_000
# Of these at least one must be chosen.
NEEDED = frozenset({"formats"})
NUMBERS = ("min_edge", "max_edge", "max_pixels", "max_bytes")
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Size", NUMBERS),
    ("File and colours", ("formats", "mislabelled", "wide_gamut", "cmyk", "deep", "broken_profile")),
    ("Names and products", ("name_pattern", "views", "unknown_products", "required_fields")),
)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: an empty submission is one too, and is told what it lacks."""
    return request.POST if request.method == "POST" else None


def field_for(name: str, kind: Any) -> forms.Field:
    """The form field for one field of the standard, from its type."""
    label, help_text = WORDS.get(name, (name.replace("_", " ").capitalize(), ""))
    words: dict[str, Any] = {"label": label, "help_text": help_text}
    if kind is int:
        return _number(name, words)
    if get_origin(kind) is Literal:
        words_of = {**CHOICES, "convert": CONVERSIONS.get(name, CHOICES["convert"])}
        options = [(value, words_of.get(value, value)) for value in get_args(kind)]
        return forms.ChoiceField(choices=options, **words)
    if name in OPTIONS:
        return _some_of(name, words)
    if kind is str:
        return forms.CharField(max_length=120, **words)
    return forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), **words)


def _some_of(name: str, words: dict[str, Any]) -> forms.Field:
    options = [(value, LABELS.get(value, value[:1].upper() + value[1:])) for value in OPTIONS[name]]
    return forms.MultipleChoiceField(
        choices=options,
        required=name in NEEDED,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
        **words,
    )


def _number(name: str, words: dict[str, Any]) -> forms.Field:
    if name in UNITS:
        return forms.FloatField(max_value=MOST, widget=forms.NumberInput(attrs={"step": "any"}), **words)
    return forms.IntegerField(**words)


def shown(name: str, value: Any) -> Any:
    """A value of the standard as its form field shows it."""
    if name in UNITS:
        amount = value / UNITS[name]
        return int(amount) if amount.is_integer() else amount
    if isinstance(value, tuple) and name not in OPTIONS:
        return ", ".join(value)
    return list(value) if isinstance(value, tuple) else value


def meant(name: str, value: Any) -> Any:
    """The standard's value for what a form field holds."""
    if name in UNITS:
        return round(value * UNITS[name])
    if name == "views":
        return tuple(part.strip() for part in value.replace("\n", ",").split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


class OwnerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice of people by the names that pages call them."""

    def label_from_instance(self, obj: Model) -> str:
        """The full name where there is one."""
        person = cast(User, obj)
        return name_of(person)


def people_field() -> forms.Field:
    """Who owns a catalog: exactly one lead or manager."""
    return OwnerField(
        User.objects.none(),
        empty_label="Choose",
        help_text="One lead or manager: escalations and questions about this catalog end with them.",
    )


def marketplaces_field() -> forms.MultipleChoiceField:
    """The presets that a catalog is exported for."""
    return forms.MultipleChoiceField(
        choices=[(preset.slug, preset.label) for preset in PRESETS],
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "options"}),
        help_text="What an export of this catalog offers first.",
    )


class NewCatalogForm(forms.Form):
    """What a catalog needs to begin with; everything else has a default and stands in its settings."""

    name = forms.CharField(max_length=120, help_text="The shop or client, as everybody here calls it.")
    owner = people_field()
    min_edge = field_for("min_edge", int)
    marketplaces = marketplaces_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_owners(self)

    def clean_name(self) -> str:
        """A name that no other catalog has."""
        name = str(self.cleaned_data["name"]).strip()
        if Catalog.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(
                f"There is a catalog called {name} already. Open that one, or choose another name."
            )
        return name

    def clean(self) -> dict[str, Any]:
        """Put the standard together from the defaults and the shortest edge."""
        values = super().clean() or {}
        if "min_edge" in values:
            _add_standard(self, {**Standard().as_dict(), "min_edge": values["min_edge"]})
        return values

    def create(self) -> Catalog | None:
        """The catalog that a valid form asks for; None, and the reason on the form, where another was quicker."""
        values = {name: self.cleaned_data[name] for name in ("standard", "marketplaces")}
        try:
            return catalogs.create(self.cleaned_data["name"], self.cleaned_data["owner"], **values)
        except IntegrityError:
            words = "Somebody made a catalog of this name just now. Open that one, or choose another name."
            self.add_error("name", words)
            return None


class SettingsForm(forms.Form):
    """Everything that a catalog asks for: the standard's fields are made from the dataclass."""

    name = forms.CharField(max_length=120)
    owner = people_field()
    batch_size = forms.IntegerField(
        min_value=1,
        max_value=1000,
        label="Photos a batch",
        help_text="50 to 100 do well: a batch is accepted as one lot.",
    )
    marketplaces = marketplaces_field()

    def __init__(self, *args: Any, catalog: Catalog, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.catalog = catalog
        _offer_owners(self)
        hints, standard = get_type_hints(Standard), catalog.intake_standard
        for field in fields(Standard):
            made = field_for(field.name, hints[field.name])
            made.initial = shown(field.name, getattr(standard, field.name))
            self.fields[field.name] = made
        for name in ("name", "owner", "batch_size", "marketplaces"):
            self.fields[name].initial = getattr(catalog, name)

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The standard's fields under their headings; one that no heading lists comes last."""
        listed = {name for _, names in GROUPS for name in names}
        rest = tuple(field.name for field in fields(Standard) if field.name not in listed)
        groups = (*GROUPS, ("More", rest)) if rest else GROUPS
        return [(title, [self[name] for name in names]) for title, names in groups]

    @property
    def general(self) -> list[forms.BoundField]:
        """The fields that are not the standard's."""
        return [self[name] for name in ("name", "owner", "batch_size", "marketplaces")]

    def clean_name(self) -> str:
        """A name that no other catalog has."""
        name = str(self.cleaned_data["name"]).strip()
        if Catalog.objects.filter(name__iexact=name).exclude(pk=self.catalog.pk).exists():
            raise forms.ValidationError(f"There is another catalog called {name}.")
        return name

    def clean(self) -> dict[str, Any]:
        """Put the standard together; what it objects to is said at the field."""
        values = super().clean() or {}
        given = {field.name: values[field.name] for field in fields(Standard) if field.name in values}
        known = {name: meant(name, value) for name, value in given.items()}
        _add_standard(self, {**self.catalog.intake_standard.as_dict(), **known})
        if known.get("unknown_products") == "create" and known.get("required_fields"):
            words = "No product can be created from a file name that must have more than a SKU: require nothing below."
            self.add_error("unknown_products", words)
        return values

    def write(self, by: User) -> int:
        """Write what a valid form says; returns how many refused photos are inspected again."""
        names = ("name", "owner", "batch_size", "marketplaces", "standard")
        return catalogs.change(self.catalog, by=by, **{name: self.cleaned_data[name] for name in names})

    @property
    def as_it_is(self) -> dict[str, Any]:
        """What the form would send if nothing in it were changed."""
        values = {name: field.initial for name, field in self.fields.items()}
        return {**values, "owner": self.catalog.owner_id}


def _add_standard(form: forms.Form, values: Mapping[str, Any]) -> None:
    """Put ``standard`` into the form's cleaned data, or every objection at its field."""
    usual, left = Standard().as_dict(), dict(values)
    # One objection after the other, each with the field before it as it usually is, so that all are said at once.
    for _ in usual:
        try:
            form.cleaned_data["standard"] = Standard.from_dict(left)
            return
        except InvalidStandard as error:
            _object(form, error)
            # One that is as usual already is at odds with another number.
            again = left[error.field] == usual[error.field]
            left |= {name: usual[name] for name in (NUMBERS if again else (error.field,))}


def _object(form: forms.Form, error: InvalidStandard) -> None:
    """Say an objection at its field, unless that has one, in the words of the page."""
    reason = error.reason
    for name, (label, _) in WORDS.items():
        reason = reason.replace(name, f"“{label}”") if "_" in name else reason
    if error.field not in form.fields:
        form.add_error("min_edge", f"{WORDS[error.field][0]} {reason}.")
    elif not form.errors.get(error.field):
        form.add_error(error.field, f"{reason[:1].upper()}{reason[1:]}.")


def _offer_owners(form: forms.Form) -> None:
    cast("forms.ModelChoiceField[User]", form.fields["owner"]).queryset = catalogs.owners()
