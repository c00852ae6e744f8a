"""The escalation procedure: a page of the product, changed by the lead, shown where it is needed."""

from datetime import timedelta
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.people import Role, allowed, roles_of
from review.escalations import TIMES, Times
from review.forms import ProcedureForm
from review.models import Procedure, Severity

DEFAULT = (
    "1. Whoever sees a problem that neither a repair nor a reprocess solves escalates it, with one sentence that says "
    "what is wrong.\n"
    "2. The owner of the catalog's route gets it, acknowledges it in time, and keeps it from spreading: hold the "
    "export, send the batch to full review.\n"
    "3. The owner finds out why it happened, and why neither the checks nor a reviewer caught it.\n"
    "4. The owner says what was changed so that it does not come again, and adds a regression picture to the golden "
    "photos. A route's escalation is verified by five accepted batches in a row.\n"
    "5. The owner closes it with what was done. If nobody acknowledges it in time, it goes to the next person."
)


def text_in_force() -> str:
    """The newest text, or the one as installed."""
    newest = Procedure.objects.first()
    return newest.text if newest else DEFAULT


def _context(form: ProcedureForm | None = None) -> dict[str, object]:
    newest = Procedure.objects.select_related("by").first()
    text = newest.text if newest else DEFAULT
    return {
        "procedure": newest,
        "text": text,
        "form": form or ProcedureForm(initial={"text": text}),
        "earlier": Procedure.objects.select_related("by")[1:10],
        "times": [(severity.label, _in_words(TIMES[severity])) for severity in reversed(Severity)],
    }


def _in_words(times: Times) -> list[str]:
    """Acknowledge, contain and close, each as “15 min”, “4 h” or “3 days”."""
    return [_duration(time) for time in (times.acknowledge, times.contain, times.close)]


def _duration(time: timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes / 60:g} h"
    return f"{minutes / 1440:g} day{'' if minutes == 1440 else 's'}"


@allowed(*Role)
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The procedure as it stands, with the times that follow from the severity."""
    return render(request, "review/procedure.html", {**_context(), "may_edit": Role.LEAD in roles_of(request.user)})


@allowed(Role.LEAD)
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Put a new text in force; earlier ones stay to be read."""
    form = ProcedureForm(request.POST)
    if not form.is_valid():
        return render(request, "review/procedure.html", {**_context(form), "may_edit": True}, status=422)
    Procedure.objects.create(text=form.cleaned_data["text"], by=cast(User, request.user))
    messages.success(request, "The procedure is changed; the earlier text is kept below.")
    return redirect("review:procedure")
