"""`manage.py sign_in_link NAME`: a link that signs somebody in once, for those who have no password."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from catalog.people import sign_in_link


class Command(BaseCommand):
    help = "Print a link that signs NAME in, once and within a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="user name")
        parser.add_argument("--site", default="http://localhost:8000", help="the site's address")

    def handle(self, *args: Any, name: str, site: str, **options: Any) -> None:
        try:
            user = User.objects.get(username=name, is_active=True)
        except User.DoesNotExist as error:
            known = ", ".join(User.objects.filter(is_active=True).values_list("username", flat=True)[:20])
            raise CommandError(f"There is nobody active called {name!r}. There are: {known or 'none yet'}.") from error
        self.stdout.write(sign_in_link(user, site))
