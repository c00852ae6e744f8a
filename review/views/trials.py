"""Trials in the browser: beginning one on a recipe, watching it, and what it proposes."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog import files
from catalog.people import Role, allowed, roles_of
from processing.models import Recipe, RecipeVersion
from review import gate, trials, tuning
from review.models import Replay, Trial

ROLES = (Role.LEAD, Role.MANAGER)
MOST_LISTED = 5


@allowed(*ROLES)
@require_GET
def of_recipe(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of a recipe's page that says what there is to learn from, and lists its trials."""
    recipe = get_object_or_404(Recipe, pk=pk)
    listed = recipe.trials.select_related("version__recipe", "by")[:MOST_LISTED]
    rows = [{"trial": one, "found": tuning.findings(one) if one.finished_at else None} for one in listed]
    known = trials.standing(recipe)
    context: dict[str, Any] = {"recipe": recipe, "known": known, "rows": rows, "lacking": trials.lacking(known)}
    context["running"] = trials.running(recipe)
    context["may_begin"] = Role.LEAD in roles_of(request.user)
    return render(request, "review/recipe_trials.html", context)


@allowed(*ROLES)
@require_GET
def recipe_gate(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of a recipe's page that says what its limit of the risk costs and lets through."""
    recipe = get_object_or_404(Recipe, pk=pk)
    found = gate.standing(recipe)
    may_publish = Role.LEAD in roles_of(request.user)
    context = {
        "recipe": recipe,
        "gate": found,
        "days": gate.DAYS,
        "publish": _limit(recipe, found) if may_publish else "",
    }
    return render(request, "review/recipe_gate.html", context)


def _limit(recipe: Recipe, found: gate.Standing) -> str:
    """The recipe's form with the limit that is surely good enough in it; "" where that is in use, or none is."""
    if found.sure is None or found.sure.limit == found.used:
        return ""
    most = f"{100 * (found.sure.most or 0):.1f} %"
    note = f"Risk limit {found.sure.limit:g}: by {found.sure.audits} audits at most {most} defects are left."
    values = {"limit.risk.flag": f"{found.sure.limit:g}", "note": note}
    return f"{reverse('processing:recipe', args=[recipe.pk])}?{urlencode(values)}"


@allowed(Role.LEAD)
@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a trial of the recipe's active version."""
    recipe = get_object_or_404(Recipe, pk=pk)
    try:
        trial = trials.begin(recipe, cast(User, request.user))
    except trials.NothingToLearn as nothing:
        messages.warning(request, str(nothing))
        return redirect("processing:recipe", pk=recipe.pk)
    return redirect("review:trial", pk=trial.pk)


@allowed(*ROLES)
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One trial: how far it is, what each change does, and what it proposes."""
    trial = get_object_or_404(Trial.objects.select_related("recipe", "version__recipe", "by"), pk=pk)
    found = tuning.findings(trial)
    shown = {one.pk: one for one in trial.replays.select_related("photo").filter(pk__in=found.telling)}
    context = {
        **_progress(trial),
        "found": found,
        "most": max((effect.size for effect in found.effects), default=0.0) or 1.0,
        "strips": [tuning.told(shown[pk], found) for pk in found.telling if shown[pk].picture],
        "coming": trials.coming(trial, found),
        "publish": _publish(trial, found),
        "replaced": found.proposed and not _is_active(trial.version),
        "may_publish": Role.LEAD in roles_of(request.user),
    }
    return render(request, "review/trial.html", context)


@allowed(*ROLES)
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of a trial's page; asks again until it is through, then has the page shown anew."""
    context = _progress(get_object_or_404(Trial, pk=pk))
    response = render(request, "review/trial_progress.html", context)
    if not context["working"]:
        response["HX-Refresh"] = "true"
    return response


@allowed(*ROLES)
@require_GET
def picture(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The strip of one replay: the photo, its mask now and as proposed, and the right one."""
    try:
        return FileResponse(files.opened(get_object_or_404(Replay, pk=pk).picture), content_type="image/jpeg")
    except FileNotFoundError as error:
        raise Http404("This strip has not been drawn.") from error


def _progress(trial: Trial) -> dict[str, Any]:
    replays = trial.replays.all()
    waiting = replays.filter(scores__isnull=True, failure="").count()
    total = replays.count()
    return {"trial": trial, "working": trial.finished_at is None, "done": total - waiting, "total": total}


def _publish(trial: Trial, found: tuning.Findings) -> str:
    """The recipe's form with the proposed value and the reason in it; "" where nothing is proposed, or a newer version
    has taken the place of the one that was tried."""
    if found.best is None or not found.proposed or not _is_active(trial.version):
        return ""
    change = found.best.change
    values = {f"step.{change.step}.{change.parameter}": change.value, "note": tuning.note(trial, found)}
    return f"{reverse('processing:recipe', args=[trial.recipe_id])}?{urlencode(values)}"


def _is_active(version: RecipeVersion) -> bool:
    return version.state == RecipeVersion.State.ACTIVE
