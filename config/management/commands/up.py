"""`manage.py up`: one command that starts everything, keeps it alive, and stops it cleanly."""

import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import programs
from config.instance import Instance
from config.startup import CannotStart
from config.valkey import ValkeyError


class Command(BaseCommand):
    help = "Start Loupe: queue, workers, scheduler and web server, restarted when they die. Ctrl-C stops it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"), help="address to listen on")
        parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"), help="port to listen on")
        parser.add_argument("--workers", type=int, default=programs.cores(), help="imaging workers; one a core")
        parser.add_argument("--no-links", action="store_true", help="print no sign-in links")

    def handle(self, *args: Any, host: str, port: int, workers: int, no_links: bool, **options: Any) -> None:
        if workers < 1:
            raise CommandError(f"--workers is {workers}, but at least one imaging worker is needed.")
        try:
            Instance(Path(settings.HOME), host, port, workers, not no_links, self.say).run()
        except (CannotStart, ValkeyError) as problem:
            raise CommandError(str(problem)) from problem

    def say(self, line: str) -> None:
        self.stdout.write(f"{time.strftime('%H:%M:%S')} {line}")
        self.stdout.flush()
