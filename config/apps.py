"""The site as an app: its start-up checks."""

from django.apps import AppConfig
from django.core.checks import register

from config.checks import JOBS, check_stage_jobs


class LoupeConfig(AppConfig):
    """Registers the check that proves the table of stage jobs."""

    name = "config"

    def ready(self) -> None:
        """Run with every ``manage.py check``, and so before each start."""
        register(check_stage_jobs, JOBS)
