"""`manage.py models`: lists, fetches, verifies and prepares the model files."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from catalog.package_clients import Progress as Report
from processing import preparations, weights
from processing.imaging import engines
from processing.weight_fetching import fetch
from processing.weights import Model, WeightsError


class Command(BaseCommand):
    help = "List, fetch, verify or prepare the models that cut products out."
    # Runs before there is a database, and in `make setup`, where only speed matters.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", nargs="?", default="list", choices=["list", "fetch", "verify", "prepare"])
        parser.add_argument("names", nargs="*", metavar="NAME", help="models; without any, the default ones")
        parser.add_argument(
            "--accept-non-commercial", action="store_true", help="allow licences that forbid commercial use"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.MODELS_DIR)
        console = Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=True)
        accepted = bool(options["accept_non_commercial"])
        try:
            chosen = [weights.find(name) for name in options["names"]]
            if options["action"] == "list":
                console.print(listing(chosen or list(weights.MODELS), folder))
                return
            for model in chosen or weights.defaults():
                self.act(options["action"], model, folder, console, accepted)
        except WeightsError as error:
            raise CommandError(str(error)) from error

    def act(self, action: str, model: Model, folder: Path, console: Console, accepted: bool) -> None:
        if action == "fetch":
            fetch_one(model, folder, console, accepted)
        elif action == "verify":
            weights.verify(model, folder)
            console.print(f"{model.name}: verified, SHA-256 {model.sha256}")
        if action in ("fetch", "prepare"):
            prepare_all(model, folder, console)
            choose_engine(model, folder, console)


def fetch_one(model: Model, folder: Path, console: Console, accepted: bool) -> None:
    """Fetch with a bar on a terminal, and with a line each fifth elsewhere."""
    with reporting(model, console) as report:
        fetched = fetch(model, folder, report, console.print, accepted)
    words = "fetched and verified" if fetched else "already here and verified"
    console.print(f"{model.name}: {words} ({model.title}; {model.licence})")


def prepare_all(model: Model, folder: Path, console: Console) -> None:
    """Make what is made of a model. It serves speed alone, so what cannot be made is told and done without."""
    for preparation in preparations.of_model(model):
        if preparations.is_prepared(preparation, model, folder):
            continue
        console.print(f"{model.name}: preparing {preparation.name} ({preparation.title})")
        try:
            preparations.prepare(preparation, model, folder)
        except WeightsError as error:
            console.print(f"{model.name}: {error}. The model is used as it is, only slower.", markup=False)


def choose_engine(model: Model, folder: Path, console: Console) -> None:
    """Find out which engine is the quickest that gives the same masks, and say so; noted beside the weights."""
    try:
        choice = engines.choose(weights.ready_path(model.name, folder))
    except Exception as error:  # onnxruntime's errors share no base class below this one
        why = (str(error) or type(error).__name__).splitlines()[0][:200]
        console.print(f"{model.name}: is whole, but does not run on this machine: {why}", markup=False)
        return
    looks = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in choice.seconds.items())
    console.print(f"{model.name}: runs in {choice.engine}" + (f" (CPU a look: {looks})" if looks else ""))
    for engine, why in choice.refused.items():
        console.print(f"{model.name}: {engine} is not used: {why}", markup=False)


@contextmanager
def reporting(model: Model, console: Console) -> Iterator[Report]:
    """A progress callback for one model's download."""
    total = model.sources[0].archive_bytes or model.size
    if not console.is_terminal:
        yield lines_each_fifth(model, total, console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(model.name, total=total)
        yield lambda received: bar.update(task, completed=min(received, total))


def lines_each_fifth(model: Model, total: int, console: Console) -> Report:
    told = 0

    def report(received: int) -> None:
        nonlocal told
        fifth = min(received * 5 // total, 5)
        if fifth > told:
            told = fifth
            console.print(f"{model.name}: {fifth * 20} % of {total / 1e6:,.0f} MB")

    return report


def listing(models: list[Model], folder: Path) -> Table:
    """Name, what it is, size, licence and state of each model and of what is prepared from it."""
    table = Table("name", "what", "MB", "licence", "state", title=f"Models in {folder}")
    for model in models:
        licence = model.licence if model.commercial_use else f"{model.licence} (no commercial use)"
        table.add_row(model.name, model.title, f"{model.size / 1e6:,.0f}", licence, state(model, folder))
        for preparation in preparations.of_model(model):
            ready = preparations.is_prepared(preparation, model, folder)
            table.add_row(f"  {preparation.name}", preparation.title, "", "", "prepared" if ready else "not prepared")
    return table


def state(model: Model, folder: Path) -> str:
    if weights.is_verified(model, folder):
        return "verified"
    return "unverified" if weights.path_of(model, folder).exists() else "not fetched"
