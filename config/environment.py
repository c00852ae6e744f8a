"""Reading the environment, and failing loudly where a value makes no sense."""

import hashlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from redis import Redis

# A UNIX socket's path is limited to about 107 bytes by the kernel's sockaddr_un.
SOCKET_PATH_LIMIT = 100


def whole_number(name: str, default: int, least: int = 0) -> int:
    """The whole number in the variable ``name``; raises ImproperlyConfigured with what was found."""
    text = os.environ.get(name, "")
    try:
        number = int(text) if text else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {text!r}, but must be a whole number.") from error
    if number < least:
        raise ImproperlyConfigured(f"{name} is {number}, but must be at least {least}.")
    return number


def switch(name: str, default: bool) -> bool:
    """The on/off value in the variable ``name``."""
    text = os.environ.get(name, "").lower()
    known = {"": default, "1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    if text not in known:
        raise ImproperlyConfigured(f"{name} is {text!r}, but must be 1, 0, true, false, on or off.")
    return known[text]


def secret_key(file: Path) -> str:
    """The signing key kept in ``file``, made at the first start and readable by its owner alone."""
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            _write_key(file)
        return file.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"LOUPE_HOME, {file.parent}, can't be written and read ({error.strerror}). "
            "Name a folder that you may write to."
        ) from error


def _write_key(file: Path) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(50))
    except FileExistsError:  # another process of this instance made it a moment ago
        pass


def bare(address: str) -> str:
    """The address as a message may show it: without name and password."""
    return re.sub(r"//[^/@]*@", "//...@", address)


def socket_file(home: Path) -> Path:
    """Where the embedded Valkey listens: in the home, or in a short private folder when that path is too long."""
    inside = home / "run" / "valkey.sock"
    if len(str(inside).encode()) <= SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"loupe-{os.getuid()}-{digest}" / "valkey.sock"


def redis_urls(home: Path) -> tuple[str, str]:
    """The addresses of the queue and of the cache: databases of their own, so clearing one spares the other."""
    given = os.environ.get("REDIS_URL", "")
    if not given:
        return f"unix://{socket_file(home)}?db=0", f"unix://{socket_file(home)}?db=1"
    if not given.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured(f"REDIS_URL is {bare(given)!r}, but must start with redis://, rediss:// or unix://.")
    try:
        Redis.from_url(given).close()
    except ValueError as error:
        raise ImproperlyConfigured(
            f"REDIS_URL is {bare(given)!r}, which can't be read ({error}); wanted is redis://host:6379/0."
        ) from error
    separator = "&" if "?" in given else "?"
    return given, f"{given}{separator}db={whole_number('REDIS_CACHE_DB', 1)}"


def database(home: Path) -> dict[str, Any]:
    """Django's settings for DATABASE_URL; SQLite in the home when it is not given."""
    if os.environ.get("DATABASE_URL", "").startswith(("postgres", "pgsql")):
        found = _postgresql(os.environ["DATABASE_URL"])
        if switch("DB_POOL", False):  # for web processes only: each forked job would open a pool of its own
            found["OPTIONS"] = {**found.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 8}}
        return found
    given = os.environ.get("DATABASE_URL", "")
    if given and not given.startswith("sqlite:"):
        raise ImproperlyConfigured(f"DATABASE_URL is {bare(given)!r}, but must start with postgres:// or sqlite://.")
    file = Path(unquote(urlsplit(given).path)) if given else home / "loupe.sqlite3"
    if given and not file.name:
        raise ImproperlyConfigured(f"DATABASE_URL is {given!r}, but must name a file: sqlite:////folder/loupe.sqlite3.")
    return sqlite(file)


def _postgresql(given: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = environ.Env.db_url_config(given)
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL is {bare(given)!r}, which can't be read: {error}.") from error
    if not found.get("NAME") and "service" not in found.get("OPTIONS", {}):
        raise ImproperlyConfigured(
            f"DATABASE_URL is {bare(given)!r}, but names no database: postgres://user:password@host:5432/name."
        )
    return found


def sqlite(file: Path) -> dict[str, Any]:
    """SQLite that several processes share: write-ahead log, and a write lock from a transaction's first statement."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"The database's folder {file.parent} can't be made ({error.strerror}).") from error
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": pragmas},
    }


def storage(home: Path) -> dict[str, Any]:
    """Django's storage for STORAGE_URL: ``file:///folder`` or ``s3://bucket/prefix?endpoint=...&region=...``."""
    given = os.environ.get("STORAGE_URL", "")
    parts = urlsplit(given)
    if not given or parts.scheme == "file":
        folder = Path(unquote(parts.path)) if given else home / "files"
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder)},
        }
    if parts.scheme != "s3" or not parts.netloc:
        raise ImproperlyConfigured(f"STORAGE_URL is {bare(given)!r}, but must be file:///folder or s3://bucket/prefix.")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if not query.get("endpoint", "https:").startswith(("http:", "https:")):
        raise ImproperlyConfigured(
            f"STORAGE_URL's endpoint is {query['endpoint']!r}, but must begin with http:// or https://."
        )
    return {
        "BACKEND": "config.storages.ObjectStorage",
        "OPTIONS": object_storage(parts.netloc, parts.path, query),
    }


def object_storage(bucket: str, prefix: str, query: dict[str, str]) -> dict[str, Any]:
    """Options for an S3-compatible store; the keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."""
    return {
        "bucket_name": bucket,
        "location": prefix.strip("/"),
        "endpoint_url": query.get("endpoint"),
        "region_name": query.get("region", "us-east-1"),
        "file_overwrite": False,
        "default_acl": None,
    }


def email(url: str) -> dict[str, Any]:
    """Django's e-mail settings from EMAIL_URL; nothing when it is empty."""
    if not url:
        return {}
    try:
        found: dict[str, Any] = environ.Env.email_url_config(url)
    except (KeyError, ValueError) as error:
        raise ImproperlyConfigured(
            f"EMAIL_URL is {url!r}; wanted is an address such as smtp+tls://user:password@host:587."
        ) from error
    return {name: value for name, value in found.items() if name.startswith("EMAIL_")}


def web_address(name: str) -> str:
    """An http or https address from the environment, or nothing."""
    value = os.environ.get(name, "").strip()
    if value and urlsplit(value).scheme not in ("http", "https"):
        raise ImproperlyConfigured(f"{name} is {value!r}; wanted is an address that begins with http:// or https://.")
    return value
