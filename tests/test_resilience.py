"""A batch of real photos survives SIGKILL of a worker and of Valkey: nothing is lost, nothing is done twice."""

import csv
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.flow import NEXT, Stage
from tests.instances import Instance, wait_until

pytestmark = [pytest.mark.server, pytest.mark.model]

PHOTOS = 12
# The sweep looks every 2 s for photos that sat for 5; leases stay long, so that only true deaths end a run.
HURRY = {"LOUPE_SWEEP_SECONDS": "2", "LOUPE_STALLED_SECONDS": "5"}
SETTLED = f"stage in ('{Stage.IN_REVIEW}', '{Stage.HELD}', '{Stage.APPROVED}')"

UPLOAD = """
import pathlib, sys
from django.contrib.auth.models import User
from catalog import catalogs, uploads
from catalog.standards import Standard
folder, *names = {words!r}
catalog = catalogs.create("Shop", User.objects.get(username="lead"), standard=Standard())
upload = uploads.open_upload(catalog, User.objects.get(username="operator"))
for name in names:
    with pathlib.Path(folder, name).open("rb") as stream:
        uploads.receive(upload, pathlib.Path(name).name, stream)
uploads.finish(upload)
"""


@pytest.fixture
def chosen(shared: Path) -> list[str]:
    """The folder, its product sheet, and the first photos that the standard accepts."""
    folder = shared / "data" / "products"
    with (folder / "expected.csv").open(newline="") as file:
        accepted = [row["file"] for row in csv.DictReader(file) if row["verdict"] == "accept"]
    photos = [str(next(folder.rglob(name)).relative_to(folder)) for name in accepted[:PHOTOS]]
    return [str(folder), "products.csv", *photos]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with Instance(tmp_path / "home", HURRY).up("--workers", "2") as running:
        yield running


def count(instance: Instance, table: str, where: str = "1") -> int:
    return int(instance.query(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])  # noqa: S608 (our own words)


def kill_a_worker_at_work(instance: Instance) -> None:
    """SIGKILL the process that holds a run right now: stopped first, since a run may end between look and kill."""

    def killed() -> bool:
        for run, worker in instance.query("SELECT id, worker FROM processing_run WHERE status = 'running'"):
            pid = int(worker.rpartition(":")[2])
            if pid not in instance.processes().values():
                continue
            os.kill(pid, signal.SIGSTOP)
            caught = count(instance, "processing_run", f"id = {run} AND status = 'running'") == 1
            os.kill(pid, signal.SIGKILL if caught else signal.SIGCONT)
            if caught:
                return True
        return False

    wait_until(killed, "a worker has a photo in work")


def kill_valkey(instance: Instance) -> None:
    before = instance.processes()["valkey"]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: instance.processes().get("valkey", before) != before, "Valkey is started again")


def test_kills_of_a_worker_and_of_valkey_lose_and_double_nothing(instance: Instance, chosen: list[str]) -> None:
    uploaded = instance.manage("shell", given=UPLOAD.format(words=chosen))
    assert uploaded.returncode == 0, uploaded.stderr
    wait_until(lambda: count(instance, "processing_run", "status = 'done'") >= 2, "two photos are done")
    kill_a_worker_at_work(instance)
    wait_until(lambda: count(instance, "processing_run", "status = 'done'") >= 4, "two more are done")
    assert count(instance, "catalog_photo", SETTLED) < PHOTOS, "Valkey must die in the middle of the batch"
    kill_valkey(instance)
    kill_a_worker_at_work(instance)
    wait_until(lambda: count(instance, "catalog_photo", SETTLED) == PHOTOS, "every photo is settled", 240)

    each_photo_has_one_output(instance)
    every_timeline_is_whole(instance)
    assert count(instance, "processing_run", "status = 'lost'") == 2, instance.said()
    assert count(instance, "processing_run", "status in ('running', 'failed')") == 0
    files_are_those_of_the_rows(instance)
    assert "imaging" in instance.said() and "valkey was ended by SIGKILL" in instance.said()


def each_photo_has_one_output(instance: Instance) -> None:
    outputs = Counter(photo for (photo,) in instance.query("SELECT photo_id FROM processing_output"))
    done = Counter(photo for (photo,) in instance.query("SELECT photo_id FROM processing_run WHERE status = 'done'"))
    photos = {photo for (photo,) in instance.query("SELECT id FROM catalog_photo")}
    assert len(photos) == PHOTOS
    assert outputs == done == Counter(photos)


def every_timeline_is_whole(instance: Instance) -> None:
    """Each event starts where the one before ended, by a move that the flow knows; the last is the stage."""
    now: dict[int, str] = {}
    for photo, was, to in instance.query("SELECT photo_id, was, now FROM catalog_photoevent ORDER BY id"):
        assert was == now.get(photo, "")
        assert not was or Stage(to) in NEXT[Stage(was)]
        now[photo] = to
    assert now == dict(instance.query("SELECT id, stage FROM catalog_photo"))


def files_are_those_of_the_rows(instance: Instance) -> None:
    """Every file that a row names is there, and whole runs alone have left files."""
    files = instance.home / "files"
    rows = instance.query("SELECT alpha, preview, thumb FROM processing_output")
    named = {files / name for names in rows for name in names}
    assert all(file.stat().st_size > 0 for file in named)
    assert {file for file in files.glob("catalogs/*/photos/*/run*/*") if file.is_file()} == named
    for (name,) in instance.query("SELECT source FROM catalog_photo"):
        assert (files / name).is_file()
