"""What a manager promises: the limits of the dashboard's metrics."""

from django.conf import settings
from django.db import models


class Target(models.Model):
    """The limits of one metric as a manager set them; a change is a new row, the newest one counts.

    Values are kept as the metric measures them: shares as 0 to 1.
    """

    metric = models.CharField(max_length=40, db_index=True, help_text="A name of review.metrics.METRICS.")
    target = models.FloatField(null=True, blank=True, help_text="From here on the metric needs watching.")
    alarm = models.FloatField(null=True, blank=True, help_text="From here on it needs acting.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.metric}: {self.target}"
