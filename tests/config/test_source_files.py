"""What is found in the source of a headless run: everything, in order, and nothing passed over in silence."""

import os
from pathlib import Path

import pytest

from config import source_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "photos"
    (source / "more" / "deep").mkdir(parents=True)
    for name in ("b.jpg", "a.jpg", "more/deep/c.jpg", "more/z.csv"):
        (source / name).write_text("x")
    return source


def test_files_come_in_name_order_with_sheets_first(folder: Path) -> None:
    found = source_files.find(folder)
    assert [name for name, _ in found.files] == ["more/z.csv", "a.jpg", "b.jpg", "more/deep/c.jpg"]
    assert found.refused == ()
    assert all(file.is_file() for _, file in found.files)


def test_one_file_is_left_out_by_any_of_its_names(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder / "more" / "z.csv")
    assert "more/z.csv" not in [name for name, _ in source_files.find(folder, but=tmp_path / "link").files]


def test_a_file_is_its_own_source(folder: Path) -> None:
    assert source_files.find(folder / "a.jpg").files == (("a.jpg", folder / "a.jpg"),)


def test_links_and_what_is_no_file_are_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "d.jpg").write_text("x")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "round").symlink_to(folder)
    (folder / "linked.jpg").symlink_to(tmp_path / "elsewhere" / "d.jpg")
    (folder / "broken.jpg").symlink_to(tmp_path / "nowhere")
    (folder / "self.jpg").symlink_to(folder / "self.jpg")
    os.mkfifo(folder / "pipe")
    found = source_files.find(folder)
    assert "linked.jpg" in [name for name, _ in found.files]
    told = {name: (finding.code, finding.measured) for name, finding in found.refused}
    assert told == {
        "broken.jpg": ("no_file", "a link that leads nowhere"),
        "linked": ("no_file", "a link to a folder"),
        "pipe": ("no_file", "a pipe, a socket or a device"),
        "round": ("no_file", "a link to a folder"),
        "self.jpg": ("no_access", "it can't be opened (Too many levels of symbolic links)"),
    }


def test_a_folder_that_can_not_be_opened_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs the tests may be allowed to open everything, so the refusal is made.
    opened = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path)

    monkeypatch.setattr(os, "scandir", scandir)
    ((name, finding),) = source_files.find(folder).refused
    assert (name, finding.code) == ("more/deep/", "no_access")
    assert "Permission denied" in finding.message
