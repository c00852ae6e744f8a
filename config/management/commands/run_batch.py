"""`manage.py run_batch SOURCE --catalog NAME`: photos in, pictures and a report out, without a browser."""

import argparse
import os
import signal
import zipfile
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from types import FrameType
from typing import IO, Any, cast

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from redis.exceptions import RedisError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from catalog import archives, marketplaces, sheets
from catalog.flow import Stage
from catalog.standards import InvalidStandard
from config import headless, programs, source_files
from config.checks import JOBS
from config.engine import engine
from config.headless import Order, Outcome, Show, Stuck
from config.startup import CannotStart
from config.valkey import ValkeyError

NOTHING_DONE, WRONG_ARGUMENTS = 1, 2
# What shells add to the number of the signal that ended a program.
SIGNALLED = 128
GO_ON = "What came in stays in the catalog: give the same command to go on with it, or finish it in the pages."


class Interrupted(BaseException):
    """A signal asks the run to end; no Exception, so that nothing on the way up takes it for a fault."""

    def __init__(self, number: int) -> None:
        self.number = number


class Command(BaseCommand):
    # Nobody looks at a page here, and to check their addresses half a second of them would be loaded.
    requires_system_checks = (Tags.models, Tags.database, JOBS)
    help = (
        "Process a folder or a ZIP of photos on the running workers, or on workers started for this run, and export "
        "what is released. Exit status: 0 done, 1 nothing could be processed, 2 wrong arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, metavar="SOURCE", help="a folder, or a ZIP, of photos")
        parser.add_argument("--catalog", required=True, metavar="NAME", help="made if there is none of that name")
        parser.add_argument("--metadata", type=Path, metavar="SHEET", help="the product sheet, CSV or XLSX")
        parser.add_argument("--min-edge", type=positive, metavar="PX", help="what the longest edge must have at least")
        slugs = ", ".join(preset.slug for preset in marketplaces.PRESETS)
        parser.add_argument(
            "--marketplace", action="append", default=[], metavar="SLUG", help=f"may be repeated; one of {slugs}"
        )
        parser.add_argument("--out", type=Path, metavar="DIR", help="where DIR/<marketplace>/ is written")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write what became of each photo, as JSON")
        parser.add_argument("--workers", type=positive, default=programs.cores(), metavar="N", help="one a core")
        parser.add_argument(
            "--release-unreviewed", action="store_true", help="export what waits for a review, too, and say so"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        order = checked(options)
        self.console = Console(file=cast(IO[str], self.stderr._out), highlight=False, soft_wrap=True)
        try:
            with (
                interruptible(),
                engine(options["workers"], self.say) as working,
                bar(self.console) as progress,
            ):
                outcome = headless.run(order, working, self.say, shower(progress, progress.add_task("photos")))
                if options["report"]:
                    headless.write_report(outcome.report(), options["report"])
                headless.end(outcome.upload)
        except (CannotStart, ValkeyError, Stuck) as problem:
            raise CommandError(str(problem), returncode=NOTHING_DONE) from problem
        except InvalidStandard as wrong:
            raise CommandError(f"Nothing was taken: {wrong.reason}", returncode=WRONG_ARGUMENTS) from wrong
        except OSError as error:
            raise CommandError(f"{no_room(error)} {GO_ON}", returncode=NOTHING_DONE) from error
        except (DatabaseError, RedisError) as error:
            what = "database" if isinstance(error, DatabaseError) else "queue"
            words = f"The {what} can't be used any more ({str(error).strip()}). Once it can, give the same command."
            raise CommandError(words, returncode=NOTHING_DONE) from error
        except Interrupted as interrupted:
            raise CommandError(f"Stopped. {GO_ON}", returncode=SIGNALLED + interrupted.number) from None
        self.conclude(order, outcome)

    def say(self, line: str) -> None:
        self.console.print(line, markup=False)

    def conclude(self, order: Order, outcome: Outcome) -> None:
        """Say what became of the photos; exit with 1 where none was processed."""
        for line in summary(order, outcome):
            self.stdout.write(line)
        if not outcome.processed:
            raise CommandError("No photo could be processed; see above.", returncode=NOTHING_DONE)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the signals that ask a program to end raise Interrupted in the block, so that its workers end in order."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise Interrupted(number)

    signs = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # What nohup, or the shell of a job in the background, has had ignored stays so.
    heard = [sign for sign in signs if signal.getsignal(sign) != signal.SIG_IGN]
    before = {sign: signal.signal(sign, interrupt) for sign in heard}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def no_room(error: OSError) -> str:
    """What the operating system refused, as a sentence."""
    return f"{error.filename or 'A file'} can't be read or written ({error.strerror or error})."


def positive(text: str) -> int:
    """A whole number above 0, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def checked(options: dict[str, Any]) -> Order:
    """The order that the arguments make. Raises CommandError (status 2) with what is wrong and what to do."""
    slugs = tuple(dict.fromkeys(options["marketplace"]))
    try:
        complaint = next(filter(None, complaints(options, slugs)), "")
    except OSError as error:  # a name that is too long, a file or a folder that may not be read
        complaint = no_room(error)
    if not complaint and not options["catalog"].isprintable():
        complaint = "--catalog holds characters that can't be written (or is not UTF-8): give the catalog another name."
    if complaint:
        raise CommandError(complaint, returncode=WRONG_ARGUMENTS)
    return Order(
        source=options["source"],
        catalog=options["catalog"].strip()[:120],
        metadata=options["metadata"],
        min_edge=options["min_edge"],
        marketplaces=slugs,
        out=options["out"],
        release_unreviewed=options["release_unreviewed"],
    )


def complaints(options: dict[str, Any], slugs: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with each argument, "" for one that is right; raises OSError on paths that can't be looked at."""
    source = options["source"]
    yield _source_fault(source)
    yield _sheet_fault(options["metadata"])
    yield _marketplace_fault(slugs)
    yield _inside_fault("--out", options["out"], source)
    yield _inside_fault("--report", options["report"], source)
    yield _around_fault(options["out"], source)
    yield _instead_fault(options["report"], (source, options["metadata"]))
    yield _inside_fault("LOUPE_HOME", Path(settings.HOME), source)
    yield _folder_fault("--out", options["out"])
    yield _report_fault(options["report"])
    yield "" if options["catalog"].strip() else "--catalog is empty: give the catalog a name."


def bar(console: Console) -> Progress:
    """A progress bar on the console; one line at the end where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def shower(progress: Progress, task: TaskID) -> Show:
    return lambda done, total: progress.update(task, completed=done, total=total)


def summary(order: Order, outcome: Outcome) -> list[str]:
    """What became of the photos, in a few lines."""
    states = Counter(Stage(row["state"]).label for row in outcome.photos)
    codes = Counter(one["code"] for row in outcome.photos for one in row["rejections"])
    lines = [f"{len(outcome.photos)} photos in {outcome.seconds:.0f} s: {_counted(states) or 'none came in'}"]
    if codes:
        lines.append(f"Refused for: {_counted(codes)}")
    if outcome.export:
        written = sum(len(row["outputs"]) for row in outcome.photos)
        lines.append(f"{written} files written to {headless.folder_for(order, outcome.upload)}")
        lines += _unreviewed(order, outcome)
    return lines


def _unreviewed(order: Order, outcome: Outcome) -> list[str]:
    waiting = sum(row["state"] in (Stage.IN_REVIEW, Stage.HELD) for row in outcome.photos)
    if not waiting:
        return []
    if order.release_unreviewed:
        return [f"{waiting} photos were exported although nobody has reviewed them (--release-unreviewed)."]
    return [f"{waiting} photos wait for a review and were not exported; --release-unreviewed exports them, too."]


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


def _source_fault(source: Path) -> str:
    if source.is_dir():
        found = source_files.find(source)
        if found.files:
            return ""
        if found.refused:
            name, finding = found.refused[0]
            return f"Nothing in {source} can be taken; {name}: {finding.measured}. {finding.action}"
        return f"{source} is an empty folder."
    if not source.is_file():
        return f"There is no folder or file {source}: give a folder or a ZIP of photos."
    with source.open("rb") as stream:
        if not zipfile.is_zipfile(stream):
            return f"{source} is no ZIP archive: give a folder or a ZIP of photos."
        try:
            held = any(not entry.ignored for entry in archives.entries(stream))
        except archives.ArchiveRefused:
            return ""  # the run says why, and names it among the refused
        return "" if held else f"{source} holds no file of yours: give a ZIP of photos."


def _inside_fault(name: str, path: Path | None, source: Path) -> str:
    """Whatever is written below the source, the next run would take for photos."""
    if path is None or not source.is_dir() or not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(source)):
        return ""
    return f"{name}: {path} lies in {source}, whose files are all taken for photos. Name a place outside of it."


def _around_fault(out: Path | None, source: Path) -> str:
    """Pictures that are written where the source lies would take the place of photos of the same name."""
    for preset in marketplaces.PRESETS if out else ():
        folder = cast(Path, out) / preset.slug
        if Path(os.path.realpath(source)).is_relative_to(os.path.realpath(folder)):
            return f"--out: pictures are written into {folder}, and {source} lies there. Name another folder."
    return ""


def _instead_fault(report: Path | None, others: tuple[Path | None, ...]) -> str:
    """A report takes the place of whatever has its name."""
    if report is None or not report.exists() or report.is_dir():
        return ""
    if not report.is_file():
        return f"--report: {report} is no plain file. Name a file."
    if any(other and other.exists() and report.samefile(other) for other in others):
        return f"--report: {report} is what the photos or the products come from. Name another file."
    return ""


def _sheet_fault(sheet: Path | None) -> str:
    if sheet is None:
        return ""
    if not sheet.is_file():
        return f"There is no product sheet {sheet}."
    try:
        reading = sheets.read(sheet.read_bytes())
    except sheets.SheetRefused as refused:
        return f"{sheet} can't be taken: {refused}"
    if reading.needs_mapping:
        return f"{sheet} has no column for the SKU among {', '.join(reading.columns)}; name one of them SKU."
    return ""


def _marketplace_fault(slugs: tuple[str, ...]) -> str:
    try:
        for slug in slugs:
            marketplaces.preset(slug)
    except marketplaces.UnknownMarketplace as unknown:
        return str(unknown)
    return ""


def _folder_fault(name: str, folder: Path | None) -> str:
    """Make the folder now, so that a typing error shows before an hour of work."""
    if folder is None:
        return ""
    if folder.exists() and not folder.is_dir():
        return f"{name}: {folder} is a file, but must be a folder."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"{name}: nothing can be written to the folder {folder} ({error.strerror})."


def _report_fault(report: Path | None) -> str:
    if report and report.is_dir():
        return f"--report: {report} is a folder; name a file in it, such as {report / 'report.json'}."
    return _folder_fault("--report", report and report.parent)
