"""ZIP archives, honest and hostile."""

import io
import stat
import zipfile

import pytest

from catalog.archives import ArchiveRefused, Entry, Limits, entries, is_system_file, printable


def packed(*files: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer


def found(source: io.BytesIO, limits: Limits | None = None) -> dict[str, str]:
    """Name to the code of its refusal, "ignored", or "" for a file that may be read."""
    return {
        entry.name: "ignored" if entry.ignored else entry.finding.code if entry.finding else ""
        for entry in entries(source, limits)
    }


def test_files_come_in_name_order_with_their_bytes() -> None:
    source = packed(("shoes/b.jpg", b"bee"), ("shoes/", b""), ("a.jpg", b"ay"))
    read = []
    for entry in entries(source):
        with entry.open() as stream:
            read.append((entry.name, stream.read()))
    assert read == [("a.jpg", b"ay"), ("shoes/b.jpg", b"bee")]


@pytest.mark.parametrize(
    "name", ["../evil.jpg", "a/../../evil.jpg", "/etc/passwd", "C:\\windows\\evil.jpg", "..\\evil.jpg", "C:evil.jpg"]
)
def test_names_that_leave_the_archive_are_refused(name: str) -> None:
    assert list(found(packed((name, b"x"), ("good.jpg", b"y"))).values()).count("archive_path") == 1


def test_links_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("link.jpg")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert found(buffer) == {"link.jpg": "archive_link"}


def test_encrypted_entries_are_refused() -> None:
    data = bytearray(packed(("a.jpg", b"secret")).getvalue())
    data[6] |= 1  # in the local header, and in the central directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert found(io.BytesIO(bytes(data))) == {"a.jpg": "archive_encrypted"}


def test_bombs_and_nested_archives_are_refused_and_photos_are_not() -> None:
    source = packed(("bomb.jpg", b"\0" * 20_000_000), ("inner.zip", b"PK"), ("MUG_front.jpg", b"\0" * 1000))
    assert found(source) == {"bomb.jpg": "archive_bomb", "inner.zip": "archive_nested", "MUG_front.jpg": ""}


def test_giant_entry_is_refused() -> None:
    source = packed(("a.jpg", b"12345"), compression=zipfile.ZIP_STORED)
    assert found(source, Limits(entry_bytes=4)) == {"a.jpg": "too_many_bytes"}


@pytest.mark.parametrize("limits", [Limits(entries=1), Limits(total_bytes=3)])
def test_too_much_in_all_is_refused_as_a_whole(limits: Limits) -> None:
    with pytest.raises(ArchiveRefused) as caught:
        list(entries(packed(("a.jpg", b"12"), ("b.jpg", b"34")), limits))
    assert caught.value.finding.code == "archive_too_large"


def test_a_name_twice_is_told() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        source = packed(("a.jpg", b"1"), ("a.jpg", b"2"), ("A.JPG", b"3"))
    results = [entry.finding.code if entry.finding else "" for entry in entries(source)]
    assert sorted(results) == ["", "archive_repeated", "archive_repeated"]


def test_system_files_are_named_as_ignored() -> None:
    source = packed(("__MACOSX/._a.jpg", b"x"), (".DS_Store", b"x"), ("x/Thumbs.db", b"x"), ("a.jpg", b"x"))
    assert found(source) == {
        "__MACOSX/._a.jpg": "ignored",
        ".DS_Store": "ignored",
        "x/Thumbs.db": "ignored",
        "a.jpg": "",
    }


def test_system_files() -> None:
    assert all(map(is_system_file, ["a/.DS_Store", "desktop.ini", "~$list.xlsx", "x/__MACOSX/._a.jpg"]))
    assert not any(map(is_system_file, ["front.jpg", "", "my__MACOSX.jpg"]))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not really", b"plain text"])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(ArchiveRefused) as caught:
        list(entries(io.BytesIO(data)))
    assert caught.value.finding.code == "archive_unreadable"


def test_cut_off_archive_is_refused() -> None:
    data = packed(("a.jpg", b"x" * 5000)).getvalue()
    with pytest.raises(ArchiveRefused):
        list(entries(io.BytesIO(data[:-40])))


def read_whole(entry: Entry) -> bytes:
    with entry.open() as stream:
        return stream.read()


def test_damaged_entry_is_told_while_it_is_read() -> None:
    data = bytearray(packed(("a.jpg", b"x" * 5000), compression=zipfile.ZIP_STORED).getvalue())
    data[1000] ^= 1
    entry = next(entries(io.BytesIO(bytes(data))))
    with pytest.raises(ArchiveRefused) as caught:
        read_whole(entry)
    assert caught.value.finding.code == "archive_damaged"


def test_names_are_read_as_utf8_even_when_not_declared() -> None:
    data = packed(("mütze_front.jpg", b"x")).getvalue().replace(b"\x00\x08", b"\x00\x00")
    assert found(io.BytesIO(data)) == {"mütze_front.jpg": ""}


def test_control_characters_do_not_reach_a_page() -> None:
    assert printable("a\x1b[2J\n.jpg") == "a�[2J�.jpg"
