"""A run without a browser, in one process: the same door, jobs and export; only queue and model are plain."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from PIL import Image

from catalog.flow import Stage
from catalog.models import Catalog, Upload
from catalog.people import Role, roles_of
from config import headless, source_files
from config.engine import Engine, every
from config.headless import Order, Outcome, Stuck
from config.source_files import Found
from review import reports
from tests import factories
from tests.conftest import Jobs
from tests.images import product_shot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_model")]

TEXT, NUMBER = (str,), (int, float)
# Keys and types of the headless contract; a tuple of types, a dict of its own, or a list of one kind of row.
PHOTO: dict[str, Any] = {
    "file": TEXT, "sku": TEXT, "view": TEXT, "batch": TEXT, "state": TEXT,
    "rejections": [{"code": TEXT, "message": TEXT}],
    "segment": {"category": TEXT, "colour_family": TEXT, "complexity": TEXT},
    "route": TEXT, "recipe_version": (int, type(None)), "model": TEXT,
    "verdict": (str, type(None)), "risk": (float, type(None)), "readings": (dict,),
    "sampled": TEXT, "seconds": (dict,), "outputs": (dict,),
}  # fmt: skip
REPORT: dict[str, Any] = {
    "images_per_hour": NUMBER, "wall_seconds": NUMBER, "workers": (int,),
    "batches": [{"id": TEXT, "route": TEXT, "size": (int,), "state": TEXT}],
    "photos": [PHOTO],
}  # fmt: skip


def assert_fits(value: Any, shape: Any, where: str = "report") -> None:
    """Whether ``value`` has the keys and types of ``shape``; further keys are allowed."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), where
        for key, inner in shape.items():
            assert key in value, f"{where} lacks {key}"
            assert_fits(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for number, row in enumerate(value):
            assert_fits(row, shape[0], f"{where}[{number}]")
    else:
        assert isinstance(value, shape), f"{where} is {value!r}"
        assert not isinstance(value, bool), where


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headless, "POLL_SECONDS", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three good photos, one too small, one that no photo is, and one that an operating system left."""
    source = tmp_path / "photos"
    (source / "more").mkdir(parents=True)
    for number in (1, 2):
        shot = product_shot((400, 400), fill=0.6, seed=number)
        (source / f"A-{number}_front.jpg").write_bytes(shot.encoded())
    (source / "more" / "A-1_back.jpg").write_bytes(product_shot((400, 300), shape="disc", seed=3).encoded())
    (source / "A-3_front.jpg").write_bytes(product_shot((100, 100)).encoded())
    (source / "A-4_front.jpg").write_text("no picture")
    (source / ".DS_Store").write_text("x")
    return source


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    file = tmp_path / "products.csv"
    rows = "".join(f"A-{number},Mug {number},kitchen\n" for number in range(1, 5))
    file.write_text(f"sku,title,category\n{rows}")
    return file


def run(order: Order, jobs: Jobs) -> tuple[Outcome, list[str]]:
    said: list[str] = []
    engine = Engine(1, own=False, tend=lambda: jobs.run() and None)
    outcome = headless.run(order, engine, said.append, lambda done, total: None)
    headless.end(outcome.upload)
    return outcome, said


def by_name(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {row["file"]: row for row in outcome.photos}


def test_a_folder_becomes_pictures_and_a_report(
    folder: Path, sheet: Path, tmp_path: Path, jobs: Jobs, lead: User
) -> None:
    order = Order(folder, "Spring", sheet, 300, ("cutout", "amazon"), tmp_path / "out", release_unreviewed=True)
    outcome, said = run(order, jobs)
    rows = by_name(outcome)
    assert set(rows) == {"A-1_front.jpg", "A-2_front.jpg", "more/A-1_back.jpg", "A-3_front.jpg", "A-4_front.jpg"}
    assert outcome.processed == 3
    assert [one["code"] for one in rows["A-3_front.jpg"]["rejections"]] == ["too_small"]
    assert rows["A-4_front.jpg"]["state"] == "rejected"
    assert rows["A-1_front.jpg"]["sku"] == "A-1"
    assert rows["more/A-1_back.jpg"]["view"] == "back"
    cutout = Path(rows["A-1_front.jpg"]["outputs"]["cutout"])
    assert cutout == tmp_path / "out" / "cutout" / "A-1_front.png"
    with Image.open(cutout) as picture:
        assert (picture.mode, picture.size) == ("RGBA", (400, 400))
    assert (tmp_path / "out" / "amazon" / "amazon.csv").is_file()
    assert not list((tmp_path / "out").rglob("*.part"))
    assert any("300 px" in line for line in said)
    assert outcome.upload.catalog.owner == lead


def test_the_report_keeps_the_contract(folder: Path, sheet: Path, tmp_path: Path, jobs: Jobs) -> None:
    order = Order(folder, "Spring", sheet, 300, ("cutout",), tmp_path / "out", release_unreviewed=True)
    outcome, _ = run(order, jobs)
    headless.write_report(outcome.report(), tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert_fits(report, REPORT)
    assert report["images_per_hour"] == pytest.approx(3 * 3600 / report["wall_seconds"], rel=0.05)
    assert sum(batch["size"] for batch in report["batches"]) == 3
    for row in report["photos"]:
        assert row["state"] in Stage.values
        if row["state"] != "rejected":
            assert row["verdict"] in ("pass", "flag", "fail")
            assert 0 <= row["risk"] <= 1
            assert row["sampled"] in ("none", "random", "flagged")
            assert row["seconds"]
            assert "u2net" in row["model"]
            assert "mask by u2net and isnet" in row["run_notes"]
            assert row["batch"] in {batch["id"] for batch in report["batches"]}


def test_without_release_nothing_unreviewed_leaves(folder: Path, sheet: Path, tmp_path: Path, jobs: Jobs) -> None:
    outcome, _ = run(Order(folder, "Spring", sheet, 300, ("cutout",), tmp_path / "out"), jobs)
    assert not list((tmp_path / "out").rglob("*.png"))
    assert all(not row["outputs"] for row in outcome.photos)
    assert outcome.export
    assert len(outcome.export.left_out) == 5
    assert outcome.processed == 3


def test_without_a_sheet_products_come_from_the_names(folder: Path, jobs: Jobs) -> None:
    outcome, said = run(Order(folder, "Nameless", min_edge=300), jobs)
    assert outcome.processed == 3
    assert outcome.export is None
    assert any("products are made from the file names" in line for line in said)
    assert set(outcome.upload.catalog.products.values_list("sku", flat=True)) == {"A-1", "A-2"}


def test_a_known_catalog_keeps_its_standard(folder: Path, jobs: Jobs) -> None:
    catalog = factories.make_catalog(name="Known", slug="known", standard={"min_edge": 350})
    factories.make_product(catalog, sku="A-1")
    outcome, said = run(Order(folder, "Known"), jobs)
    assert not said
    assert Catalog.objects.get(pk=catalog.pk).standard == {"min_edge": 350}
    assert [one["code"] for one in by_name(outcome)["A-2_front.jpg"]["rejections"]] == ["unknown_product"]


def test_a_zip_with_its_sheet_goes_the_same_way(folder: Path, sheet: Path, tmp_path: Path, jobs: Jobs) -> None:
    with zipfile.ZipFile(tmp_path / "drop.zip", "w") as archive:
        archive.write(sheet, "products.csv")
        for file in folder.rglob("*.jpg"):
            archive.write(file, file.relative_to(folder).as_posix())
    outcome, said = run(Order(tmp_path / "drop.zip", "Zipped", min_edge=300), jobs)
    assert outcome.processed == 3
    assert not any("file names" in line for line in said)
    assert by_name(outcome)["drop.zip/A-1_front.jpg"]["segment"]["category"] == "kitchen"


def test_the_second_run_finds_everything_a_duplicate(folder: Path, jobs: Jobs) -> None:
    run(Order(folder, "Twice", min_edge=300), jobs)
    outcome, _ = run(Order(folder, "Twice", min_edge=300), jobs)
    assert outcome.processed == 0
    codes = {one["code"] for row in outcome.photos for one in row["rejections"]}
    assert "duplicate" in codes


class Struck(Exception):
    """Stands for what ends a run: a signal, a full disk, a power cut."""


def strike() -> None:
    raise Struck


@pytest.mark.parametrize("after", [2, 6])  # files: the first is a system file
def test_the_same_command_goes_on_with_what_an_interrupted_run_left(
    folder: Path, tmp_path: Path, jobs: Jobs, after: int
) -> None:
    order = Order(folder, "Interrupted", min_edge=300, marketplaces=("cutout",), out=tmp_path / "out")
    order = replace(order, release_unreviewed=True)

    def show(done: int, total: int) -> None:
        if total == after:
            strike()

    with pytest.raises(Struck):
        headless.run(order, Engine(1, False, lambda: None), print, show)
    assert Upload.objects.get().photos.count() == after - 1
    outcome, said = run(order, jobs)
    assert Upload.objects.count() == 1
    assert len(outcome.photos) == 5
    assert outcome.processed == 3
    assert not any(one["code"] == "duplicate" for row in outcome.photos for one in row["rejections"])
    assert len(list((tmp_path / "out" / "cutout").glob("*.png"))) == 3
    assert "An earlier run did not end; this one goes on with its upload (0 photos processed)." in said
    assert Upload.objects.get().finished_at
    assert run(order, jobs)[0].processed == 0, "a run that ended is not gone on with"


def test_a_run_that_goes_on_counts_what_it_did_itself(folder: Path, tmp_path: Path, jobs: Jobs) -> None:
    order = Order(folder, "Rate", min_edge=300, marketplaces=("cutout",), out=tmp_path / "out", release_unreviewed=True)
    run(order, jobs)
    Upload.objects.update(run_source=headless._source_name(order))
    outcome, said = run(order, jobs)
    assert outcome.processed == 3
    assert outcome.report()["images_per_hour"] == 0
    assert any("(3 photos processed)" in line for line in said)


def test_going_on_judges_by_the_order_as_it_is_now(folder: Path, jobs: Jobs) -> None:
    order = Order(folder, "Again", min_edge=5000)
    run(order, jobs)
    Upload.objects.update(run_source=headless._source_name(order))
    outcome, _ = run(replace(order, min_edge=300), jobs)
    assert outcome.processed == 3


def test_what_changed_since_is_taken_as_it_is_now(folder: Path, tmp_path: Path, jobs: Jobs) -> None:
    order = Order(folder, "Changed", min_edge=300, marketplaces=("cutout",), out=tmp_path / "out")
    order = replace(order, release_unreviewed=True)
    run(replace(order, marketplaces=()), jobs)
    Upload.objects.update(run_source=headless._source_name(order))
    (folder / "A-1_front.jpg").write_bytes(product_shot((500, 500), fill=0.6, seed=9).encoded())
    (folder / "A-2_front.jpg").unlink()
    outcome, said = run(order, jobs)
    assert sorted(file.name for file in (tmp_path / "out" / "cutout").glob("*.png")) == [
        "A-1_back.png", "A-1_front.png"
    ]  # fmt: skip
    with Image.open(tmp_path / "out" / "cutout" / "A-1_front.png") as picture:
        assert picture.size == (500, 500)
    assert any("2 photos of the earlier run are no longer in photos: not delivered." in line for line in said)
    assert outcome.notes[-1].startswith("2 photos")


def test_an_archive_that_changed_since_is_unpacked_again(folder: Path, tmp_path: Path, jobs: Jobs) -> None:
    order = Order(tmp_path / "drop.zip", "Zipped", min_edge=300)
    for names in (("A-1_front.jpg",), ("A-1_front.jpg", "A-2_front.jpg")):
        with zipfile.ZipFile(tmp_path / "drop.zip", "w") as archive:
            for name in names:
                archive.write(folder / name, name)
        outcome, _ = run(order, jobs)
        Upload.objects.update(run_source=headless._source_name(order))
    assert sorted(row["file"] for row in outcome.photos) == ["drop.zip/A-1_front.jpg", "drop.zip/A-2_front.jpg"]
    assert outcome.processed == 2


def test_a_run_is_going_on_until_its_report_is_written(folder: Path, jobs: Jobs) -> None:
    order = Order(folder, "Reported", min_edge=300)
    outcome = headless.run(order, Engine(1, False, lambda: jobs.run() and None), print, lambda done, total: None)
    assert headless.unfinished(order, outcome.upload.catalog, headless.person()) == outcome.upload
    assert run(order, jobs)[0].processed == 3
    assert headless.unfinished(order, outcome.upload.catalog, headless.person()) is None


def test_a_run_of_which_nothing_is_exported_leaves_earlier_files_alone(
    folder: Path, tmp_path: Path, jobs: Jobs
) -> None:
    order = Order(folder, "Kept", min_edge=300, marketplaces=("cutout",), out=tmp_path / "out", release_unreviewed=True)
    run(order, jobs)
    manifest = (tmp_path / "out" / "manifest.csv").read_bytes()
    run(order, jobs)
    assert (tmp_path / "out" / "manifest.csv").read_bytes() == manifest


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / f"{'x' * 251}.png"
    target.write_text("before")
    with pytest.raises(OSError, match="No space left on device") as caught, headless.whole(target) as handle:
        handle.write(b"half")
        raise OSError(28, "No space left on device")
    assert caught.value.filename == str(target)
    assert (list(tmp_path.iterdir()), target.read_text()) == ([target], "before")
    with headless.whole(target) as handle:
        handle.write(b"after")
    assert (list(tmp_path.iterdir()), target.read_text()) == ([target], "after")


def test_a_report_takes_names_that_are_no_utf_8(tmp_path: Path) -> None:
    headless.write_report({"notes": ["pr\udce9.jpg", "Größe"]}, tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text()) == {"notes": ["pr\udce9.jpg", "Größe"]}


def test_an_archive_that_came_in_is_not_taken_twice(folder: Path, tmp_path: Path, jobs: Jobs) -> None:
    with zipfile.ZipFile(tmp_path / "drop.zip", "w") as archive:
        archive.write(folder / "A-1_front.jpg", "A-1_front.jpg")
    order = Order(tmp_path / "drop.zip", "Zipped", min_edge=300)
    with pytest.raises(Struck):
        headless.run(order, Engine(1, False, strike), print, lambda done, total: None)
    outcome, _ = run(order, jobs)
    assert [row["file"] for row in outcome.photos] == ["drop.zip/A-1_front.jpg"]
    assert Upload.objects.get().incoming.count() == 1


def test_what_can_not_be_opened_is_refused_until_it_can(folder: Path, jobs: Jobs) -> None:
    (folder / "A-5_front.jpg").symlink_to(folder / "nowhere.jpg")
    (folder / "round").symlink_to(folder)
    order = Order(folder, "Links", min_edge=300)
    outcome, _ = run(order, jobs)
    codes = {row["file"]: [one["code"] for one in row["rejections"]] for row in outcome.photos}
    assert (codes["A-5_front.jpg"], codes["round"]) == (["no_file"], ["no_file"])
    assert len(codes) == 7
    Upload.objects.update(run_source=headless._source_name(order))
    (folder / "nowhere.jpg").write_bytes(product_shot((400, 400), fill=0.6, seed=8).encoded())
    states = {row["file"]: row["state"] for row in run(order, jobs)[0].photos}
    assert states["A-5_front.jpg"] != "rejected" or states["nowhere.jpg"] != "rejected"
    assert states["round"] == "rejected"


def test_a_file_that_goes_away_while_it_is_taken_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, jobs: Jobs
) -> None:
    found = source_files.find(folder)
    gone = Found((*found.files, ("A-9_front.jpg", folder / "A-9_front.jpg")))
    monkeypatch.setattr(source_files, "find", lambda source, but=None: gone)
    outcome, _ = run(Order(folder, "Gone", min_edge=300), jobs)
    (reason,) = by_name(outcome)["A-9_front.jpg"]["rejections"]
    assert reason["code"] == "no_access"
    assert "No such file or directory" in reason["message"]
    assert outcome.processed == 3


def test_a_machine_that_stands_still_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headless, "STUCK_SECONDS", 0)
    with pytest.raises(Stuck, match="waiting for photos"):
        headless.run(Order(folder, "Still"), Engine(1, False, lambda: None), print, lambda done, total: None)
    assert Upload.objects.get().photos.count() == 5


def test_the_headless_person_is_an_operator_beside_the_demo_people(db: None) -> None:
    by = headless.person()
    assert roles_of(by) == {Role.OPERATOR}
    assert not by.has_usable_password()
    assert headless.person() == by
    assert User.objects.filter(username="reviewer").exists()


def test_tending_happens_at_most_once_in_its_time() -> None:
    done: list[int] = []
    tend = every(1000, lambda: done.append(1))
    tend()
    tend()
    assert not done
    often = every(0, lambda: done.append(1))
    often()
    assert done == [1]


def test_a_failed_photo_is_reported_with_why(jobs: Jobs) -> None:
    photo = factories.make_ready_photo(product_shot((400, 400), fill=0.5), route="manual")
    jobs.append(("imaging", "processing.jobs.process_photo", (photo.pk,)))
    jobs.run()
    (row,) = reports.photo_rows(photo.upload)
    assert row["state"] == "failed"
    assert row["verdict"] is None
    assert reports.processed([row]) == 0
