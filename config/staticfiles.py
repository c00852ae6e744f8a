"""Static files under names that change with their content, so browsers may keep them for ever."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Our own folders of static/: a reference there to a file that is missing is a mistake of ours.
OURS = ("css/", "img/", "js/")


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Whitenoise's storage; what a library's own files refer to in vain must not stop a start."""

    manifest_strict = False
    support_js_module_import_aggregation = True

    patterns = tuple(
        (extension, tuple(p for p in found if "sourceMappingURL" not in str(p)))
        for extension, found in CompressedManifestStaticFilesStorage.patterns
    )

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        """The name with its content's hash; a library's dangling reference stays as it is written."""
        try:
            hashed: str = super().hashed_name(name, content, filename)
        except ValueError:
            if name.startswith(OURS):
                raise
            return name
        return hashed


def fingerprint() -> str:
    """What would be collected, by name, size and time of change; cheap, since no file is read."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: str(found[0])):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect() -> bool:
    """Collect the static files unless nothing has changed since the last time; true if they were collected."""
    stamp, now = Path(settings.STATIC_ROOT) / ".fingerprint", fingerprint()
    if stamp.is_file() and stamp.read_text() == now:
        return False
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(now)
    return True
