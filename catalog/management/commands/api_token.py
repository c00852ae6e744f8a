"""`manage.py api_token USERNAME`: makes an API token for a script and prints it, once."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from catalog import tokens


class Command(BaseCommand):
    help = "Make an API token of USERNAME and print its secret, which is shown only here and kept nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="whose roles the token has")
        parser.add_argument("--name", default="command line", help="what it is for")
        parser.add_argument("--days", type=int, help="it ends after so many days; without, never")

    def handle(self, *args: Any, username: str, name: str, days: int | None, **options: Any) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            known = ", ".join(User.objects.filter(is_active=True).values_list("username", flat=True)[:20])
            raise CommandError(f"There is nobody active called {username!r}. There are: {known or 'none yet'}.")
        if not name.strip():
            raise CommandError("Give the token a name that says what it is for: --name NAME.")
        # No more days than a date can hold.
        if days is not None and not 0 < days <= 36_500:
            raise CommandError(f"--days is {days}; give a number from 1 to 36500, or leave it out.")
        _, secret = tokens.make(user, name.strip(), days=days)
        self.stdout.write(secret)
