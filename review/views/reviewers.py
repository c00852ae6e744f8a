"""The proof that reviewers see: each one's record, the golden photos, and each catalog's sampling policy."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Catalog
from catalog.people import Role, allowed, name_of, roles_of
from review import goldens, policies, reviewers
from review.forms import OwnershipForm, PolicyForm
from review.models import Decision, Golden, Ownership

AT_ONCE = 12


@allowed(Role.LEAD, Role.MANAGER)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Who sees what: golden photos caught, false alarms, agreement; with bounds and counts."""
    counts = Golden.objects.aggregate(
        in_use=Count("pk", filter=Q(active=True)),
        damaged=Count("pk", filter=Q(active=True) & ~Q(defect="")),
    )
    context = {
        "records": reviewers.records(),
        "counts": counts,
        "sources": goldens.sources().exists(),
        "may_make": Role.LEAD in roles_of(request.user),
        "gate": reviewers.GATE,
        "days": reviewers.DAYS,
        "at_once": AT_ONCE,
        "stock": goldens.STOCK,
    }
    return render(request, "review/reviewers.html", context)


@allowed(Role.LEAD)
@require_POST
def make_goldens(request: HttpRequest) -> HttpResponse:
    """Make some golden photos from approved outputs."""
    made = goldens.ask_for(AT_ONCE, by=cast(User, request.user))
    if made:
        messages.success(request, f"{made} golden photos are being made; they join the queue by themselves.")
    else:
        messages.warning(request, "There is no approved output left to make one from. Review some photos first.")
    return redirect("review:reviewers")


@allowed(Role.LEAD)
@require_GET
def golden(request: HttpRequest) -> HttpResponse:
    """Every golden photo, what is wrong with it, and how often it was caught."""
    rows = Golden.objects.select_related("output__photo").annotate(
        asked=Count("answers", filter=Q(answers__withdrawn=False)),
        rejected=Count("answers", filter=Q(answers__withdrawn=False, answers__verdict=Decision.Verdict.REJECT)),
    )
    return render(request, "review/goldens.html", {"rows": rows.order_by("-pk")[:200]})


@allowed(Role.LEAD)
@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a golden photo out of the queue; its answers stay."""
    Golden.objects.filter(pk=pk).update(active=False)
    messages.success(request, "It is shown to nobody any more.")
    return redirect("review:goldens")


@allowed(Role.LEAD, Role.MANAGER)
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """How a catalog is sampled from its next draw on; draws that were made stay as they are."""
    catalog = get_object_or_404(Catalog, pk=pk)
    row = policies.policy_of(catalog.pk)
    form = PolicyForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and form.is_valid():
        changed = form.save(commit=False)
        changed.catalog, changed.by = catalog, cast(User, request.user)
        changed.save()
        messages.success(request, f"{catalog} is sampled so from the next draw on.")
        return redirect("review:policy", pk=catalog.pk)
    routes = sorted({*catalog.batches.values_list("route", flat=True)})
    standings = [(route, policies.standing(catalog, route)) for route in routes]
    context = {
        "catalog": catalog,
        "form": form,
        "standings": policies.described(standings),
        "ownerships": Ownership.objects.filter(catalog=catalog).select_related("owner", "stand_in"),
        "owner_form": OwnershipForm(),
    }
    return render(request, "review/policy.html", context, status=422 if form.errors else 200)


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def own(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the owner and the stand-in of a catalog (no route) or of one of its routes."""
    catalog = get_object_or_404(Catalog, pk=pk)
    row = Ownership.objects.filter(catalog=catalog, route=request.POST.get("route", "")).first()
    form = OwnershipForm(request.POST, instance=row or Ownership(catalog=catalog))
    if form.is_valid():
        made = form.save()
        messages.success(request, f"{made} belongs to {name_of(made.owner)} from now on.")
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("review:policy", pk=pk)
