"""A pytest plugin for the second run of the suite: only tests that use the database, and only on PostgreSQL."""

import pytest
from django.db import connection

FIXTURES = {"db", "transactional_db", "django_db_serialized_rollback", "live_server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what the database has no part in."""
    uses = {item: uses_database(item) for item in items}
    config.hook.pytest_deselected(items=[item for item in items if not uses[item]])
    items[:] = [item for item in items if uses[item]]


def uses_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("django_db"):
        return True
    return isinstance(item, pytest.Function) and bool(FIXTURES & set(item.fixturenames))


def pytest_report_header() -> str:
    return f"database: {connection.vendor}"
