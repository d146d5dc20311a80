"""A real HTTP server, and a real gRPC one, in front of an ingest that keeps what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from pilothouse.platform.errors import Forbidden, Unauthorized
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.otlp.http import otlp_routes
from servers import serving

LIMIT_BYTES = 1024 * 1024
CAPTURES = Path(__file__).parents[4] / "shared" / "fixtures" / "otlp"


@dataclass
class MemoryIngest:
    """Keeps batches, or fails as it is told."""

    batches: list[Batch] = field(default_factory=list)
    failure: Exception | None = None

    async def accept(self, batch: Batch) -> None:
        if self.failure is not None:
            raise self.failure
        self.batches.append(batch)

    async def accept_from(self, decode: Callable[[], Batch]) -> None:
        await self.accept(await asyncio.to_thread(decode))

    @property
    def span_names(self) -> list[str]:
        return [source.name for batch in self.batches for source in batch.sources]


def authorise(headers: Mapping[str, str]) -> None:
    """Refuses two keys; everybody else may send."""
    match headers.get("x-api-key"):
        case "wrong":
            raise Unauthorized("unknown key")
        case "reader":
            raise Forbidden("this key may only read")


@dataclass
class World:
    """A server, a client of it, and what it has taken."""

    url: str
    client: httpx.Client
    ingest: MemoryIngest

    def post(
        self,
        body: bytes,
        *,
        path: str = "/v1/traces",
        content_type: str | None = "application/x-protobuf",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        sent = {"content-type": content_type} if content_type else {}
        return self.client.post(self.url + path, content=body, headers=sent | (headers or {}))


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[str, MemoryIngest]]:
    ingest = MemoryIngest()
    with serving(Starlette(routes=otlp_routes(ingest, authorise, LIMIT_BYTES))) as url:
        yield url, ingest


@pytest.fixture
def world(_server: tuple[str, MemoryIngest]) -> Iterator[World]:
    url, ingest = _server
    ingest.batches.clear()
    ingest.failure = None
    with httpx.Client(timeout=120) as client:
        yield World(url=url, client=client, ingest=ingest)


@pytest.fixture
def captures() -> Path:
    if not CAPTURES.is_dir():
        pytest.skip("the recorded OTLP requests are not beside this checkout")
    return CAPTURES
