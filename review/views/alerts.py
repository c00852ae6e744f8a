"""Alerts: which numbers do not keep their targets now, which did not before, and who has seen it."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from catalog.people import Role, allowed
from review import alerts
from review.metrics import BY_NAME
from review.models import Alert

PAGE = 50


@allowed(Role.LEAD, Role.MANAGER)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The open alerts, and below them those that are over, the newest first."""
    rows = Alert.objects.select_related("seen_by")
    page = Paginator(rows.filter(closed_at__isnull=False), PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "open": [_row(alert) for alert in rows.filter(closed_at=None)],
        "over": [_row(alert) for alert in page],
        "page_obj": page,
        "days": alerts.DAYS,
    }
    return render(request, "review/alerts.html", context)


@allowed(Role.LEAD, Role.MANAGER)
@require_POST
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has seen it and sees to it."""
    alert = get_object_or_404(Alert, pk=pk)
    if alerts.see(alert, by=cast(User, request.user)):
        messages.success(request, f"Noted: you have seen “{alerts.title(alert)}”.")
    else:
        messages.info(request, "Somebody has seen it already.")
    return redirect("review:alerts")


def _row(alert: Alert) -> dict[str, Any]:
    return {"alert": alert, "title": alerts.title(alert), "known": alert.metric in BY_NAME}
