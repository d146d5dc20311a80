"""Passwords that cost little: what makes guessing expensive would make these tests slow."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest
from argon2 import PasswordHasher


@pytest.fixture(scope="session", autouse=True)
def _light_passwords() -> Iterator[None]:
    light = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with mock.patch("pilothouse.platform.access.secrets._hasher", return_value=light):
        yield
