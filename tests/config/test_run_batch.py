"""`manage.py run_batch`: wrong arguments are named, and a real batch runs on real workers with the real model."""

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from PIL import Image

from config import startup
from config.management.commands import run_batch as command
from tests.config.test_headless import REPORT, assert_fits
from tests.images import product_shot
from tests.instances import Instance, wait_until

SECONDS = 600


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "A-1_front.jpg").write_bytes(product_shot((64, 64)).encoded())
    return folder


def refused(*words: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("run_batch", *words)
    assert caught.value.returncode == 2
    return str(caught.value)


def test_each_wrong_argument_is_named(source: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("x")
    (tmp_path / "sheet.csv").write_text("name,price\nMug,1\n")
    usual = (str(source), "--catalog", "C")
    assert "There is no folder or file" in refused(str(tmp_path / "nowhere"), "--catalog", "C")
    assert "is an empty folder" in refused(str(tmp_path / "empty"), "--catalog", "C")
    assert "is no ZIP archive" in refused(str(tmp_path / "note.txt"), "--catalog", "C")
    assert "There is no product sheet" in refused(*usual, "--metadata", str(tmp_path / "no.csv"))
    assert "no column for the SKU among name, price" in refused(*usual, "--metadata", str(tmp_path / "sheet.csv"))
    assert "called 'amazn'; there are amazon" in refused(*usual, "--marketplace", "amazn")
    assert "--catalog is empty" in refused(str(source), "--catalog", " ")
    assert "nothing can be written" in refused(*usual, "--out", str(tmp_path / "note.txt" / "out"))
    assert "note.txt is a file, but must be a folder" in refused(*usual, "--out", str(tmp_path / "note.txt"))
    assert "is a folder; name a file in it" in refused(*usual, "--report", str(tmp_path / "empty"))
    beyond = tmp_path / "note.txt" / "a" / "report.json"
    assert "--report: nothing can be written" in refused(*usual, "--report", str(beyond))
    assert not list((tmp_path / "empty").iterdir())


def test_paths_that_nobody_can_open_are_named(source: Path, tmp_path: Path) -> None:
    long = "x" * 300
    usual = (str(source), "--catalog", "C")
    for words in (
        (long, "--catalog", "C"),
        (*usual, "--metadata", long),
        (*usual, "--out", str(tmp_path / long)),
        (*usual, "--report", str(tmp_path / long / "report.json")),
        (*usual, "--report", str(tmp_path / f"{long}.json")),
    ):
        assert "File name too long" in refused(*words)
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "a").symlink_to(source)
    message = refused(str(tmp_path / "links"), "--catalog", "C")
    assert message.endswith("can be taken; a: a link to a folder. Give that folder as SOURCE, too.")


def test_nothing_is_written_into_the_source(source: Path, tmp_path: Path, settings: Any) -> None:
    usual = (str(source), "--catalog", "C")
    (tmp_path / "same").symlink_to(source)
    wanted = "whose files are all taken for photos. Name a place outside of it."
    for words in (("--out", str(source / "out")), ("--report", str(source / "report.json")), ("--out", str(source))):
        assert refused(*usual, *words).endswith(wanted)
    assert refused(str(tmp_path / "same"), "--catalog", "C", "--out", str(source / "out")).endswith(wanted)
    assert not (source / "out").exists()
    settings.HOME = source / "var"
    assert refused(*usual).startswith(f"LOUPE_HOME: {source / 'var'} lies in {source}")


def test_nothing_takes_the_place_of_what_came(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "cutout" / "spring"
    folder.mkdir(parents=True)
    (folder / "A-1_front.jpg").write_bytes(b"x")
    (tmp_path / "sheet.csv").write_text("sku\nA-1\n")
    archive, pipe = tmp_path / "drop.zip", tmp_path / "pipe"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("A-1_front.jpg", b"x")
    os.mkfifo(pipe)
    usual = (str(folder), "--catalog", "C", "--metadata", str(tmp_path / "sheet.csv"))
    message = refused(*usual, "--out", str(tmp_path / "data"))
    assert message.endswith(f"{tmp_path / 'data' / 'cutout'}, and {folder} lies there. Name another folder.")
    assert "is what the photos or the products come from" in refused(*usual, "--report", str(tmp_path / "sheet.csv"))
    zipped = (str(archive), "--catalog", "C", "--report")
    assert "is what the photos or the products come from" in refused(*zipped, str(archive))
    assert "is no plain file" in refused(*zipped, str(pipe))


def test_an_archive_without_any_file_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "drop.zip"
    for names in ((), ("__MACOSX/x.jpg", ".DS_Store")):
        with zipfile.ZipFile(archive, "w") as packed:
            for name in names:
                packed.writestr(name, b"x")
        assert "holds no file of yours" in refused(str(archive), "--catalog", "C")


def test_a_catalog_needs_a_name_that_can_be_written(source: Path) -> None:
    for name in ("Caf\udce9", "a\nb"):
        assert "--catalog holds characters that can't be written" in refused(str(source), "--catalog", name)


def test_signals_that_are_ignored_stay_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with command.interruptible():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            with pytest.raises(command.Interrupted):
                signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("words", [["--min-edge", "0"], ["--workers", "x"], ["--min-edge", "-5"]])
def test_numbers_must_be_above_zero(source: Path, words: list[str]) -> None:
    with pytest.raises(CommandError, match="not a whole number above 0|expected one argument"):
        call_command("run_batch", str(source), "--catalog", "C", *words)


def run_batch(instance: Instance, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_batch", *words]
    return subprocess.run(
        command, env=instance.variables(), capture_output=True, text=True, timeout=SECONDS, check=False
    )


@pytest.fixture
def real(shared: Path, tmp_path: Path) -> Path:
    """A real photo that meets the standard and one that does not."""
    folder = tmp_path / "real"
    folder.mkdir()
    with (shared / "data" / "products" / "expected.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    accepted = [row["file"] for row in rows if row["verdict"] == "accept" and row["file"].endswith(".jpg")]
    small = [row["file"] for row in rows if row["why"].startswith("longest edge")]
    for name in (accepted[0], small[0]):
        shutil.copy(shared / "data" / "products" / "photos" / name, folder / name)
    return folder


@pytest.mark.server
@pytest.mark.model
def test_a_real_batch_on_workers_of_its_own_and_then_on_those_that_run(
    real: Path, shared: Path, tmp_path: Path
) -> None:
    instance = Instance(tmp_path / "home")
    sheet = shared / "data" / "products" / "products.csv"
    words = [str(real), "--metadata", str(sheet), "--marketplace", "cutout", "--marketplace", "amazon"]
    words += ["--out", str(tmp_path / "out"), "--report", str(tmp_path / "report.json"), "--release-unreviewed"]
    first = run_batch(instance, "--catalog", "First", "--workers", "2", *words)
    assert first.returncode == 0, first.stderr
    told = json.loads((tmp_path / "report.json").read_text())
    assert_fits(told, REPORT)
    assert told["workers"] == 2
    states = [row["state"] for row in told["photos"]]
    assert (states.count("rejected"), len(states)) == (1, 2)
    for row in told["photos"]:
        if row["state"] == "rejected":
            assert [one["code"] for one in row["rejections"]] == ["too_small"]
            continue
        with Image.open(row["outputs"]["cutout"]) as cutout, Image.open(real / row["file"]) as photo:
            assert cutout.size == photo.size
            low, high = cutout.getchannel("A").getextrema()
            assert (low, high) == (0, 255)
        assert Path(row["outputs"]["amazon"]).suffix == ".jpg"
    assert "although nobody has reviewed them" in first.stdout
    with instance.up("--workers", "1"):
        second = run_batch(instance, "--catalog", "Second", "--min-edge", "100", *words)
    assert second.returncode == 0, second.stderr
    assert "Using the workers that run already: 1 for imaging" in second.stderr
    told = json.loads((tmp_path / "report.json").read_text())
    assert [row["state"] == "rejected" for row in told["photos"]] == [False] * 2


@pytest.mark.server
def test_a_batch_without_any_usable_photo_ends_with_one(source: Path, tmp_path: Path) -> None:
    done = run_batch(Instance(tmp_path / "home"), str(source), "--catalog", "C", "--workers", "1")
    assert done.returncode == 1
    assert "No photo could be processed" in done.stderr
    assert "1 too_small" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.server
@pytest.mark.model
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_asked_to_end_says_so_and_the_next_goes_on_with_it(
    real: Path, shared: Path, tmp_path: Path, sign: signal.Signals
) -> None:
    instance = Instance(tmp_path / "home")
    words = [str(real), "--metadata", str(shared / "data" / "products" / "products.csv"), "--catalog", "Stopped"]
    words += ["--marketplace", "cutout", "--out", str(tmp_path / "out"), "--release-unreviewed", "--workers", "1"]
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_batch", *words]
    first = subprocess.Popen(command, env=instance.variables(), stderr=subprocess.PIPE, text=True)

    def is_processing() -> bool:
        with suppress(sqlite3.OperationalError):
            return instance.query("select count(*) from catalog_photo")[0][0] == 2
        return False

    wait_until(is_processing, "both photos taken in")
    first.send_signal(sign)
    said = first.communicate(timeout=120)[1]
    assert first.returncode == 128 + sign
    assert "Stopped. What came in stays in the catalog: give the same command" in said
    assert "Traceback" not in said
    assert not startup.is_running(instance.home)
    second = run_batch(instance, *words)
    assert second.returncode == 0, second.stderr
    assert "this one goes on with its upload" in second.stderr
    assert len(list((tmp_path / "out" / "cutout").glob("*.png"))) == 1
    assert instance.query("select run_source from catalog_upload") == [("",)], "one upload, and its run has ended"


@pytest.mark.server
def test_missing_arguments_end_with_two(tmp_path: Path) -> None:
    done = run_batch(Instance(tmp_path / "home"), str(tmp_path))
    assert done.returncode == 2
    assert "--catalog" in done.stderr
    assert not (tmp_path / "home" / "queue").exists()


def test_a_wrong_setting_is_a_sentence_and_ends_with_two(tmp_path: Path) -> None:
    for name, value in {"DATABASE_URL": "nonsense", "LOUPE_WORKER_JOBS": "many", "LOUPE_DEBUG": "perhaps"}.items():
        done = Instance(tmp_path / "home", {name: value}).manage("run_batch", "x", "--catalog", "C")
        assert done.returncode == 2
        assert done.stderr.startswith(f"Loupe can't start: {name} is '{value}', but must")
        assert done.stderr.count("\n") == 1
