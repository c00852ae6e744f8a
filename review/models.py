"""Samples, tasks, decisions, escalations and complaints: what people decide. Decisions are only ever added."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Batch, Catalog, Photo, Product
from processing.models import Output


class Kind(models.TextChoices):
    """Why a photo is reviewed."""

    RANDOM = "random", "Random draw"
    FLAGGED = "flagged", "Flagged"
    REWORK = "rework", "Reprocessed or repaired"
    WIDENED = "widened", "Batch widened"
    COMPLAINT = "complaint", "Complaint"


class Severity(models.TextChoices):
    """How bad a defect is."""

    MINOR = "minor", "Minor"
    MAJOR = "major", "Major"
    CRITICAL = "critical", "Critical"


class Sample(models.Model):
    """The draw of one batch: counts, seed and policy as they were when it was drawn; never computed again."""

    batch = models.OneToOneField(Batch, models.CASCADE, related_name="sample")
    seed = models.BigIntegerField()
    policy: "models.JSONField[Any]" = models.JSONField(default=dict)
    size = models.PositiveIntegerField(help_text="Photos in the batch that a machine finished (N).")
    flagged = models.PositiveIntegerField(help_text="All of them reviewed (stratum F).")
    rest = models.PositiveIntegerField(help_text="The others (N_R).")
    drawn = models.PositiveIntegerField(help_text="Of which drawn at random (n_R).")
    drawn_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"sample of {self.batch}"


class Draw(models.Model):
    """One photo of a sample: its stratum and the probability with which it could be drawn."""

    class Stratum(models.TextChoices):
        FLAGGED = "flagged", "Flagged"
        RANDOM = "random", "Random"

    sample = models.ForeignKey(Sample, models.CASCADE, related_name="draws")
    photo = models.ForeignKey(Photo, models.CASCADE, related_name="draws")
    output = models.ForeignKey(Output, models.PROTECT, related_name="draws")
    stratum = models.CharField(max_length=8, choices=Stratum)
    probability = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sample", "photo"], name="one_draw_a_photo")]

    def __str__(self) -> str:
        return f"{self.stratum} draw of photo {self.photo_id}"


class Task(models.Model):
    """One photo's output waiting for one person's decision; claimed by a lease with a token and an expiry."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLAIMED = "claimed", "Claimed"
        DONE = "done", "Done"
        WITHDRAWN = "withdrawn", "Withdrawn"

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="tasks")
    output = models.ForeignKey(Output, models.PROTECT, related_name="tasks")
    batch = models.ForeignKey(Batch, models.CASCADE, null=True, related_name="tasks")
    kind = models.CharField(max_length=10, choices=Kind)
    priority = models.PositiveSmallIntegerField(default=5, help_text="Lower comes first.")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    token = models.UUIDField(default=uuid.uuid4)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["priority", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["photo"], condition=Q(state__in=["open", "claimed"]), name="one_open_task_a_photo"
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | ~Q(claimed_by=models.F("uploader")),
                name="nobody_reviews_their_own_upload",
            ),
        ]
        indexes = [
            models.Index(fields=["priority", "id"], condition=Q(state__in=["open", "claimed"]), name="task_to_claim")
        ]

    def __str__(self) -> str:
        return f"{self.kind} task {self.pk}"


class Decision(models.Model):
    """A person's word on one output. A correction is a further decision that supersedes this one."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", "Approve"
        REJECT = "reject", "Reject"

    class Remedy(models.TextChoices):
        """What happens next with a rejected photo."""

        NONE = "", "-"
        REPROCESS = "reprocess", "Reprocess with another recipe"
        REPAIR = "repair", "Repair by hand"
        ESCALATE = "escalate", "Escalate to the owner"
        MANUAL = "manual", "Send to the manual lane"

    task = models.ForeignKey(Task, models.PROTECT, related_name="decisions")
    photo = models.ForeignKey(Photo, models.CASCADE, related_name="decisions")
    output = models.ForeignKey(Output, models.PROTECT, related_name="decisions")
    output_sha256 = models.CharField(max_length=64)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=8, choices=Verdict)
    defect = models.CharField(max_length=20, blank=True, help_text="A code of review.defects.")
    severity = models.CharField(max_length=8, choices=Severity, blank=True)
    remedy = models.CharField(max_length=10, choices=Remedy, blank=True)
    mark: "models.JSONField[Any]" = models.JSONField(
        null=True, blank=True, help_text="A marked place, shares of the picture."
    )
    note = models.CharField(max_length=500, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    undone = models.BooleanField(default=False, help_text="This row takes back the decision it supersedes.")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.reviewer_id} on output {self.output_id}"


class Escalation(models.Model):
    """A problem with exactly one owner and a due time."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        CLOSED = "closed", "Closed"

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="escalations")
    photo = models.ForeignKey(Photo, models.CASCADE, null=True, blank=True, related_name="escalations")
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, blank=True, related_name="escalations")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="escalations")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="escalations")
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    severity = models.CharField(max_length=8, choices=Severity)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_at"]
        indexes = [models.Index(fields=["due_at"], condition=~Q(state="closed"), name="escalation_due")]

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


class Complaint(models.Model):
    """What a customer or marketplace complained about, recorded against a product."""

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="complaints")
    product = models.ForeignKey(Product, models.CASCADE, related_name="complaints")
    photo = models.ForeignKey(Photo, models.SET_NULL, null=True, blank=True, related_name="complaints")
    output = models.ForeignKey(Output, models.SET_NULL, null=True, blank=True, related_name="complaints")
    marketplace = models.CharField(max_length=30, blank=True)
    defect = models.CharField(max_length=20)
    note = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"complaint about {self.product_id}"
