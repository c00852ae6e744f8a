"""Everything that uses the database holds on PostgreSQL as it does on SQLite."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests import postgresql

pytestmark = pytest.mark.server

# Fewer would mean that the selection has broken.
FEWEST_TESTS = 50


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgresql.server() as found:
        yield found


def environment(url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**kept, "DATABASE_URL": url}


def test_the_database_tests_pass_on_postgresql(url: str) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "tests.database_only", "-p", "no:cacheprovider"]
    command += ["-m", "not server and not browser and not model", "--tb=short", "-o", "addopts="]
    run = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment(url), capture_output=True, text=True, timeout=900, check=False
    )
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert "database: postgresql" in run.stdout
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed and int(passed[1]) >= FEWEST_TESTS, run.stdout[-500:]


def test_a_fresh_instance_migrates_on_postgresql(url: str) -> None:
    """The migrations themselves, and a connection pool as the web server uses it."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "--verbosity", "0"]
    kept = {name: value for name, value in environment(url).items() if name != "DJANGO_SETTINGS_MODULE"}
    for words in ([], ["--check"]):
        run = subprocess.run(
            [*command, *words], env={**kept, "DB_POOL": "1"}, capture_output=True, text=True, timeout=120, check=False
        )
        assert run.returncode == 0, run.stderr
