"""Forms of this app, made from the registries of steps and checks."""

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.conf import settings

from processing import recipes, weights
from processing.imaging.checks import Quantity
from processing.imaging.defaults import limits_for
from processing.imaging.steps import STEPS
from processing.imaging.verdict import JUDGED
from processing.models import RecipeVersion
from processing.outputs import OFFERED, RETOUCH_STEPS, Parameters

FITTING = "the one that fits its route and segment"
# The two limits of a quantity, as a version keeps them.
SIDES = ("flag", "fail")


class ReprocessForm(forms.Form):
    """What a photo is reprocessed with: the control is the same wherever that is offered, only the words for no choice
    differ. Its ``choices`` come from recipes.choices(), read once for a page with many of these."""

    recipe_version = forms.ModelChoiceField(recipes.published(), required=False, label="With recipe")

    def __init__(self, *args: Any, choices: Collection[Any], otherwise: str = FITTING, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, choices, otherwise)


def offer(form: forms.Form, choices: Collection[Any], otherwise: str = FITTING) -> None:
    """Fill the form's field ``recipe_version``; ``otherwise`` is what happens where nobody chooses."""
    form.fields["recipe_version"].widget.choices = [("", otherwise), *choices]


class RecipeForm(forms.Form):
    """A recipe version's parameters and limits; a field a parameter, with its range, unit and help."""

    note = forms.CharField(
        max_length=500, label="Why", help_text="What this version is to make better; shown in the list of versions."
    )

    def __init__(
        self, *args: Any, version: RecipeVersion, proposed: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        """``proposed`` are values by the names of fields that stand in place of the version's; others mean nothing."""
        super().__init__(*args, **kwargs)
        self.version = version
        for step in STEPS:
            values = version.parameters.get(step.name, OFFERED.get(step.name))
            if values is not None:
                self._add_step(step.name, step.params, values)
        for check in JUDGED:
            self._add_limits(check, version.limits.get(check.name, {}))
        self.proposed = {name: value for name, value in (proposed or {}).items() if name in self.fields}
        for name, value in self.proposed.items():
            self.fields[name].initial = value

    def _add_step(self, name: str, params: type[Any], values: dict[str, Any]) -> None:
        for item in dataclasses.fields(params):
            value = values.get(item.name, item.default)
            field = model_field(item, value) if item.metadata["model"] else field_for(item)
            field.initial = value
            self.fields[f"step.{name}.{item.name}"] = field

    def _add_limits(self, check: Quantity, values: dict[str, float | None]) -> None:
        for side in SIDES:
            self.fields[f"limit.{check.name}.{side}"] = forms.FloatField(
                label=f"{check.label}: {side} {'over' if check.worse == 'high' else 'under'}",
                help_text=f"{check.meaning} {f'({check.unit})' if check.unit else ''}" if side == "flag" else "",
                initial=values.get(side),
                required=False,
            )

    def steps(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Each step's label, help and fields, for the page."""
        return [
            (step.label, step.help, [self[name] for name in self.fields if name.startswith(f"step.{step.name}.")])
            for step in STEPS
            if step.name in self.version.parameters or step.name in OFFERED
        ]

    def limit_rows(self) -> list[tuple[Quantity, forms.BoundField, forms.BoundField, str]]:
        """Each check, and the risk, with its two limits and where its route usually flags, for the page."""
        usual = limits_for(self.version.recipe.route)
        return [
            (one, self[f"limit.{one.name}.flag"], self[f"limit.{one.name}.fail"], f"{usual[one.name].flag:g}")
            for one in JUDGED
        ]

    def parameters(self) -> dict[str, dict[str, Any]]:
        """What was entered, by step; one that was not there and still does nothing stays away."""
        found: dict[str, dict[str, Any]] = {name: {} for name in self.version.parameters}
        for key, value in self.cleaned_data.items():
            if key.startswith("step."):
                _, step, name = key.split(".")
                found.setdefault(step, {})[name] = value
        return {
            name: values for name, values in found.items() if name in self.version.parameters or _works(name, values)
        }

    def limits(self) -> dict[str, dict[str, float | None]]:
        """What was entered, by check; a check without a flag limit is not judged."""
        data = self.cleaned_data
        sides = {check.name: {side: data[f"limit.{check.name}.{side}"] for side in SIDES} for check in JUDGED}
        return {name: values for name, values in sides.items() if values["flag"] is not None}


def _works(step: str, values: dict[str, Any]) -> bool:
    """Whether a step that the version was without does anything with these values."""
    return any(values[name] != value for name, value in OFFERED[step].items())


class RetouchForm(forms.Form):
    """Every value that a retoucher may set on a mask; what is missing is refused, never guessed."""

    def __init__(self, *args: Any, retouch: Parameters | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for step in STEPS:
            if step.name in RETOUCH_STEPS:
                for item in dataclasses.fields(step.params):
                    field = field_for(item)
                    field.initial = (retouch or {}).get(step.name, {}).get(item.name, item.default)
                    self.fields[f"{step.name}.{item.name}"] = field

    @classmethod
    def sent_in(cls, data: Collection[str]) -> bool:
        """Whether any of its fields is among what was sent; then all of them have to be."""
        return any(name in data for name in cls().fields)

    def retouch(self) -> Parameters:
        """The values by step, of a valid form."""
        found: Parameters = {name: {} for name in RETOUCH_STEPS}
        for key in self.fields:
            step, name = key.split(".")
            found[step][name] = self.cleaned_data[key]
        return found

    def controls(self) -> dict[str, dict[str, Any]]:
        """What the page makes its sliders from, by step and then by parameter."""
        found: dict[str, dict[str, Any]] = {}
        for step in STEPS:
            if step.name in RETOUCH_STEPS:
                for item in dataclasses.fields(step.params):
                    about = {**item.metadata, "value": self[f"{step.name}.{item.name}"].value()}
                    found.setdefault(step.name, {})[item.name] = about
        return found


def model_field(item: "dataclasses.Field[Any]", named: str) -> forms.Field:
    """A choice of the models that are prepared on this instance, and of the one that the version names.

    That one may have gone, or lie with workers on another machine: it stays, marked, so that the rest of the version
    can be changed.
    """
    choices = {model.name: f"{model.name} · {model.title}" for model in weights.prepared(settings.MODELS_DIR)}
    wanted = " or ".join(choices) or named
    if named not in choices:
        unverified = (settings.MODELS_DIR / f"{named}.onnx").is_file()
        choices[named] = f"{named} · {'unverified' if unverified else 'not prepared'} on this instance"
    refusal = f"“%(value)s” is not prepared on this instance. Choose {wanted}, or fetch it: manage.py models fetch NAME"
    return forms.ChoiceField(choices=list(choices.items()), error_messages={"invalid_choice": refusal}, **_common(item))


def field_for(item: "dataclasses.Field[Any]") -> forms.Field:
    """The form field of a step's parameter, by the type of its default and its metadata."""
    about, common = item.metadata, _common(item)
    if isinstance(item.default, bool):
        return forms.BooleanField(required=False, **common)
    if about["choices"]:
        return forms.ChoiceField(choices=[(word, word) for word in about["choices"]], **common)
    if isinstance(item.default, str):
        return forms.CharField(required=False, **common)
    kind = forms.IntegerField if isinstance(item.default, int) else forms.FloatField
    return kind(min_value=about["low"], max_value=about["high"], **common)


def _common(item: "dataclasses.Field[Any]") -> dict[str, Any]:
    """What every kind of field says of a parameter."""
    about = item.metadata
    label = f"{about['label']}, {about['unit']}" if about["unit"] else about["label"]
    return {"label": label, "help_text": about["help"]}
