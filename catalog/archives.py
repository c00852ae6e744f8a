"""ZIP archives as a sequence of named streams, each either safe to read or refused with its reason."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO, BinaryIO

from catalog.findings import Finding

MEGABYTE = 1_000_000
SYSTEM_NAMES = frozenset(
    {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "folder.jpg:zone.identifier"}
)
SYSTEM_FOLDERS = frozenset({"__macosx", "@eadir", ".git", "$recycle.bin", "system volume information"})
ARCHIVE_SUFFIXES = frozenset({".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"})
_SYMLINK = 0o120000
_KIND = 0o170000
_ENCRYPTED = 0x1
_UTF8 = 0x800


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold: entries, bytes of one entry and of all, and how far anything may unfold."""

    entries: int = 20_000
    entry_bytes: int = 1_000 * MEGABYTE
    total_bytes: int = 20_000 * MEGABYTE
    ratio: int = 100
    free_bytes: int = 10 * MEGABYTE  # an entry smaller than this is never called a bomb


class ArchiveRefused(Exception):
    """The archive as a whole can't be taken, or an entry turned out to be damaged while it was read."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True)
class Entry:
    """One file of an archive: refused by `finding`, or a system file (`ignored`), or to be read with `open()`."""

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    name: str
    finding: Finding | None = None
    ignored: bool = False

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The entry's bytes as a stream. Raises ArchiveRefused when its data turns out to be damaged."""
        try:
            with self.archive.open(self.info) as stream:
                yield stream
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
            raise ArchiveRefused(_damaged(self.name, error)) from error


def is_system_file(name: str) -> bool:
    """Whether a path names something that an operating system left behind, such as .DS_Store or __MACOSX/."""
    parts = [part.lower() for part in PurePosixPath(name.replace("\\", "/")).parts]
    if not parts:
        return False
    last = parts[-1]
    return (
        bool(SYSTEM_FOLDERS.intersection(parts[:-1]))
        or last in SYSTEM_NAMES
        or last.startswith(("._", "~$", ".spotlight", ".trash", ".fseventsd"))
    )


def entries(source: BinaryIO, limits: Limits | None = None) -> Iterator[Entry]:
    """The files of a ZIP in name order; folders are skipped. Nothing is unpacked before an entry is opened.

    Raises ArchiveRefused when the archive can't be read, or holds more than the limits allow.
    """
    limits = limits or Limits()
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        wanted = "a complete ZIP archive"
        finding = Finding("archive_unreadable", f"it can't be opened ({error})", wanted, "Pack the photos again.")
        raise ArchiveRefused(finding) from error
    # Left open for the entries that are read later; the stream is the caller's to close.
    _refuse_giant(archive, limits)
    seen: set[str] = set()
    files = [(readable_name(info), info) for info in archive.infolist() if not info.is_dir()]
    for name, info in sorted(files, key=lambda file: file[0]):
        if is_system_file(name):
            yield Entry(archive, info, printable(name), ignored=True)
            continue
        fault = _judge(name, info, limits, seen)
        seen.add(name.casefold())
        yield Entry(archive, info, printable(name), fault)


def readable_name(info: zipfile.ZipInfo) -> str:
    """The entry's path with forward slashes; UTF-8 names that their packer did not declare are read as UTF-8 too."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        # What does not decode is honest code page 437.
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def printable(name: str) -> str:
    """A name fit for a page and a CSV: control characters shown as �, at most 500 characters."""
    return "".join(char if char.isprintable() else "�" for char in name)[-500:]


def _refuse_giant(archive: zipfile.ZipFile, limits: Limits) -> None:
    infos = archive.infolist()
    total = sum(info.file_size for info in infos)
    if len(infos) > limits.entries:
        measured, wanted = f"{len(infos)} files", f"at most {limits.entries} files"
    elif total > limits.total_bytes:
        measured = f"{total / MEGABYTE:.0f} MB when unpacked"
        wanted = f"at most {limits.total_bytes / MEGABYTE:.0f} MB"
    else:
        return
    raise ArchiveRefused(Finding("archive_too_large", measured, wanted, "Send the photos in several archives."))


def _judge(name: str, info: zipfile.ZipInfo, limits: Limits, seen: set[str]) -> Finding | None:
    if fault := _path_fault(name):
        return Finding("archive_path", fault, "names inside the archive's own folders", "Pack the folder again.")
    if (info.external_attr >> 16) & _KIND == _SYMLINK:
        return Finding("archive_link", "a link to another file", "the photo itself", "Pack the photo, not a link.")
    if info.flag_bits & _ENCRYPTED:
        return Finding("archive_encrypted", "protected by a password", "no password", "Pack it without a password.")
    if PurePosixPath(name).suffix.lower() in ARCHIVE_SUFFIXES:
        return Finding("archive_nested", "an archive in an archive", "photos", "Unpack it, and upload it by itself.")
    if name.casefold() in seen:
        return Finding("archive_repeated", "the name appears twice", "one file a name", "Rename one of them.")
    return _size_fault(info, limits)


def _path_fault(name: str) -> str:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or PureWindowsPath(name).drive:
        return "an absolute path"
    if ".." in parts:
        return "a path that leaves the archive (..)"
    return "a path with a NUL character" if "\0" in name else ""


def _size_fault(info: zipfile.ZipInfo, limits: Limits) -> Finding | None:
    size = info.file_size
    if size > limits.entry_bytes:
        wanted = f"at most {limits.entry_bytes / MEGABYTE:.0f} MB"
        return Finding("too_many_bytes", f"{size / MEGABYTE:.0f} MB", wanted, "Send a smaller file.")
    ratio = size / max(info.compress_size, 1)
    if size > limits.free_bytes and ratio > limits.ratio:
        measured = f"unfolds to {size / MEGABYTE:.0f} MB, {ratio:.0f} times its packed size"
        wanted = f"at most {limits.ratio} times"
        return Finding("archive_bomb", measured, wanted, "Pack the photo itself; photos hardly shrink in an archive.")
    return None


def _damaged(name: str, error: Exception) -> Finding:
    reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    return Finding("archive_damaged", f"its data is damaged ({reason})", "an intact entry", "Pack the photo again.")
