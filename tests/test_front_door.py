"""The front door: locks without addresses, missing programs told clearly, and what continuous integration calls."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock", "package-lock.json")


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    for name in LOCKS:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def run(script: str, *words: str, cwd: Path = ROOT, path: str | None = None) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PATH": path or os.environ["PATH"]}
    command = [str(ROOT / "scripts" / script), *words]
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)


def test_the_locks_carry_hashes_and_no_addresses() -> None:
    found = run("check_locks.sh")
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    ("name", "line", "complaint"),
    [
        ("requirements.lock", "--index-url https://packages.example/simple\n", "requirements.lock names an address"),
        ("package-lock.json", '"resolved": "https://packages.example/a.tgz"\n', "package-lock.json names addresses"),
        ("requirements.lock", "another-package==1.0 \\\n", "requirements-dev.lock lacks another-package==1.0"),
    ],
)
def test_a_bad_lock_is_refused(locks: Path, name: str, line: str, complaint: str) -> None:
    with (locks / name).open("a") as file:
        file.write(line)
    found = run("check_locks.sh", cwd=locks)
    assert found.returncode == 1
    assert complaint in found.stderr


def test_a_lock_without_hashes_is_refused(locks: Path) -> None:
    (locks / "requirements.lock").write_text("django==5.2\n")
    found = run("check_locks.sh", cwd=locks)
    assert "requirements.lock carries no hashes" in found.stderr


def test_a_missing_program_without_apt_is_told(tmp_path: Path) -> None:
    for tool in ("sh", "id", "ls", "env"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    found = run("system_packages.sh", "chromium", path=str(tmp_path))
    assert found.returncode == 1
    assert "The tests need: chromium. There is no apt-get here" in found.stderr


def test_nothing_is_installed_when_all_is_there(tmp_path: Path) -> None:
    for tool in ("sh", "id", "ls", "env"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    for program in ("chromium", "initdb"):
        (tmp_path / program).write_text("#!/bin/sh\n")
        (tmp_path / program).chmod(0o755)
    found = run("system_packages.sh", "chromium", "postgresql", path=str(tmp_path))
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_continuous_integration_runs_what_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("exec make test")


def test_make_lists_what_there_is_to_do() -> None:
    found = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    named = [line.split()[1] for line in found.stdout.splitlines()]
    assert {"run", "setup", "test", "lint", "lock"} <= set(named)
