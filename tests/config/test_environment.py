"""The environment: what is honoured, and what is refused loudly."""

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "DB_POOL", "REDIS_CACHE_DB"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("text", "value"), [("", 5), ("7", 7)])
def test_whole_number(text: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_TEST", text)
    assert environment.whole_number("LOUPE_TEST", 5) == value


@pytest.mark.parametrize("text", ["many", "1.5", "0"])
def test_a_number_that_makes_no_sense_is_refused_by_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_TEST", text)
    with pytest.raises(ImproperlyConfigured, match="LOUPE_TEST is"):
        environment.whole_number("LOUPE_TEST", 5, least=1)


@pytest.mark.parametrize(("text", "value"), [("", True), ("off", False), ("0", False), ("True", True)])
def test_switch(text: str, value: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_TEST", text)
    assert environment.switch("LOUPE_TEST", True) is value


def test_a_switch_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_TEST", "maybe")
    with pytest.raises(ImproperlyConfigured, match="LOUPE_TEST is 'maybe'"):
        environment.switch("LOUPE_TEST", True)


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "home" / "secret_key"
    key = environment.secret_key(file)
    assert len(key) > 50
    assert environment.secret_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_sqlite_in_the_home_is_the_default_and_shared_well(tmp_path: Path) -> None:
    found = environment.database(tmp_path)
    assert found["NAME"] == str(tmp_path / "loupe.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]


def test_database_url_leads_to_postgresql_and_a_pool_only_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://loupe:secret@db.example:5433/shop")
    found = environment.database(tmp_path)
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", 5433, "shop")
    assert "pool" not in found.get("OPTIONS", {})
    monkeypatch.setenv("DB_POOL", "1")
    assert environment.database(tmp_path)["OPTIONS"]["pool"]["max_size"] > 1


def test_database_url_may_name_another_sqlite_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/a%20b.sqlite3".replace("////", "///"))
    assert environment.database(Path("unused"))["NAME"] == f"{tmp_path}/a b.sqlite3"


def test_the_queue_and_the_cache_have_databases_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue, cache = environment.redis_urls(tmp_path)
    assert queue.startswith("unix://") and queue.endswith("db=0") and cache.endswith("db=1")
    monkeypatch.setenv("REDIS_URL", "rediss://redis.example:6380/3")
    queue, cache = environment.redis_urls(tmp_path)
    assert queue == "rediss://redis.example:6380/3"
    assert cache != queue


@pytest.mark.parametrize("value", ["redis://localhost:port/0", "redis://localhost?db=none", "redis://[::1/0"])
def test_a_queue_address_with_a_slip_is_refused(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", value)
    with pytest.raises(ImproperlyConfigured, match=r"REDIS_URL is .*, which can't be read \(.*\); wanted is redis://"):
        environment.redis_urls(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "oracle://db"),
        ("REDIS_URL", "http://redis"),
        ("STORAGE_URL", "ftp://x"),
        ("STORAGE_URL", "s3:"),
    ],
)
def test_an_address_of_the_wrong_kind_is_refused_by_name(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    reader = {"DATABASE_URL": environment.database, "REDIS_URL": environment.redis_urls}.get(name, environment.storage)
    with pytest.raises(ImproperlyConfigured, match=f"{name} is '{value}', but must"):
        reader(tmp_path)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("postgres://", "names no database"),
        ("postgres://ann:secret@db:port/shop", "can't be read: Port"),
        ("mysql://ann:secret@db/shop", "must start with postgres"),
        ("sqlite:", "must name a file"),
    ],
)
def test_a_database_address_that_leads_nowhere_is_refused_without_its_password(
    value: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", value)
    with pytest.raises(ImproperlyConfigured, match=f"DATABASE_URL is .*{message}") as refused:
        environment.database(tmp_path)
    assert "secret" not in str(refused.value)


def test_folders_that_can_not_be_made_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ImproperlyConfigured, match=r"LOUPE_HOME, .*can't be written and read \(Not a directory\)"):
        environment.secret_key(tmp_path / "file" / "home" / "secret_key")
    with pytest.raises(ImproperlyConfigured, match="database's folder .* can't be made"):
        environment.sqlite(tmp_path / "file" / "home" / "loupe.sqlite3")


def test_files_lie_in_the_home_or_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.storage(tmp_path)["OPTIONS"]["location"] == str(tmp_path / "files")
    monkeypatch.setenv("STORAGE_URL", "file:///srv/my%20photos")
    assert environment.storage(tmp_path)["OPTIONS"]["location"] == "/srv/my photos"


def test_an_endpoint_without_its_scheme_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_URL", "s3://photos?endpoint=127.0.0.1:9000")
    with pytest.raises(ImproperlyConfigured, match="endpoint is '127.0.0.1:9000', but must begin with http"):
        environment.storage(tmp_path)


def test_a_bucket_with_prefix_endpoint_and_region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_URL", "s3://photos/shop/a?endpoint=https://s3.example:9000&region=eu-central-1")
    options = environment.storage(tmp_path)["OPTIONS"]
    assert options["bucket_name"] == "photos"
    assert options["location"] == "shop/a"
    assert options["endpoint_url"] == "https://s3.example:9000"
    assert options["region_name"] == "eu-central-1"
