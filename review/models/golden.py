"""Golden photos: good outputs, some damaged in a known way, that prove whether reviewers see."""

from typing import Any

from django.conf import settings
from django.db import models

from processing.models import Output


class Golden(models.Model):
    """One picture with a known answer, made from an approved output; it never becomes an output of the photo."""

    output = models.ForeignKey(Output, models.PROTECT, related_name="goldens", help_text="What it was made from.")
    defect = models.CharField(max_length=20, blank=True, help_text="A code of review.defects; empty: known good.")
    severity = models.CharField(max_length=8, blank=True)
    damage: "models.JSONField[Any]" = models.JSONField(default=dict, help_text="How it was damaged, and the seed.")
    alpha = models.FileField(max_length=300)
    preview = models.FileField(max_length=300)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(default=0, help_text="Of the full-size canvas, in pixels.")
    height = models.PositiveIntegerField(default=0)
    placement: "models.JSONField[Any]" = models.JSONField(default=dict)
    verdict = models.CharField(max_length=4, choices=Output.Verdict)
    risk = models.FloatField()
    reasons: "models.JSONField[Any]" = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"golden {self.pk} ({self.defect or 'good'})"
