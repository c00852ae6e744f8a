"""Forms of scenes and mock-ups: a picture for a scene, where products go in it, and what to show where."""

from typing import Any, cast

from django import forms
from django.db.models import Count, QuerySet

from catalog.flow import RELEASED_STAGES
from catalog.models import Batch, Catalog, Photo
from processing.imaging import slots
from processing.imaging.slots import FLAT, STANDS, Slot
from processing.models import Mockup, Output, Scene
from processing.routing import LIFESTYLE_VIEWS
from processing.scenes import LEAST_EDGE, MOST_BYTES

# What a form says in percent and a slot in shares.
SHARES = ("density", "softness", "length", "match", "shading", "highlights", "displacement")
PLACES = ("x", "y", "width", "height")
CORNERS = ("upper left", "upper right", "lower right", "lower left")
SHADOW_WORDS = {
    "contact": "Contact: a thin dark line at the foot",
    "cast": "Cast: it lies on the ground",
    "none": "None",
}
OFFERED = 30


class NewSceneForm(forms.Form):
    """A picture of a place, and what it is called."""

    name = forms.CharField(max_length=60, help_text="It is said in alt texts and file names, such as “kitchen table”.")
    picture = forms.FileField(
        help_text=f"JPEG or PNG, at least {LEAST_EDGE} px long: the place without a product in it.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )
    drawn = forms.BooleanField(required=False, label="It was made on a computer (a render), it is no photo")

    def clean_picture(self) -> Any:
        """A file that is far too large is refused before anything reads it."""
        return _bounded(self.cleaned_data["picture"])


class FrontForm(forms.Form):
    """What stands in front of the slot."""

    front = forms.FileField(
        required=False,
        label="What stands in front",
        help_text="A picture of the scene's own shape, white where something stands in front, or a PNG that is opaque "
        "there. Without a file there is nothing in front.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )

    def clean_front(self) -> Any:
        """As that of a scene."""
        return _bounded(self.cleaned_data["front"])


def _bounded(file: Any) -> Any:
    if file and file.size > MOST_BYTES:
        wanted = f"at most {MOST_BYTES / 1e6:.0f} MB: export the picture at a smaller size"
        raise forms.ValidationError(f"The file has {file.size / 1e6:.0f} MB. Wanted: {wanted}.")
    return file


def _number(label: str, least: float, most: float, step: float, help_text: str = "") -> forms.FloatField:
    widget = forms.NumberInput(attrs={"min": f"{least:g}", "max": f"{most:g}", "step": f"{step:g}"})
    return forms.FloatField(label=label, min_value=least, max_value=most, widget=widget, help_text=help_text)


def _slider(label: str, help_text: str = "") -> forms.FloatField:
    widget = forms.NumberInput(attrs={"type": "range", "min": "0", "max": "100", "step": "5"})
    return forms.FloatField(label=label, min_value=0, max_value=100, widget=widget, help_text=help_text)


class SlotForm(forms.Form):
    """Where products go in a scene. Places are percent of the scene's width and height."""

    kind = forms.ChoiceField(
        label="The product",
        choices=[(STANDS, "stands on the ground"), (FLAT, "lies flat: a print, a poster, a screen")],
        widget=forms.RadioSelect,
    )
    x = _number("Foot, across", 0, 100, 0.1)
    y = _number("Foot, down", 0, 100, 0.1)
    width = _number("Room, wide", 1, 100, 0.1)
    height = _number("Room, high", 1, 100, 0.1)
    cm = _number(
        "Height in reality, cm", 0, 2000, 0.1, "0 if nobody knows: then a product fills the place, whatever its size."
    )
    cm_wide = _number("Width in reality, cm", 0, 2000, 0.1)
    cover = forms.BooleanField(required=False, label="Fill the area; what stands over is cut")
    shadow = forms.ChoiceField(choices=list(SHADOW_WORDS.items()))
    direction = _number(
        "It falls to", 0, 360, 1, "Degrees clockwise from the right: 0 right, 90 to the front, 180 left."
    )
    density = _slider("Dark")
    softness = _slider("Soft")
    length = _slider("Long")
    match = _slider(
        "Match the scene",
        "How much of its colour, brightness, blur and grain the product takes on. Colours change by 15 % at most.",
    )
    exposure = _number("Brighter or darker, stops", -1, 1, 0.1)
    shading = _slider("Keep the area's shading")
    highlights = _slider("Keep its glare")
    displacement = _slider("Follow its relief", "For cloth and crumpled paper; 0 for a frame.")
    output = forms.ModelChoiceField(Output.objects.none(), required=False, label="Try it with")

    def __init__(self, *args: Any, scene: Scene, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place, name in enumerate(CORNERS):
            for axis in "xy":
                word = "across" if axis == "x" else "down"
                self.fields[f"c{place}{axis}"] = _number(f"{name.capitalize()}, {word}", -50, 150, 0.1)
        # A form that is opened anew begins with what the scene has.
        for name, value in entered(slots.parse(scene.slot)).items():
            self.fields[name].initial = value
        self.offered = offered(scene.catalog)
        choice = cast("forms.ModelChoiceField[Output]", self.fields["output"])
        choice.queryset = Output.objects.filter(photo__catalog=scene.catalog)
        choice.widget.choices = [(output.pk, label) for output, label in self.offered]
        choice.initial = self.offered[0][0].pk if self.offered else None

    def group(self, *names: str) -> list[forms.BoundField]:
        """Some of the fields, for the page."""
        return [self[name] for name in names]

    def values(self) -> dict[str, Any]:
        """What was entered, as a slot has it."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "output"}
        for name in (*SHARES, *PLACES):
            found[name] = found[name] / 100
        corners = [(found.pop(f"c{place}x") / 100, found.pop(f"c{place}y") / 100) for place in range(4)]
        return {**found, "corners": corners}


def entered(slot: Slot) -> dict[str, Any]:
    """A slot as the form shows it."""
    values = slot.as_dict()
    corners = values.pop("corners")
    for name in (*SHARES, *PLACES):
        values[name] = round(100 * values[name], 2)
    for place, (x, y) in enumerate(corners):
        values |= {f"c{place}x": round(100 * x, 2), f"c{place}y": round(100 * y, 2)}
    return values


def offered(catalog: Catalog) -> list[tuple[Output, str]]:
    """The newest outputs of released photos with what they are called: one a product, to try a scene with."""
    photos = Photo.objects.filter(catalog=catalog, stage__in=RELEASED_STAGES).order_by("-pk")[: 4 * OFFERED]
    rows = Output.objects.latest_of([photo.pk for photo in photos]).select_related("photo__product").order_by("-pk")
    found: dict[int, tuple[Output, str]] = {}
    for output in rows:
        product = output.photo.product
        known = product.pk if product else -output.photo_id
        found.setdefault(known, (output, f"{product.sku} {product.title}".strip() if product else output.photo.name))
    return list(found.values())[:OFFERED]


class NewMockupsForm(forms.Form):
    """Which released photos are shown in which scenes."""

    scenes = forms.ModelMultipleChoiceField(
        Scene.objects.none(), widget=forms.CheckboxSelectMultiple(attrs={"class": "options"})
    )
    batch = forms.ModelChoiceField(Batch.objects.none(), required=False, empty_label="All batches")
    category = forms.ChoiceField(required=False)
    view = forms.ChoiceField(required=False, label="View")
    fitting = forms.BooleanField(
        required=False,
        initial=True,
        label="Of both kinds: posters and prints in flat scenes, everything else in standing ones",
        help_text="By the route: lifestyle photos are prints and art. In scenes of one kind alone everything is shown.",
    )

    def __init__(self, *args: Any, catalog: Catalog, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.catalog = catalog
        released = Photo.objects.filter(catalog=catalog, stage__in=RELEASED_STAGES).select_related("product")
        # Those show the product in use already.
        self.photos = released.exclude(view__in=LIFESTYLE_VIEWS)
        self._queryset("scenes", usable(catalog))
        self._queryset("batch", Batch.objects.filter(photos__in=self.photos).distinct())
        self._words("category", "All categories")
        self._words("view", "All views")

    def _queryset(self, name: str, rows: "QuerySet[Any]") -> None:
        cast("forms.ModelChoiceField[Any]", self.fields[name]).queryset = rows

    def _words(self, name: str, every: str) -> None:
        words = self.photos.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()
        cast(forms.ChoiceField, self.fields[name]).choices = [("", every), *((word, word) for word in words)]

    def chosen(self) -> "QuerySet[Photo]":
        """The photos that were asked for."""
        asked = {name: self.cleaned_data[name] for name in ("batch", "category", "view") if self.cleaned_data[name]}
        return self.photos.filter(**asked)


def usable(catalog: Catalog) -> "QuerySet[Scene]":
    """The scenes in which mock-ups can be made."""
    return Scene.objects.filter(catalog=catalog, marked=True, retired=False)


def last_states(catalog: Catalog) -> dict[str, int]:
    """How many of the catalog's mock-ups are in each state."""
    rows = Mockup.objects.filter(scene__catalog=catalog).order_by().values_list("state")
    return dict.fromkeys(Mockup.State.values, 0) | dict(rows.annotate(number=Count("pk")))
