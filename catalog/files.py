"""Files in the storage, which may be a folder or an object store: opened as streams, never by a path."""

from typing import BinaryIO, cast

from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile


def opened(file: FieldFile) -> BinaryIO:
    """The stored file as a seekable stream, to be closed by the caller. Raises FileNotFoundError."""
    if not file.name:
        raise FileNotFoundError("there is no stored file")
    return cast(BinaryIO, default_storage.open(file.name))
