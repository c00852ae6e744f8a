"""Owns what lies in the source of a headless run: the files to take, and what can't be taken, each with its reason."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from catalog import sheet_files
from catalog.findings import Finding

# What stands for a file that is not even read; a further look at the source finds it again, or finds it mended.
NO_FILE, NO_ACCESS = CODES = ("no_file", "no_access")


@dataclass(frozen=True)
class Found:
    """Names below the source: files in the order in which they are taken, and what no photo can be made of."""

    files: tuple[tuple[str, Path], ...]
    refused: tuple[tuple[str, Finding], ...] = ()


def find(source: Path, but: Path | None = None) -> Found:
    """What a folder holds at any depth, or the one file that ``source`` is; ``but`` is left out, by its name.

    Files come in name order, sheets first so that photos find their products. Links to files are followed; a link to
    a folder is not, since it may lead round in a circle, and stands among the refused like all that can't be opened.
    """
    if not source.is_dir():
        return Found(((source.name, source),))
    files: list[tuple[str, Path]] = []
    refused: list[tuple[str, Finding]] = []

    def closed(error: OSError) -> None:
        folder = Path(os.fsdecode(error.filename))
        refused.append((f"{_below(source, folder)}/", no_access(error)))

    left_out = but.resolve() if but else None
    for top, folders, names in os.walk(source, onerror=closed):
        for name in folders:
            if (link := Path(top, name)).is_symlink():
                refused.append((_below(source, link), _link("a link to a folder", "Give that folder as SOURCE, too.")))
        for name in names:
            file = Path(top, name)
            if fault := _fault(file):
                refused.append((_below(source, file), fault))
            elif file.resolve() != left_out:
                files.append((_below(source, file), file))
    files.sort(key=lambda pair: (not sheet_files.looks_like_sheet(pair[0]), pair[0]))
    return Found(tuple(files), tuple(sorted(refused, key=lambda pair: pair[0])))


def no_access(error: OSError) -> Finding:
    """The finding for what the operating system does not open."""
    measured = f"it can't be opened ({error.strerror or error})"
    return Finding(NO_ACCESS, measured, "a file that can be read", "Give Loupe the right to read it, and run again.")


def _fault(file: Path) -> Finding | None:
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return _link("a link that leads nowhere", "Put the photo itself there.")
    except OSError as error:
        return no_access(error)
    if stat.S_ISREG(mode):
        return None
    return _link("a pipe, a socket or a device", "Put the photo itself there.")


def _link(measured: str, action: str) -> Finding:
    return Finding(NO_FILE, measured, "a file", action)


def _below(source: Path, path: Path) -> str:
    return path.relative_to(source).as_posix()
