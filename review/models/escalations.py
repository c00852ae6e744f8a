"""Escalations and who owns what. A problem has exactly one owner at every moment."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models import Batch, Catalog, Photo
from catalog.segments import Route
from review.models.tasks import Decision, Severity


class Ownership(models.Model):
    """Who owns the problems of a catalog (route empty) or of one of its routes, and who stands in."""

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="ownerships")
    route = models.CharField(max_length=20, choices=Route, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    stand_in = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["catalog", "route"]
        constraints = [
            models.UniqueConstraint(fields=["catalog", "route"], name="one_ownership_a_route"),
            models.CheckConstraint(
                condition=Q(stand_in__isnull=True) | ~Q(stand_in=F("owner")), name="stand_in_is_somebody_else"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.catalog} {self.route}".strip()


class Escalation(models.Model):
    """A problem with exactly one owner and a due time, of a photo or of a whole batch or route."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        CONTAINED = "contained", "Contained"
        ROOT_CAUSE = "root_cause", "Cause known"
        ACTION = "action", "Acted on"
        VERIFIED = "verified", "Verified"
        CLOSED = "closed", "Closed"
        REOPENED = "reopened", "Reopened"

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="escalations")
    photo = models.ForeignKey(Photo, models.CASCADE, null=True, blank=True, related_name="escalations")
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, blank=True, related_name="escalations")
    route = models.CharField(max_length=20, choices=Route, blank=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="escalations")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="escalations")
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="offered_escalations",
        help_text="Handed over, and not accepted yet: the owner stays the owner.",
    )
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    severity = models.CharField(max_length=8, choices=Severity)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    step = models.PositiveSmallIntegerField(default=0, help_text="How often it was re-assigned for want of an answer.")
    due_at = models.DateTimeField(help_text="Of what comes next: to acknowledge, to contain, to close.")
    containment = models.CharField(max_length=1000, blank=True)
    contained_at = models.DateTimeField(null=True, blank=True)
    root_cause = models.CharField(max_length=1000, blank=True)
    escape_point = models.CharField(max_length=1000, blank=True, help_text="Why neither checks nor review caught it.")
    action = models.CharField(max_length=1000, blank=True, help_text="What was changed so that it won't come again.")
    resolution = models.CharField(max_length=12, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_at"]
        indexes = [
            models.Index(fields=["due_at"], condition=~Q(state="closed"), name="escalation_due"),
            models.Index(fields=["owner", "state"], name="escalation_owner"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["photo"],
                condition=~Q(state="closed") & Q(photo__isnull=False),
                name="one_open_escalation_a_photo",
            )
        ]

    def __str__(self) -> str:
        return f"E{self.pk:05d}"


class EscalationEvent(models.Model):
    """One line of an escalation's timeline, only ever added."""

    escalation = models.ForeignKey(Escalation, models.CASCADE, related_name="events")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    what = models.CharField(max_length=40)
    note = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.what} on {self.escalation}"


class Procedure(models.Model):
    """The escalation procedure in the lead's words; a change is a new row, the newest one counts."""

    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"procedure of {self.at:%d %B %Y}"
