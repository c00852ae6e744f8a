"""`manage.py truths FOLDER`: write the masks that people made, with their photos and a manifest, for tuning."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.models import Catalog, Photo
from processing import truths


class Command(BaseCommand):
    """Hands out what is true."""

    help = "Write the newest mask that a person made of each photo, with the photo and a manifest.csv, into FOLDER."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FOLDER, and one catalog if wanted."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--catalog", default="", metavar="SLUG", help="only photos of this catalog")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them and say how many."""
        photos = None
        if options["catalog"]:
            if not Catalog.objects.filter(slug=options["catalog"]).exists():
                raise CommandError(f"There is no catalog {options['catalog']!r}.")
            photos = Photo.objects.filter(catalog__slug=options["catalog"])
        count = truths.export(truths.newest(photos), options["folder"])
        self.stdout.write(f"{count} masks made by people are in {options['folder']}.")
