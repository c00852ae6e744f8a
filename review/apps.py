"""What a person decides and what is learnt from it."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Samples, tasks, decisions and escalations."""

    name = "review"
