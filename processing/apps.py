"""What a machine does to a photo."""

from django.apps import AppConfig


class ProcessingConfig(AppConfig):
    """Recipes, runs, outputs and exports."""

    name = "processing"
