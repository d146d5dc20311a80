"""One server for all that LangSmith's clients do, and runs that several modules read."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator

import pytest

from langsmith import Client
from langsmith_world import Written, write
from servers import ServerProcess


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("langsmith")
    started = ServerProcess(folder / "data", environ={"PILOTHOUSE_RETENTION_DAYS": "0"}).start()
    yield started
    code = started.stop()
    shutil.rmtree(folder, ignore_errors=True)
    assert code == 0, started.said()[-2000:]


@pytest.fixture(scope="session")
def written(server: ServerProcess) -> Written:
    return write(server)


@pytest.fixture(params=["", "/api/v1"])
def client(request: pytest.FixtureRequest, server: ServerProcess) -> Iterator[Client]:
    """LangSmith's own client, in both spellings of the address."""
    made = Client(api_url=f"{server.url}/langsmith{request.param}", api_key="none")
    yield made
    made.flush()
    made.close()


@pytest.fixture
def project() -> str:
    """A name that no other test has."""
    return f"p{uuid.uuid4().hex[:8]}"
