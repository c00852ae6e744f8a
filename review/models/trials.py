"""Trials: changes of a recipe's parameters, tried on photos whose right mask is known."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Photo
from processing.models import Output, Recipe, RecipeVersion


class Trial(models.Model):
    """One look at what single changes of a recipe version would do; it changes nothing by itself."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    recipe = models.ForeignKey(Recipe, models.PROTECT, related_name="trials")
    version = models.ForeignKey(RecipeVersion, models.PROTECT, related_name="trials", help_text="What is changed.")
    changes: "models.JSONField[Any]" = models.JSONField(help_text="Step, parameter and value of each.")
    known: "models.JSONField[Any]" = models.JSONField(
        default=dict, help_text="By kind of replay: how many photos there were to take them from."
    )
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["recipe"], condition=Q(state="running"), name="one_running_trial_a_recipe")
        ]

    def __str__(self) -> str:
        return f"trial {self.pk} of {self.version}"


class Replay(models.Model):
    """One photo of a trial: how near the mask of each change comes to the one that is known to be right."""

    class Kind(models.TextChoices):
        MENDED = "mended", "Mended by hand"
        APPROVED = "approved", "Approved as it was"

    trial = models.ForeignKey(Trial, models.CASCADE, related_name="replays")
    photo = models.ForeignKey(Photo, models.CASCADE, related_name="replays")
    right = models.ForeignKey(Output, models.CASCADE, related_name="replays", help_text="Whose mask is right.")
    kind = models.CharField(max_length=8, choices=Kind)
    attempts = models.PositiveSmallIntegerField(default=0)
    scores: "models.JSONField[Any]" = models.JSONField(
        null=True, blank=True, help_text="Likeness by change; the version as it is has the empty key."
    )
    failure = models.CharField(max_length=300, blank=True, help_text="Why there are no scores.")
    picture = models.FileField(max_length=300, blank=True, help_text="Where the proposed change changes most.")
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["trial", "photo"], name="one_replay_a_photo")]

    def __str__(self) -> str:
        return f"replay of photo {self.photo_id} in trial {self.trial_id}"
