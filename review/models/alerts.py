"""Numbers past their limits: when each began, who has seen it, and when it was over."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Alert(models.Model):
    """A metric that does not keep its target, of everything or of one route, until it keeps it again."""

    metric = models.CharField(max_length=30)
    route = models.CharField(max_length=20, blank=True, help_text="Empty: all routes together.")
    value = models.CharField(max_length=120, help_text="What was measured when it began, with its interval and count.")
    target = models.CharField(max_length=60)
    opened_at = models.DateTimeField(auto_now_add=True, db_index=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    why_closed = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["metric", "route"], condition=Q(closed_at=None), name="one_open_alert")
        ]

    def __str__(self) -> str:
        return f"alert of {self.metric} {self.route}".strip()
