"""Loupe's own settings over a temporary home; only what makes tests slow or leaves traces is different."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_checkout = Path(__file__).resolve().parent.parent
_home = tempfile.mkdtemp(prefix="loupe-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
# The weights are fetched once by `make setup` and read-only from then on, so every test home shares them.
os.environ.setdefault("LOUPE_MODELS", str(Path(os.environ.get("LOUPE_HOME") or _checkout / "var") / "models"))
os.environ["LOUPE_HOME"] = _home

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# A batch is decided with its last decision; tests of the time in between set it.
UNDO_SECONDS = 0

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in real life. In memory, all threads of a live server share one connection and so one transaction, and
    # a request that a closing page still sends breaks whatever the test does at that moment.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_home) / "test.sqlite3")}  # noqa: F405
