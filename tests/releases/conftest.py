"""One server with a gateway, two models behind it, and users that ask them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.unruly_provider import Unruly, unruly_provider
from gateway_world import KEY, Desk
from servers import ServerProcess


@pytest.fixture(scope="session")
def provider() -> Iterator[Unruly]:
    with unruly_provider() as state:
        yield state


@pytest.fixture(scope="package")
def desk(provider: Unruly, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("releases")
    server = ServerProcess(folder / "data").start()
    body = {"base_url": provider.base_url, "api_key": KEY, "models": ["old", "new"]}
    status, said = server.call("PUT", "/api/v1/providers/acme", body)
    assert status == 200, said
    made = Desk(server, provider)
    yield made
    for client in made.clients:
        client.close()
    assert server.stop() == 0, server.said()[-2000:]
    assert KEY not in server.said()
