"""The people, the queue and the folders that tests share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils.module_loading import import_string

from catalog import queueing
from catalog.people import Role
from processing import recipes
from processing.imaging.contract import Context
from tests import factories
from tests.images import ThresholdMatter

# How long an example takes says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos beside the checkout. Where it is missing, tests of real photos say so."""
    if not (SHARED / "data").is_dir():
        pytest.skip("../shared/data does not stand beside this checkout")
    return SHARED


@pytest.fixture
def operator(db: None) -> User:
    return factories.make_user("olga", Role.OPERATOR)


@pytest.fixture
def reviewer(db: None) -> User:
    return factories.make_user("rosa", Role.REVIEWER)


@pytest.fixture
def lead(db: None) -> User:
    return factories.make_user("lena", Role.LEAD)


@pytest.fixture
def manager(db: None) -> User:
    return factories.make_user("mila", Role.MANAGER)


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """A signed-in client for anybody."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


class Jobs(list[tuple[str, str, tuple[Any, ...]]]):
    """The jobs that the code under test wanted queued: (queue, path, arguments)."""

    def run(self) -> int:
        """Run what was queued, and what that queues in turn, until nothing is left; returns how many ran."""
        count = 0
        while self:
            _, path, arguments = self.pop(0)
            import_string(path)(*arguments)
            count += 1
        return count


@pytest.fixture(autouse=True)
def jobs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """Record jobs instead of queueing them; tests marked ``server`` keep the real queue."""
    recorded = Jobs()
    if "server" not in request.keywords:

        def record(queue: str, path: str, *arguments: Any, job_id: str) -> None:
            recorded.append((queue, path, arguments))

        monkeypatch.setattr(queueing, "enqueue", record)
        monkeypatch.setattr(queueing, "send", record)
        monkeypatch.setattr(queueing, "waiting", lambda queue: set())
    yield recorded


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> Path:
    """Files of a test go to the test's own folder."""
    folder = tmp_path / "files"
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = {**settings.STORAGES, "default": options}
    settings.INCOMING_DIR = tmp_path / "incoming"
    return folder


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """What another test left in the cache must not show on this one's pages."""
    cache.clear()


@pytest.fixture(autouse=True)
def default_recipes(request: pytest.FixtureRequest) -> None:
    """`migrate` gives every database its recipes; a test in real transactions empties it for those that come after."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("db")
        recipes.publish_missing()


def plain_context(models_dir: Path) -> Context:
    """Every model's name gives a threshold, which is enough for drawn shots."""
    return Context.always(ThresholdMatter())


@pytest.fixture
def plain_model(settings: Any) -> None:
    """Runs use a threshold instead of a network."""
    settings.MODEL_CONTEXT = "tests.conftest.plain_context"
