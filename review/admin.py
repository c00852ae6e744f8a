"""The admin site's view of this app, for superusers: samples, decisions and complaints are facts and read only."""

from django.contrib import admin

from catalog.admin import Facts
from review.models import (
    Alert,
    BatchVerdict,
    Complaint,
    Decision,
    Draw,
    Escalation,
    EscalationEvent,
    Golden,
    GoldenAnswer,
    Ownership,
    Policy,
    Procedure,
    Sample,
    Target,
    Task,
)


@admin.register(Sample)
class SampleAdmin(Facts):
    """Draws of batches with their counts, seeds and policies."""

    list_display = ("batch", "size", "flagged", "rest", "drawn", "drawn_at")
    list_select_related = ("batch",)


@admin.register(Draw)
class DrawAdmin(Facts):
    """Photos of samples with their inclusion probabilities."""

    list_display = ("sample", "photo", "stratum", "probability")
    list_filter = ("stratum",)
    list_select_related = ("sample__batch", "photo")


@admin.register(Task)
class TaskAdmin(Facts):
    """What waits for reviewers, and who holds it until when."""

    list_display = ("pk", "photo", "kind", "state", "priority", "claimed_by", "expires_at")
    list_filter = ("state", "kind")
    list_select_related = ("photo", "claimed_by")


@admin.register(Decision)
class DecisionAdmin(Facts):
    """What reviewers said, corrections included."""

    list_display = ("pk", "photo", "verdict", "defect", "severity", "reviewer", "undone", "at")
    list_filter = ("verdict", "defect")
    list_select_related = ("photo", "reviewer")


@admin.register(Escalation)
class EscalationAdmin(Facts):
    """Problems with their owners."""

    list_display = ("__str__", "catalog", "owner", "severity", "state", "due_at")
    list_filter = ("state", "severity")
    list_select_related = ("catalog", "owner")


@admin.register(Complaint)
class ComplaintAdmin(Facts):
    """What customers and marketplaces complained about."""

    list_display = ("product", "photo", "marketplace", "defect", "by", "at", "ending", "closed_at")
    list_filter = ("marketplace", "defect", "ending")
    list_select_related = ("product", "photo", "by")


@admin.register(Alert)
class AlertAdmin(Facts):
    """Numbers that did not keep their targets."""

    list_display = ("metric", "route", "value", "target", "opened_at", "seen_by", "closed_at")
    list_filter = ("metric",)
    list_select_related = ("seen_by",)


@admin.register(Target)
class TargetAdmin(Facts):
    """The manager's limits, every change of them."""

    list_display = ("metric", "target", "alarm", "by", "at")
    list_select_related = ("by",)


@admin.register(Ownership, Policy)
class ChoicesAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who owns what, and how a catalog is sampled: choices, not facts."""

    list_display = ("__str__",)
    list_select_related = ("catalog",)


admin.site.register([BatchVerdict, EscalationEvent, Golden, GoldenAnswer, Procedure], Facts)
