"""Static files under names that change with their content, so browsers may keep them for ever."""

from typing import Any

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
