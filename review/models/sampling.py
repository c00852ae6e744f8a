"""The draw of a batch, the verdict on it as a lot, and how a catalog wants to be sampled."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from catalog.models import Batch, Catalog, Photo
from processing.models import Output

SHARE = (MinValueValidator(0.0), MaxValueValidator(1.0))


class Policy(models.Model):
    """How a catalog is sampled; a catalog without one is sampled by the default."""

    class Plan(models.TextChoices):
        BUDGET = "budget", "10 to 15 % from the start"
        QUALIFY = "qualify", "New routes and recipe versions qualify first (CSP-1)"
        FIXED = "fixed", "A fixed share"

    catalog = models.OneToOneField(Catalog, models.CASCADE, related_name="policy")
    plan = models.CharField(max_length=8, choices=Plan, default=Plan.BUDGET)
    share = models.FloatField(default=0.12, validators=SHARE, help_text="Of a batch that people see, 0 to 1.")
    climbs = models.BooleanField(default=True, help_text="Batches grow from 50 to 200 on evidence.")
    golden_share = models.FloatField(
        default=0.07, validators=SHARE, help_text="Golden photos among a reviewer's photos."
    )
    second_share = models.FloatField(default=0.07, validators=SHARE, help_text="Random draws seen by a second person.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"policy of {self.catalog}"


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


class BatchVerdict(models.Model):
    """One word on a batch as a lot, with why in plain words; only ever added. The newest one counts."""

    class Word(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        WIDENED = "widened", "Widened"

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="verdicts")
    word = models.CharField(max_length=8, choices=Word)
    why = models.CharField(max_length=1000)
    deciding = models.PositiveIntegerField(default=0, help_text="Random defects that decided it.")
    moved = models.PositiveIntegerField(default=0, help_text="Held photos released, or sent to review.")
    data: "models.JSONField[Any]" = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: the rule."
    )
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.batch} {self.word}"
