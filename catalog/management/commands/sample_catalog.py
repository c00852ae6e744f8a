"""`manage.py sample_catalog`: real product photos and their sheet, to try everything with."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from catalog import samples
from catalog.models import Catalog
from catalog.people import Role
from catalog.sample_package import PACKAGE, VERSION, SampleUnavailable


class Command(BaseCommand):
    help = f"Make a catalog of the product photos and the sheet in the npm package {PACKAGE} {VERSION}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", default=samples.NAME, help=f"the catalog's name (default: {samples.NAME})")
        parser.add_argument("--by", metavar="USER", help="who uploads the photos (default: the first operator)")

    def handle(self, *args: Any, name: str, by: str | None, **options: Any) -> None:
        if Catalog.objects.filter(name=name).exists():
            self.stdout.write(f"{name} is there already; nothing was changed.")
            return
        try:
            catalog = samples.make(uploader(by), name=name, report=self.tell())
        except SampleUnavailable as error:
            raise CommandError(str(error)) from error
        products, photos = catalog.products.count(), catalog.photos.count()
        self.stdout.write(f"{catalog.name}: {products} products, {photos} photos on their way through the intake.")

    def tell(self) -> samples.Report:
        """A line whenever another step begins."""
        told: set[str] = set()

        def report(label: str, done: int, total: int) -> None:
            if label not in told:
                told.add(label)
                self.stdout.write(f"{label} ...")

        return report


def uploader(username: str | None) -> User:
    """The person of that name, or the first operator. Raises CommandError."""
    active = User.objects.filter(is_active=True)
    if username:
        found = active.filter(username=username).first()
        hint = f"There is nobody active called {username!r}."
    else:
        found = active.filter(groups__name=Role.OPERATOR.value).order_by("pk").first()
        hint = "There is no operator yet. Start the site once (manage.py up), or name somebody with --by."
    if found is None:
        raise CommandError(hint)
    return found
