"""One server for all tests of evaluators and rules; each has a project of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from evaluation_server import World, evaluation_world, politely

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The server, running."""
    with evaluation_world(tmp_path_factory.mktemp("rules") / "data") as world:
        yield world


@pytest.fixture
def world(shared_world: World) -> World:
    """The server, with a model that answers politely again."""
    shared_world.model.script = politely
    shared_world.model.asked.clear()
    return shared_world


@pytest.fixture
def project(world: World) -> str:
    """A project that is there and has no traces."""
    name = f"project-{next(_numbers)}"
    world.made("/projects", {"name": name})
    return name
