#!/usr/bin/env python
"""Django's door: every Loupe command starts here."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

# As for wrong arguments: nothing was begun, and the message says what to correct.
WRONG_SETTINGS = 2
# What shells tell of a program that Ctrl-C ended.
INTERRUPTED = 130


def main() -> None:
    """Read the settings first, so that a wrong one is a sentence and not a traceback; then do what was asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        _ = settings.DEBUG
    except ImproperlyConfigured as problem:
        sys.stderr.write(f"Loupe can't start: {problem}\n")
        sys.exit(WRONG_SETTINGS)
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        # Before a command has begun to listen for it, or one that need not.
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
