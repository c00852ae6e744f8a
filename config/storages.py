"""The S3-compatible store, with the client settings that every such store accepts."""

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage


class ObjectStorage(S3Storage):  # type: ignore[misc]
    """S3 with signature v4, path addressing, and checksums only where a store asks for them."""

    def get_default_settings(self) -> dict[str, Any]:
        """Fill in the client configuration (django-storages ignores the single options once it is given)."""
        client = Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            signature_version="s3v4",
            s3={"addressing_style": "path"},
        )
        return {**super().get_default_settings(), "client_config": client}
