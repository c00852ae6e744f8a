"""The batch's review panel, a fragment of the batch page, and widening by hand."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog import batches, catalogs, flow
from catalog.flow import NEXT_BATCH, BatchState
from catalog.models import Batch
from catalog.people import Role, allowed, roles_of
from catalog.stages import Refused
from catalog.views.batches import MOVED
from review import acceptance, policies, queue
from review.forms import WidenForm
from review.models import BatchVerdict, Decision, Draw, Sample, Task
from review.statistics import words
from review.statistics.sampling import StratumCount


@allowed(*Role)
@require_GET
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """Why this batch has its size and sample, what the sample proves, and how the review stands.

    The rest of the batch's page follows when the batch stands otherwise than the page had it.
    """
    batch = get_object_or_404(Batch.objects.select_related("catalog"), pk=pk)
    context = {**_facts(batch), "may_widen": _may_widen(request, batch)}
    panel = render(request, "review/batch_panel.html", context)
    if request.headers.get("X-Seen", context["standing"].state) != context["standing"].state:
        panel["HX-Trigger-After-Settle"] = MOVED
    return panel


def _may_widen(request: HttpRequest, batch: Batch) -> bool:
    return Role.LEAD in roles_of(request.user) and BatchState.WIDENED in NEXT_BATCH[BatchState(batch.state)]


def _facts(batch: Batch) -> dict[str, Any]:
    sample = Sample.objects.filter(batch=batch).first()
    verdicts = list(BatchVerdict.objects.filter(batch=batch).select_related("by"))
    ladder = policies.standing(batch.catalog, batch.route, verdicts[0] if verdicts else None)
    return {
        "batch": batch,
        "standing": flow.standing(batch.state, catalogs.photos_by_stage("batch", [batch.pk])[batch.pk]),
        "sample": sample,
        "verdicts": verdicts,
        "why_size": words.why_size(ladder.rung, ladder.last, ladder.ladder),
        "level": words.level(ladder.switching.level),
        "route_so_far": words.still_needed(ladder.bad, ladder.audited),
        "settling": batch.state in acceptance.UNDER_REVIEW and acceptance.fresh(batch),
        "live": batch.state != BatchState.ACCEPTED,
        "form": WidenForm(),
        "gone": batches.gone(batch),
        **(_sample_facts(sample) if sample else {}),
        **_review_facts(batch),
    }


def _sample_facts(sample: Sample) -> dict[str, Any]:
    tally = acceptance.count(sample)
    rest = StratumCount(tally.decided, sample.rest)
    done = tally.decided == tally.drawn
    draws = Draw.objects.filter(sample=sample).select_related("photo").order_by("stratum", "photo_id")
    last = {d.photo_id: d for d in Decision.objects.filter(output__draws__sample=sample).order_by("pk") if not d.undone}
    return {
        "tally": tally,
        "proves": words.what_it_proves(tally.bad, rest) if done and tally.drawn else "",
        "cannot": words.what_it_cannot(rest) if done and tally.drawn else "",
        "draws": [(draw, last.get(draw.photo_id)) for draw in draws],
    }


def _review_facts(batch: Batch) -> dict[str, Any]:
    tasks = Task.objects.filter(batch=batch, golden=None).exclude(state=Task.State.WITHDRAWN)
    # Photos, not tasks: a second opinion makes no further photo of one.
    total, waiting = (found.values("photo").distinct().count() for found in (tasks, tasks.filter(state__in=queue.LIVE)))
    standing = Decision.objects.filter(task__batch=batch, superseded_by=None, undone=False)
    defects = standing.exclude(defect="").values_list("defect").annotate(n=Count("pk")).order_by("-n", "defect")
    return {"total": total, "waiting": waiting, "done": total - waiting, "defect_counts": list(defects)}


@allowed(Role.LEAD)
@require_POST
def widen(request: HttpRequest, pk: int) -> HttpResponse:
    """A lead has the whole batch reviewed."""
    batch = get_object_or_404(Batch, pk=pk)
    form = WidenForm(request.POST)
    try:
        if not form.is_valid():
            raise ValueError("Say why the whole batch is to be reviewed: others will read it.")
        verdict = acceptance.widen_by_hand(batch, by=cast(User, request.user), why=form.cleaned_data["why"])
        messages.success(request, f"{verdict.moved} photos of {batch} go to review.")
    except (Refused, ValueError) as reason:
        messages.error(request, str(reason))
    return redirect("catalog:batch", pk=pk)
