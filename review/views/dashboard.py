"""The manager's page: every metric over the last days, by day and by route, with the table behind each chart."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.flow import Stage
from catalog.models import Catalog
from catalog.people import Role, allowed, roles_of
from catalog.segments import Route
from review import targets
from review.metrics import BY_NAME, METRICS, breakdowns, facts
from review.metrics.contract import Limits, Metric, Unit
from review.metrics.facts import Facts
from review.metrics.figures import Figure, figure, series
from review.metrics.scope import WINDOWS, Scope
from review.metrics.slices import Slice
from review.models import Alert

USUAL_WINDOW = 30
# The metrics that the first page draws by day; the others have pages of their own.
DRAWN = ("error_rate", "images_an_hour", "complaints")
ROUTED = tuple(metric for metric in METRICS if metric.by_route)


@dataclass(frozen=True)
class Asked:
    """The choice of a page: how many days, and which catalog."""

    days: int
    catalog: Catalog | None
    catalogs: list[Catalog]

    @classmethod
    def of(cls, request: HttpRequest) -> "Asked":
        """Read from the address; what makes no sense there falls back to the usual window and all catalogs."""
        days, wanted = request.GET.get("days", ""), request.GET.get("catalog", "")
        catalogs = list(Catalog.objects.all())
        catalog = next((catalog for catalog in catalogs if str(catalog.pk) == wanted), None)
        known = days.isdecimal() and int(days[:4]) in WINDOWS
        return cls(int(days) if known else USUAL_WINDOW, catalog, catalogs)

    @property
    def scope(self) -> Scope:
        """The days and rows meant."""
        return Scope.of_days(self.days, self.catalog.pk if self.catalog else None)

    @property
    def context(self) -> dict[str, Any]:
        """What the choice's own part of the page shows."""
        return {"asked": self, "windows": WINDOWS}


WEEK_TO = "week to"


class Chart(NamedTuple):
    """One chart and its table: a metric over days or routes."""

    metric: Metric
    kind: str
    over: str
    rows: list[Figure]

    @property
    def title(self) -> str:
        """What the chart shows."""
        return f"{self.metric.label}{', the week to each day' if self.over == WEEK_TO else f' by {self.over}'}"

    @property
    def unit(self) -> str:
        """What stands at the axis: the per cent sign alone; longer units stand in the heading."""
        return self.metric.unit.value if self.metric.unit is Unit.SHARE else ""

    @property
    def with_interval(self) -> bool:
        """Whether any row has an interval; a line chart draws it as a band."""
        return any(row.raw_lower and row.raw_upper for row in self.rows)

    @property
    def with_target(self) -> bool:
        """Whether the metric has a target line."""
        return any(row.raw_target for row in self.rows)

    @property
    def empty(self) -> bool:
        """Whether no row has a value."""
        return not any(row.raw for row in self.rows)


Drawing = Callable[[Metric, Facts, Limits], Chart]


@allowed(Role.MANAGER, Role.LEAD)
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """How the work stands: all metrics, the main ones by day, refusals and defects by reason, and a row a route."""
    asked = Asked.of(request)
    found, limits = facts.read(asked.scope), targets.current()
    total = found.total()
    figures = [figure(metric, total, limits[metric.name]) for metric in METRICS]
    context: dict[str, Any] = {
        "figures": figures,
        "headline": figures[0],
        "corrected": next(item for item in figures if item.metric.name == "corrected"),
        "red": [item for item in figures if item.status == "red"],
        "processed": total.counts[Stage.PROCESSED],
        "unread": len(total.samples) - len(total.read_samples()),
        "charts": [_main_chart(BY_NAME[name], found, limits[name]) for name in DRAWN],
        "refusals": breakdowns.refusals(asked.scope),
        "defects": breakdowns.defects(asked.scope),
        "routes": by_routes(found, limits),
        "routed": ROUTED,
        "empty": not total.counts and not total.samples,
        "alerts": Alert.objects.filter(closed_at=None).count(),
        "may_set": Role.MANAGER in roles_of(request.user),
    }
    return render(request, "review/dashboard.html", context | asked.context)


@allowed(Role.MANAGER, Role.LEAD)
@require_safe
def one_metric(request: HttpRequest, name: str) -> HttpResponse:
    """One metric: what it means, by day and by route."""
    if name not in BY_NAME:
        raise Http404(f"No metric is called {name}.")
    asked, shown = Asked.of(request), BY_NAME[name]
    found, limits = facts.read(asked.scope), targets.current()[name]
    charts = [draw(shown, found, limits) for draw in (by_week, by_day, by_route) if wants(shown, draw)]
    context = {"metric": shown, "figure": figure(shown, found.total(), limits), "charts": charts}
    return render(request, "review/dashboard_metric.html", context | asked.context)


def _main_chart(metric: Metric, found: Facts, limits: Limits) -> Chart:
    """One day holds too few audits to see anything in an estimate, so the first page draws the week to each day."""
    return by_week(metric, found, limits) if metric.is_estimate else by_day(metric, found, limits)


def wants(metric: Metric, draw: Drawing) -> bool:
    """Whether a chart of this sort says anything about the metric."""
    if draw is by_week:
        return metric.is_estimate
    return metric.by_day if draw is by_day else metric.by_route


def by_week(metric: Metric, found: Facts, limits: Limits) -> Chart:
    """The metric over the seven days to each day."""
    return Chart(metric, "line", WEEK_TO, series(metric, _named(found.by_week()), limits))


def by_day(metric: Metric, found: Facts, limits: Limits) -> Chart:
    """The metric on each day; a line where it is a share, bars where it counts."""
    kind = "line" if metric.unit is Unit.SHARE else "bar"
    return Chart(metric, kind, "day", series(metric, _named(found.by_day()), limits))


def by_route(metric: Metric, found: Facts, limits: Limits) -> Chart:
    """The metric on each route that has any facts."""
    routes = {route_label(name): part for name, part in found.by_route().items()}
    return Chart(metric, "bar", "route", series(metric, routes, limits))


def _named(days: dict[date, Slice]) -> dict[str, Slice]:
    return {f"{day.day} {day:%b}": part for day, part in days.items()}


def by_routes(found: Facts, limits: dict[str, Limits]) -> list[tuple[str, list[Figure]]]:
    """A row a route with every metric that knows routes."""
    return [
        (route_label(name), [figure(metric, part, limits[metric.name]) for metric in ROUTED])
        for name, part in found.by_route().items()
    ]


def route_label(name: str) -> str:
    """The route in words."""
    return str(Route(name).label) if name in Route.values else name
