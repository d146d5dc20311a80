"""What every area's tests may ask for; the worlds themselves stand in modules of their own."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["databases", "servers"]
STARTING = frozenset(
    ("postgres_server", "server", "server_in", "script", "shared_world", "serve", "desk")
)
"""Fixtures that start a process, which takes a second or more: their tests count as slow."""
HYPOTHESIS = frozenset(("test_hostile.py", "test_laws.py"))
"""Files with hundreds of examples a test."""

# A slow machine is no failure: examples are bounded by their number alone.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("patient")


LONGEST = ("topology", "releases")
"""Folders whose few tests take long: begun first, so that none is waited for alone at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.parent.name not in LONGEST)
    for item in items:
        call = getattr(item, "callspec", None)
        engine = None if call is None else call.params.get("database_url")
        if item.path.name in HYPOTHESIS:
            item.add_marker(pytest.mark.slow)
        if engine == "postgresql" or STARTING.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
