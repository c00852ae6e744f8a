"""Home: what waits for the person who opened it, by their roles, and the first step where nothing does."""

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.models import Catalog
from catalog.people import Role, roles_of
from review import targets, waiting
from review.metrics import BY_NAME, METRICS, facts
from review.metrics.figures import Figure, figure
from review.metrics.scope import Scope

# The numbers that a manager sees before anything else, over so many days.
THREE = ("error_rate", "images_an_hour", "complaints")
DAYS = 30
FIRST_STEPS = (
    "Create a catalog and import its product sheet, CSV or XLSX.",
    "Drop a folder of photos into it: what breaks the standard is refused within seconds, with the reason.",
    "The rest is cut out, measured and sampled; what waits for you then stands here.",
)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me. Everybody who can sign in may open it, in whatever role."""
    user, roles = cast(User, request.user), roles_of(request.user)
    found = waiting.for_roles(user, roles)
    context: dict[str, Any] = {
        "waiting": [item for item in found if item.count],
        "nothing": [item for item in found if not item.count],
        "counted": sum(item.count for item in found),
        "name": user.first_name or user.get_username(),
        "days": DAYS,
        "started": Catalog.objects.exists(),
        "steps": FIRST_STEPS,
    }
    return render(request, "review/home.html", context | (_numbers() if Role.MANAGER in roles else {}))


def _numbers() -> dict[str, list[Figure]]:
    total, limits = facts.read(Scope.of_days(DAYS)).total(), targets.current()
    three = [figure(BY_NAME[name], total, limits[name]) for name in THREE]
    rest = [figure(metric, total, limits[metric.name]) for metric in METRICS if metric.name not in THREE]
    return {"three": three, "red": [item for item in rest if item.status == "red"]}
