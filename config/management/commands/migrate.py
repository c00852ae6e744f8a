"""`manage.py migrate`: Django's own, and then every route has a recipe. Every start goes through it, tests' too."""

from typing import Any

from django.core.management.commands import migrate

from processing import recipes


class Command(migrate.Command):
    """Brings the database up to date, and publishes what a fresh or upgraded instance has to have."""

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        # A plan, a check, or a step to some migration may leave tables that are not today's.
        if not (options["app_label"] or options["plan"] or options["check_unapplied"]):
            recipes.publish_missing()
