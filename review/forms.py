"""Forms of the review floor; choices come from the registries."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from catalog.people import Role, name_of
from catalog.segments import Route
from processing import recipes
from processing.forms import offer
from review import defects
from review.answers import Answer
from review.models import Decision, Ownership, Policy, Severity
from review.resolutions import RESOLUTIONS


class DecisionForm(forms.Form):
    """One submit of the queue's script."""

    token = forms.UUIDField()
    sha256 = forms.CharField(max_length=64)
    verdict = forms.ChoiceField(choices=Decision.Verdict.choices)
    defect = forms.ChoiceField(required=False, choices=[(d.code, d.label) for d in defects.DEFECTS])
    severity = forms.ChoiceField(required=False, choices=Severity.choices)
    remedy = forms.ChoiceField(required=False, choices=Decision.Remedy.choices)
    recipe_version = forms.ModelChoiceField(recipes.published(), required=False)
    note = forms.CharField(required=False, max_length=500)
    milliseconds = forms.IntegerField(min_value=0, max_value=24 * 60 * 60 * 1000)
    mark_x = forms.FloatField(required=False, min_value=0, max_value=1)
    mark_y = forms.FloatField(required=False, min_value=0, max_value=1)

    def answer(self) -> Answer:
        """What was said, of a valid form."""
        data = self.cleaned_data
        mark = None if data["mark_x"] is None or data["mark_y"] is None else {"x": data["mark_x"], "y": data["mark_y"]}
        said = ("verdict", "defect", "severity", "remedy", "recipe_version", "note", "milliseconds")
        return Answer(**{name: data[name] for name in said}, mark=mark)


class EscalateForm(forms.Form):
    """Raising a problem by hand."""

    severity = forms.ChoiceField(choices=Severity.choices, initial=Severity.MAJOR)
    reason = forms.CharField(max_length=500, label="What is wrong", widget=forms.Textarea(attrs={"rows": 3}))


class ResolutionForm(forms.Form):
    """How an escalation ends."""

    resolution = forms.ChoiceField(
        choices=[(one.code, one.label) for one in RESOLUTIONS], label="How it ends", widget=forms.RadioSelect
    )
    recipe_version = forms.ModelChoiceField(
        recipes.published(), required=False, label="With recipe, if it is reprocessed"
    )
    note = forms.CharField(
        max_length=500,
        label="What was done",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The next person who meets this learns from it.",
    )

    def __init__(self, *args: Any, choices: Collection[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, choices)


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A person, by their name."""

    def label_from_instance(self, obj: User) -> str:
        """The name as pages show it."""
        return name_of(obj)


def may_own() -> "QuerySet[User]":
    """Leads and managers: the people who may own a problem."""
    roles = Q(groups__name__in=(Role.LEAD.value, Role.MANAGER.value)) | Q(is_superuser=True)
    return User.objects.filter(roles, is_active=True).distinct().order_by("username")


class HandOverForm(forms.Form):
    """To whom an escalation is offered."""

    to = PersonField(User.objects.none(), label="Hand over to", empty_label="Choose a person")
    note = forms.CharField(required=False, max_length=300, label="What they should know")

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = may_own().exclude(pk=owner.pk)


class WidenForm(forms.Form):
    """Why a lead has a whole batch reviewed."""

    why = forms.CharField(max_length=300, label="Why all of it is to be reviewed")


class MaskForm(forms.Form):
    """A repaired mask, or an edited cut-out."""

    file = forms.FileField(
        label="PNG with transparency", help_text="In the photo's own size, neither cropped nor scaled."
    )
    note = forms.CharField(required=False, max_length=300, label="What was repaired")
    base = forms.IntegerField(required=False, widget=forms.HiddenInput)


class WindowForm(forms.Form):
    """What the editor's live preview asks for: a window of the photo and the mask there, and the mask in small."""

    x = forms.IntegerField(min_value=-20_000, max_value=80_000)
    y = forms.IntegerField(min_value=-20_000, max_value=80_000)
    width = forms.IntegerField(min_value=1, max_value=80_000)
    height = forms.IntegerField(min_value=1, max_value=80_000)
    mask = forms.FileField()
    whole = forms.FileField()


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """How a catalog is sampled."""

    class Meta:
        model = Policy
        fields = ["plan", "share", "climbs", "golden_share", "second_share"]
        labels = {
            "plan": "How it is sampled",
            "share": "Share that people see",
            "climbs": "Let batches grow",
            "golden_share": "Share of golden photos",
            "second_share": "Share of second opinions",
        }


class OwnershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who owns the problems of a catalog or of one of its routes, and who stands in."""

    class Meta:
        model = Ownership
        fields = ["route", "owner", "stand_in"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["route"] = forms.ChoiceField(
            choices=[("", "the whole catalog"), *Route.choices], required=False, label="Of"
        )
        for name in ("owner", "stand_in"):
            self.fields[name] = PersonField(may_own(), required=name == "owner", label=self.fields[name].label)

    def clean(self) -> dict[str, Any]:
        """Owner and stand-in are two people."""
        values = super().clean() or {}
        if values.get("owner") and values.get("owner") == values.get("stand_in"):
            self.add_error("stand_in", "The stand-in has to be somebody else than the owner.")
        return values


class ProcedureForm(forms.Form):
    """The escalation procedure's text."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 16}), label="The procedure")
