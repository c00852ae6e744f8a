"""The recipe pages: what runs on each route, its versions, and publishing a new one."""

import json
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from catalog.people import Role, allowed, roles_of
from processing import recipes
from processing.forms import RecipeForm
from processing.imaging import pipeline
from processing.imaging.faults import InvalidRecipe
from processing.models import Recipe, RecipeVersion


@allowed(Role.LEAD, Role.MANAGER)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every recipe with its active version and how many photos it has made."""
    active = RecipeVersion.objects.filter(state=RecipeVersion.State.ACTIVE).annotate(made=Count("outputs"))
    listed = Recipe.objects.prefetch_related(Prefetch("versions", queryset=active, to_attr="active"))
    return render(request, "processing/recipes.html", {"recipes": listed})


@allowed(Role.LEAD, Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One recipe: its parameters and limits as a form, which publishes a new version, and the versions so far.

    With ``?from=`` the form starts with the values of that version instead of those in use, and a value in the address
    under a field's name stands in it already, such as one that a trial proposes.
    """
    recipe = get_object_or_404(Recipe, pk=pk)
    # Django drops a model's own order where it counts.
    versions = recipe.versions.select_related("by").annotate(made=Count("outputs")).order_by("-number")
    active = next(version for version in versions if version.state == RecipeVersion.State.ACTIVE)
    wanted = request.GET.get("from", "")
    start = next((version for version in versions if str(version.number) == wanted), active)
    form = RecipeForm(request.POST or None, version=start, proposed=request.GET.dict())
    may_publish = Role.LEAD in roles_of(request.user)
    if request.method == "POST" and may_publish and form.is_valid() and _published(request, active, form):
        return redirect("processing:recipe", pk=recipe.pk)
    context: dict[str, Any] = {"recipe": recipe, "active": active, "start": start, "versions": versions, "form": form}
    context["back"] = f"These are the values of v{start.number}: publish them to have them used again."
    context |= {"may_publish": may_publish, "changes": _changes(list(versions))}
    return render(request, "processing/recipe.html", context, status=422 if form.errors else 200)


def _published(request: HttpRequest, active: RecipeVersion, form: RecipeForm) -> bool:
    try:
        parameters, limits = pipeline.in_full(form.parameters()), form.limits()
        if not _difference(active, RecipeVersion(parameters=parameters, limits=limits)):
            form.add_error(None, f"Nothing differs from v{active.number}, which is in use: change a value first.")
            return False
        by, note = cast(User, request.user), form.cleaned_data["note"]
        version = recipes.publish(active.recipe, parameters, limits, by=by, note=note)
    except InvalidRecipe as fault:
        form.add_error(None, str(fault))
        return False
    messages.success(request, f"{version} is published. Photos processed from now on use it.")
    return True


def _changes(versions: list[RecipeVersion]) -> list[tuple[RecipeVersion, list[str]]]:
    """Each version with what it changed from the one before."""
    older: list[RecipeVersion | None] = [*versions[1:], None]
    return [(new, _difference(old, new) if old else []) for new, old in zip(versions, older, strict=True)]


def _difference(old: RecipeVersion, new: RecipeVersion) -> list[str]:
    """What changed, in words; values are compared as values, since 4 and 4.0 do the same."""
    before, after = _flat(old), _flat(new)
    return [
        f"{name}: {_shown(before, name)} → {_shown(after, name)}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _flat(version: RecipeVersion) -> dict[str, Any]:
    groups = {**version.parameters, **{f"limit of {name}": values for name, values in version.limits.items()}}
    return {f"{group} {name}": value for group, values in groups.items() for name, value in values.items()}


def _shown(values: dict[str, Any], name: str) -> str:
    """A value as the page tells it; a step that is not there does not run, and a limit that is not there is not set."""
    return json.dumps(values[name]) if values.get(name) is not None else "not set"
