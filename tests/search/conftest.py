"""A small web site on this machine, and documents to index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from search_world import Site


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running
