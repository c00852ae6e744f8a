"""Tasks that wait for a person, and what people decided. Decisions are only ever added."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Batch, Photo
from processing.models import Output, RecipeVersion
from review.models.golden import Golden


class Kind(models.TextChoices):
    """Why a photo is reviewed."""

    RANDOM = "random", "Random draw"
    FLAGGED = "flagged", "Flagged"
    REWORK = "rework", "Reprocessed or repaired"
    WIDENED = "widened", "Batch widened"
    COMPLAINT = "complaint", "Complaint"
    SECOND = "second", "Second opinion"
    THIRD = "third", "Settles a disagreement"
    GOLDEN = "golden", "Golden photo"


class Severity(models.TextChoices):
    """How bad a defect is."""

    MINOR = "minor", "Minor"
    MAJOR = "major", "Major"
    CRITICAL = "critical", "Critical"


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
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Who repaired it."
    )
    tuner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Of the recipe."
    )
    golden = models.ForeignKey(Golden, models.PROTECT, null=True, blank=True, related_name="tasks")
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    token = models.UUIDField(default=uuid.uuid4)
    claimed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["priority", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["photo"], condition=Q(state__in=["open", "claimed"], golden=None), name="one_open_task_a_photo"
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | ~Q(claimed_by=models.F("uploader")),
                name="nobody_reviews_their_own_upload",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | Q(author__isnull=True) | ~Q(claimed_by=models.F("author")),
                name="nobody_reviews_their_own_repair",
            ),
        ]
        indexes = [
            models.Index(fields=["priority", "id"], condition=Q(state="open"), name="task_to_claim"),
            models.Index(fields=["expires_at"], condition=Q(state="claimed"), name="task_lease"),
            models.Index(fields=["token"], name="task_token"),
            models.Index(fields=["batch", "state"], name="task_batch_state"),
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
        ORIGINAL = "original", "Use the original"

    task = models.ForeignKey(Task, models.PROTECT, related_name="decisions")
    photo = models.ForeignKey(Photo, models.CASCADE, related_name="decisions")
    output = models.ForeignKey(Output, models.PROTECT, related_name="decisions")
    output_sha256 = models.CharField(max_length=64)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=8, choices=Verdict)
    defect = models.CharField(max_length=20, blank=True, help_text="A code of review.defects.")
    severity = models.CharField(max_length=8, choices=Severity, blank=True)
    remedy = models.CharField(max_length=10, choices=Remedy, blank=True)
    route = models.CharField(max_length=20, blank=True, help_text="Where a reprocessed photo is sent.")
    recipe_version = models.ForeignKey(RecipeVersion, models.PROTECT, null=True, blank=True, related_name="+")
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
        indexes = [models.Index(fields=["reviewer", "at"], name="decision_reviewer_at")]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.reviewer_id} on output {self.output_id}"


class GoldenAnswer(models.Model):
    """What a reviewer said of a golden photo. It is no decision: it moves nothing and counts in no error rate."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="answers")
    golden = models.ForeignKey(Golden, models.PROTECT, related_name="answers")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="golden_answers")
    verdict = models.CharField(max_length=8, choices=Decision.Verdict)
    defect = models.CharField(max_length=20, blank=True)
    severity = models.CharField(max_length=8, choices=Severity, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    withdrawn = models.BooleanField(default=False, help_text="Taken back by undo; the next answer counts.")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.reviewer_id} on golden {self.golden_id}"
