"""What must hold before a start, each with a message that says what to do."""

import errno
import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from catalog.flow import Stage
from catalog.people import DEMO_PEOPLE, Role, roles_of
from config import instance, startup
from config.startup import CannotStart
from processing import runs
from processing.models import Run
from tests import factories
from tests.instances import Instance


def test_a_home_has_one_instance_at_a_time(tmp_path: Path) -> None:
    with (
        startup.only_instance(tmp_path),
        pytest.raises(CannotStart, match=f"running already in .*process {os.getpid()}.*LOUPE_HOME"),
        startup.only_instance(tmp_path),
    ):
        pass
    with startup.only_instance(tmp_path):
        assert (tmp_path / "up.lock").read_text() == str(os.getpid())


def test_a_run_keeps_only_its_like_out(tmp_path: Path) -> None:
    words = "from pathlib import Path; from config import startup\nwith startup.only_run(Path({!r}), {!r}): pass"

    def elsewhere(name: str) -> str:
        done = Instance(tmp_path / "home").manage("shell", "--no-imports", "-c", words.format(str(tmp_path), name))
        return done.stderr

    with startup.only_run(tmp_path, "spring"):
        assert "IsRunning: The same run is going on already" in elsewhere("spring")
        assert elsewhere("autumn") == ""
    assert elsewhere("spring") == ""


def test_whether_an_instance_runs_is_told_without_disturbing_it(tmp_path: Path) -> None:
    assert not startup.is_running(tmp_path)
    with startup.only_instance(tmp_path):
        assert startup.is_running(tmp_path)
        assert startup.is_running(tmp_path)
    assert not startup.is_running(tmp_path)


def test_two_homes_have_an_instance_each(tmp_path: Path) -> None:
    with startup.only_instance(tmp_path / "one"), startup.only_instance(tmp_path / "two"):
        pass


def test_a_taken_port_is_told_with_another_to_try() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} of 127.0.0.1 is taken.*PORT={port + 1} make run"):
            startup.check_port("127.0.0.1", port)
    startup.check_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "256.1.1.1"])
def test_an_address_of_another_machine_is_told(host: str) -> None:
    with pytest.raises(CannotStart, match=f"{host} can't be listened on .*HOST must be"):
        startup.check_port(host, 8000)


@pytest.mark.parametrize("port", [0, -1, 99_999])
def test_a_port_that_does_not_exist_is_told(port: int) -> None:
    with pytest.raises(CannotStart, match=f"The port is {port}, but must be a number from 1 to 65535"):
        startup.check_port("127.0.0.1", port)


@pytest.mark.parametrize(("error", "advice"), [(errno.EACCES, "above 1023"), (errno.EADDRINUSE, "PORT=81 make run")])
def test_what_to_do_about_a_port_follows_from_what_is_wrong(
    error: int, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "bind", Mock(side_effect=OSError(error, "no")))
    with pytest.raises(CannotStart, match=f"Port 80 of 127.0.0.1 .*{advice}"):
        startup.check_port("127.0.0.1", 80)


def test_a_store_that_takes_no_file_is_told(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def file_system(folder: Path) -> None:
        backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}}
        settings.STORAGES = {**settings.STORAGES, "default": backend}

    file_system(tmp_path / "files")
    startup.check_storage()
    assert not list((tmp_path / "files").iterdir()), "the probe is gone again"
    (tmp_path / "file").write_text("x")
    file_system(tmp_path / "file" / "files")
    monkeypatch.setenv("STORAGE_URL", "s3://key:secret@bucket")
    with pytest.raises(CannotStart, match=r"can't be kept in s3://...@bucket .*Not a directory.*Correct STORAGE_URL"):
        startup.check_storage()


def test_a_queue_that_does_not_answer_is_told(settings: Any, tmp_path: Path) -> None:
    settings.QUEUE_URL = f"unix://{tmp_path}/nothing.sock?db=0"
    with pytest.raises(CannotStart, match="does not answer.*unset REDIS_URL"):
        startup.check_queue()


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    startup.check_database()

    def refuse() -> None:
        raise OperationalError("connection refused\n")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    monkeypatch.setattr(connection, "vendor", "postgresql")
    with pytest.raises(CannotStart, match=r"does not answer \(connection refused\).*unset it to use SQLite"):
        startup.check_database()


def test_a_damaged_database_file_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "loupe.sqlite3").write_bytes(b"no database at all " * 1000)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "A-1.jpg").write_bytes(b"x")
    done = Instance(home).manage("run_batch", str(tmp_path / "photos"), "--catalog", "C", "--workers", "1")
    assert done.returncode == 1
    assert f"The database {home / 'loupe.sqlite3'} can't be opened (file is not a database)" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_models_are_told(settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path
    with pytest.raises(CannotStart, match="make setup"):
        startup.check_models()


@pytest.mark.django_db
def test_demo_people_come_in_by_links_that_work_once(client: Client) -> None:
    invitations = dict(startup.invitations("http://localhost:8000"))
    assert set(invitations) == set(DEMO_PEOPLE)
    link = invitations["reviewer"].removeprefix("http://localhost:8000")
    assert client.get(link).status_code == 302
    person = User.objects.get(pk=client.session["_auth_user_id"])
    assert person.username == "reviewer"
    assert roles_of(person) == {Role.REVIEWER}
    assert Client().get(link).status_code == 403
    again = client.get(link, follow=True)
    assert again.redirect_chain == [("/", 302)] and "signed in already, as Reviewer" in again.content.decode()


@pytest.mark.django_db
def test_no_demo_person_has_a_password() -> None:
    startup.demo_people()
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.mark.django_db
def test_demo_people_are_never_added_to_real_accounts() -> None:
    factories.make_user("ada")
    assert startup.demo_people() == []
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_who_has_set_a_password_gets_no_link_any_more() -> None:
    lead = next(user for user in startup.demo_people() if user.username == "lead")
    lead.set_password("chosen by the lead")
    lead.save()
    assert "lead" not in dict(startup.invitations("http://localhost:8000"))


@pytest.mark.django_db
def test_runs_of_workers_that_are_gone_are_taken_back() -> None:
    here, gone, elsewhere = (running_run(name) for name in (runs.worker_name(), runs.worker_name(2**22), "other:1"))
    assert startup.take_back_from_the_dead() == 1
    states = [Run.objects.get(pk=run.pk).status for run in (here, gone, elsewhere)]
    assert states == [Run.Status.RUNNING, Run.Status.LOST, Run.Status.RUNNING]
    gone.photo.refresh_from_db()
    assert gone.photo.stage == Stage.READY


def running_run(worker: str) -> Run:
    photo = factories.make_photo(stage=Stage.PROCESSING)
    lease = timezone.now() + timedelta(hours=1)
    version = factories.make_recipe_version()
    return Run.objects.create(photo=photo, recipe_version=version, worker=worker, lease_until=lease)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://localhost:80"),
        ("0.0.0.0", "http://localhost:80"),  # noqa: S104
        ("studio.example", "http://studio.example:80"),
        ("2001:db8::1", "http://[2001:db8::1]:80"),
    ],
)
def test_address_is_one_that_a_browser_opens(host: str, address: str) -> None:
    assert instance.address(host, 80) == address
