"""A pytest plugin for parallel runs: what starts servers or models begins first, so that nothing long is left alone."""

import pytest

SLOW = ("server", "model", "browser")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by mark alone; the order within a module stays, and its tests stay together."""
    slow_modules = {item.path for item in items if any(item.get_closest_marker(mark) for mark in SLOW)}
    items.sort(key=lambda item: item.path not in slow_modules)
