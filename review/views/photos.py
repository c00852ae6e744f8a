"""What people decided about one photo: the fragment of the photo page, and the audit page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from catalog.models import Photo
from catalog.people import Role, allowed, roles_of
from processing import repairs
from processing.models import Output
from review import defects, queue, retouch
from review.models import Decision, Draw, Escalation, EscalationEvent, Kind, Task

# What is told instead of "It waits for a reviewer." where a decision is there and yet nothing has happened.
WAITS_FOR = {
    Kind.SECOND: "It waits for a second opinion, by somebody who does not know the first; then the decision counts.",
    Kind.THIRD: "Two people disagree about it: it waits for a third, whose word settles it.",
}


@allowed(*Role)
@require_GET
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """The photo's draws, decisions and escalations, with what may be done with it."""
    photo = get_object_or_404(Photo, pk=pk)
    roles = roles_of(request.user)
    hands = roles & {Role.OPERATOR, Role.REVIEWER, Role.LEAD}
    kind = _waits_for(photo)
    judged = Decision.objects.filter(photo=photo, reviewer_id=request.user.pk)
    # Whoever may still give the other opinion gives it without knowing this one.
    blind = kind in WAITS_FOR and bool(roles & {Role.REVIEWER, Role.LEAD}) and not judged.exists()
    context = {
        "photo": photo,
        "decisions": [] if blind else _decisions(photo),
        "blind": blind,
        "draw": Draw.objects.filter(photo=photo).select_related("sample").last(),
        "waiting": "" if kind is None else WAITS_FOR.get(kind, "It waits for a reviewer."),
        "escalations": Escalation.objects.filter(photo=photo).select_related("owner"),
        "may_repair": bool(hands) and photo.stage in retouch.REPAIRABLE,
    }
    return render(request, "review/photo_history.html", context)


def _waits_for(photo: Photo) -> Kind | None:
    """Why the photo is in the review queue; None where it is not. A golden photo's task is nobody's business."""
    tasks = Task.objects.filter(photo=photo, state__in=queue.LIVE, golden=None)
    kind = tasks.values_list("kind", flat=True).first()
    return None if kind is None else Kind(kind)


def _decisions(photo: Photo) -> list[dict[str, Any]]:
    rows = Decision.objects.filter(photo=photo).select_related(
        "reviewer", "output", "task", "superseded_by", "recipe_version__recipe"
    )
    return [
        {
            "decision": row,
            "label": defects.label(row.defect),
            "remedy": _remedy(row),
            "taken_back": hasattr(row, "superseded_by"),
        }
        for row in rows
    ]


def _remedy(decision: Decision) -> str:
    """What comes next, with the recipe version that was chosen for it."""
    chosen = f": {decision.recipe_version}" if decision.recipe_version else ""
    return f"{decision.get_remedy_display()}{chosen}"


@allowed(Role.LEAD, Role.MANAGER)
@require_GET
def audit(request: HttpRequest, pk: int) -> HttpResponse:
    """Who decided what about this photo, when, and on which output: everything in one line of time."""
    photo = get_object_or_404(Photo.objects.select_related("product", "batch", "catalog"), pk=pk)
    lines = [*_moves(photo), *_outputs(photo), *_said(photo), *_escalated(photo)]
    lines.sort(key=lambda line: line["at"])
    return render(request, "review/audit.html", {"photo": photo, "lines": lines})


def _moves(photo: Photo) -> list[dict[str, Any]]:
    events = photo.events.select_related("by")
    return [
        {
            "at": e.at,
            "by": e.by,
            "what": "moved",
            "text": f"{e.get_was_display() or 'New'} to {e.get_now_display()}. {e.note}",
        }
        for e in events
    ]


def _outputs(photo: Photo) -> list[dict[str, Any]]:
    outputs = Output.objects.filter(photo=photo).select_related("author", "recipe_version__recipe")
    return [
        {
            "at": o.created_at,
            "by": o.author,
            "what": "output",
            "output": o,
            "text": f"{_made(o)} with {o.recipe_version}; {o.get_verdict_display()}, risk {o.risk:.2f}.",
        }
        for o in outputs
    ]


def _made(output: Output) -> str:
    if not output.author_id:
        return "Made"
    return "; ".join(["Repaired", *repairs.words(output.parameters)])


def _said(photo: Photo) -> list[dict[str, Any]]:
    lines = []
    for row in _decisions(photo):
        d: Decision = row["decision"]
        word = "Took the decision back" if d.undone else d.get_verdict_display()
        said = f"{word}: {row['label']}, {d.get_severity_display()}; {row['remedy']}" if d.defect else word
        seconds = f" after {d.milliseconds / 1000:.1f} s" if d.milliseconds else ""
        note = f" “{d.note}”" if d.note else ""
        lines.append(
            {"at": d.at, "by": d.reviewer, "what": "decision", "output": d.output, "text": f"{said}{seconds}.{note}"}
        )
    return lines


def _escalated(photo: Photo) -> list[dict[str, Any]]:
    events = EscalationEvent.objects.filter(escalation__photo=photo).select_related("by", "escalation")
    return [
        {
            "at": e.at,
            "by": e.by,
            "what": "escalation",
            "text": f"{e.escalation} {e.what}. {e.note}",
            "escalation": e.escalation,
        }
        for e in events
    ]
