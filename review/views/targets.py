"""The manager's page of targets: what is promised for each metric, and where it turns red."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from catalog.people import Role, allowed
from review import targets
from review.metrics import BY_NAME, METRICS
from review.metrics.contract import Better, Limits, Metric


class TargetsForm(forms.Form):
    """The limits of every metric that has a good and a bad side, in the unit that pages show."""

    def __init__(self, *args: Any, limits: dict[str, Limits], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.metrics = [metric for metric in METRICS if metric.better is not Better.NEITHER]
        for metric in self.metrics:
            for side in ("target", "alarm"):
                self.fields[f"{metric.name}.{side}"] = self._field(metric, side, getattr(limits[metric.name], side))

    def _field(self, metric: Metric, side: str, value: float | None) -> forms.FloatField:
        label = f"{metric.label}: {side}{f' ({metric.unit.value})' if metric.unit.value else ''}"
        initial = None if value is None else round(value * metric.unit.scale, 6)
        most = 100 if metric.unit.scale == 100 else None
        widget = forms.NumberInput(attrs={"aria-label": label, "step": "any"})
        return forms.FloatField(
            label=label, initial=initial, required=False, min_value=0, max_value=most, widget=widget
        )

    def clean(self) -> dict[str, Any]:
        """An alarm that comes before its target would turn red what is still promised."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for metric in self.metrics:
            target, alarm = (values.get(f"{metric.name}.{side}") for side in ("target", "alarm"))
            if target is None or alarm is None or metric.is_estimate:
                continue
            if (alarm < target) if metric.better is Better.LOWER else (alarm > target):
                side = "at least" if metric.better is Better.LOWER else "at most"
                self.add_error(f"{metric.name}.alarm", f"{alarm:g} comes before the target: give {side} {target:g}.")
        return values

    def rows(self) -> list[tuple[Metric, forms.BoundField, forms.BoundField | None]]:
        """Each metric with its fields; the posterior judges error rates, so these have no alarm limit."""
        return [
            (metric, self[f"{metric.name}.target"], None if metric.is_estimate else self[f"{metric.name}.alarm"])
            for metric in self.metrics
        ]

    def limits(self) -> dict[str, Limits]:
        """What was entered, in the unit that metrics measure."""
        return {
            metric.name: Limits(self._kept(metric, "target"), self._kept(metric, "alarm")) for metric in self.metrics
        }

    def _kept(self, metric: Metric, side: str) -> float | None:
        value = self.cleaned_data[f"{metric.name}.{side}"]
        return None if value is None else round(value / metric.unit.scale, 8)


@allowed(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """Set what is promised, and where a number turns red."""
    form = TargetsForm(request.POST if request.method == "POST" else None, limits=targets.current())
    if request.method == "POST" and form.is_valid():
        changed = targets.set_limits(form.limits(), by=cast(User, request.user))
        told = ", ".join(BY_NAME[row.metric].label for row in changed)
        messages.success(request, f"Saved: {told}." if changed else "Nothing was changed.")
        return redirect("review:dashboard")
    return render(request, "review/dashboard_targets.html", {"form": form}, status=422 if form.errors else 200)
