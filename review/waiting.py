"""What waits for one person: each role's own work, newest or most urgent first, for the home page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.template.defaultfilters import pluralize
from django.utils import timezone

from catalog import catalogs, flow
from catalog.flow import BatchState, Stage
from catalog.models import Batch, Photo, Upload
from catalog.people import Role, name_of
from processing import mockups
from processing.models import Mockup
from review import alerts, defects, queue, trials
from review.complaints import listed
from review.models import Alert, Escalation

# So many lines a list shows; the rest is a count.
SHOWN = 8
# After this long nobody comes back to what intake refused.
LATELY = timedelta(days=14)


@dataclass(frozen=True)
class Line:
    """One thing in a list: its address is a URL name and what that takes, so that pages compose by URL."""

    text: str
    url_name: str
    key: int | str
    note: str = ""
    level: str = ""
    badge: str = ""
    stages: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0


@dataclass(frozen=True)
class Waiting:
    """One kind of work: how much of it there is, where it is done, and what is said when there is none.

    Without such words it is only told of while there is some.
    """

    title: str
    count: int
    nothing: str
    url_name: str = ""
    action: str = ""
    lines: tuple[Line, ...] = ()
    roughly: str = ""

    @property
    def shown(self) -> str:
        """The count as a page shows it."""
        return self.roughly or str(self.count)

    @property
    def more(self) -> int:
        """How many are not shown as lines."""
        return max(0, self.count - len(self.lines)) if self.lines else 0


def for_roles(user: User, roles: Iterable[Role]) -> list[Waiting]:
    """What waits for ``user`` in each of their roles."""
    asks = dict.fromkeys(ask for role in Role if role in frozenset(roles) for ask in ASKED[role])
    return [found for ask in asks if (found := ask(user)).count or found.nothing]


def to_start(user: User) -> Waiting:
    """The user's uploads whose photos wait until somebody has looked at their routes."""
    held = Count("photos", filter=Q(photos__stage=Stage.READY))
    mine = Upload.objects.filter(by=user, waits=True)
    uploads = mine.annotate(held=held).filter(held__gt=0).select_related("catalog")
    lines = (
        Line(str(upload), "catalog:upload", upload.pk, str(upload.catalog), "warn", f"{upload.held} wait")
        for upload in uploads[:SHOWN]
    )
    return Waiting("Uploads that wait for your start", uploads.count(), "", lines=tuple(lines))


def refusals(user: User) -> Waiting:
    """The user's uploads of the last days of which intake refused something that is still refused."""
    refused = Count("photos", filter=Q(photos__stage=Stage.REJECTED))
    lately = Upload.objects.filter(by=user, created_at__gte=timezone.now() - LATELY)
    uploads = lately.annotate(refused=refused).filter(refused__gt=0).select_related("catalog")
    lines = (
        Line(str(upload), "catalog:upload", upload.pk, str(upload.catalog), "bad", f"{upload.refused} refused")
        for upload in uploads[:SHOWN]
    )
    return Waiting("Uploads with refused photos", uploads.count(), "No photo of yours is refused.", lines=tuple(lines))


def mockups_to_review(user: User) -> Waiting:
    """Catalogs with mock-ups that wait for somebody else than who ordered them."""
    mine = Mockup.objects.filter(~mockups.stale(), state=Mockup.State.WAITING).exclude(ordered_by=user).order_by()
    counted = list(mine.values_list("scene__catalog__slug", "scene__catalog__name").annotate(number=Count("pk")))
    lines = (
        Line(name, "processing:mockups", slug, badge=f"{number} mock-up{pluralize(number)}")
        for slug, name, number in counted[:SHOWN]
    )
    return Waiting("Mock-ups to review", sum(number for *_, number in counted), "", lines=tuple(lines))


def in_progress(user: User) -> Waiting:
    """The user's batches that are not accepted yet, each with its bar of stages."""
    batches = Batch.objects.filter(upload__by=user).exclude(state=BatchState.ACCEPTED).select_related("catalog")
    return Waiting("Batches in progress", batches.count(), "No batch is under way.", lines=_batch_lines(batches))


def to_export(user: User) -> Waiting:
    """Catalogs with released photos that were not exported since."""
    released = Photo.objects.filter(stage=Stage.APPROVED).order_by()
    rows = released.values_list("catalog__slug", "catalog__name").annotate(number=Count("pk")).order_by("-number")
    counted = list(rows)
    lines = (
        Line(name, "catalog:catalog", slug, badge=f"{number} photo{pluralize(number)}")
        for slug, name, number in counted[:SHOWN]
    )
    return Waiting(
        "Catalogs to export",
        len(counted),
        "Everything released is exported.",
        "processing:exports",
        "Export",
        tuple(lines),
    )


def to_review(user: User) -> Waiting:
    """The photos in the queue that the user may judge."""
    count = queue.waiting_for(user)
    nothing = "No photo waits for your eyes."
    return Waiting("Photos to review", count, nothing, "review:queue", "Start reviewing", roughly=queue.roughly(count))


def escalated(user: User) -> Waiting:
    """The escalations that the user owns or is offered, the next due first."""
    open_ones = Escalation.objects.exclude(state=Escalation.State.CLOSED)
    mine = open_ones.filter(Q(owner=user) | Q(offered_to=user)).order_by("due_at")
    now = timezone.now()
    lines = (
        Line(
            f"{item}: {item.reason}",
            "review:escalation",
            item.pk,
            f"due {timezone.localtime(item.due_at):%d %b %H:%M}",
            "bad" if item.due_at < now else "warn",
            "offered to you" if item.owner_id != user.pk else _urgency(item, now),
        )
        for item in mine[:SHOWN]
    )
    nothing = "No escalation is yours."
    return Waiting("Your escalations", mine.count(), nothing, "review:escalations", "All escalations", tuple(lines))


def _urgency(item: Escalation, now: datetime) -> str:
    return "overdue" if item.due_at < now else item.get_severity_display().lower()


def manual_lane(user: User) -> Waiting:
    """The photos that the machine gave up."""
    failed = Photo.objects.filter(stage=Stage.FAILED).order_by("stage_since")
    lines = (
        Line(photo.name, "review:repair", photo.pk, f"since {timezone.localtime(photo.stage_since):%d %b %H:%M}")
        for photo in failed[:SHOWN]
    )
    nothing = "The machine gave up no photo."
    return Waiting("Manual lane", failed.count(), nothing, "review:repairs", "Open the lane", tuple(lines))


def alerted(user: User) -> Waiting:
    """The numbers that do not keep their targets and that nobody has seen to yet."""
    unseen = Alert.objects.filter(closed_at=None, seen_at=None)
    lines = (
        Line(
            alerts.title(alert),
            "review:metric",
            alert.metric,
            f"{alert.value}; wanted {alert.target}",
            "bad",
            f"since {timezone.localtime(alert.opened_at):%d %b %H:%M}",
        )
        for alert in unseen[:SHOWN]
    )
    nothing = "No number has left its target."
    return Waiting("Alerts", unseen.count(), nothing, "review:alerts", "All alerts", tuple(lines))


def complained(user: User) -> Waiting:
    """The complaints that nobody has closed, the oldest first."""
    still_open = listed().filter(closed_at=None).order_by("pk")
    lines = (
        Line(
            f"{defects.label(complaint.defect)}: {complaint.product}",
            "review:complaint",
            complaint.pk,
            f"{complaint.catalog}, since {timezone.localtime(complaint.at):%d %b}",
            *(("info", "new picture delivered") if complaint.delivered_again else ("", "")),
        )
        for complaint in still_open[:SHOWN]
    )
    nothing = "No complaint is open."
    return Waiting("Open complaints", still_open.count(), nothing, "review:complaints", "All complaints", tuple(lines))


def to_try(user: User) -> Waiting:
    """The recipes of whose photos so many were mended that a trial may find out why."""
    recipes = trials.due()
    lines = (
        Line(str(recipe), "processing:recipe", recipe.pk, f"{mended} photos were mended since its last trial")
        for recipe, mended in recipes[:SHOWN]
    )
    return Waiting("Recipes to try", len(recipes), "", "processing:recipes", "All recipes", tuple(lines))


def widened(user: User) -> Waiting:
    """The batches whose sample was so bad that all of them is reviewed."""
    batches = Batch.objects.filter(state=BatchState.WIDENED).select_related("catalog")
    nothing = "No batch was widened to full review."
    return Waiting("Widened batches", batches.count(), nothing, lines=_batch_lines(batches))


def overdue(user: User) -> Waiting:
    """Everybody's escalations that are past their due time."""
    late = Escalation.objects.filter(due_at__lt=timezone.now()).exclude(state=Escalation.State.CLOSED)
    lines = (
        Line(f"{item}: {item.reason}", "review:escalation", item.pk, f"with {name_of(item.owner)}", "bad", "overdue")
        for item in late.select_related("owner").order_by("due_at")[:SHOWN]
    )
    nothing = "No escalation is overdue."
    return Waiting("Overdue escalations", late.count(), nothing, "review:escalations", "All escalations", tuple(lines))


ASKED: dict[Role, tuple[Callable[[User], Waiting], ...]] = {
    Role.OPERATOR: (to_start, refusals, in_progress, manual_lane, to_export),
    Role.REVIEWER: (to_review, mockups_to_review),
    Role.LEAD: (escalated, alerted, manual_lane, widened, complained, mockups_to_review, to_try),
    Role.MANAGER: (alerted, escalated, overdue, complained),
}


def _batch_lines(batches: QuerySet[Batch]) -> tuple[Line, ...]:
    shown = list(batches[:SHOWN])
    counts = catalogs.photos_by_stage("batch", [batch.pk for batch in shown])
    return tuple(_batch_line(batch, counts[batch.pk]) for batch in shown)


def _batch_line(batch: Batch, counts: dict[str, int]) -> Line:
    word = flow.standing(batch.state, counts).label.lower()
    note = f"{batch.catalog}, {batch.get_route_display().lower()}: {word}"
    return Line(str(batch), "catalog:batch", batch.pk, note, stages=catalogs.bar(counts), total=sum(counts.values()))
