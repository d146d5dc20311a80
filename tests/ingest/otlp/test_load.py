"""Large requests leave the event loop free and do not fill the memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from otlp_factory import make_span, traces
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.otlp import http
from pilothouse.platform.ingest.otlp.http import OtlpRoute

SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/v1/traces",
    "headers": [(b"content-type", b"application/x-protobuf")],
}


class Counting:
    """Counts spans."""

    def __init__(self) -> None:
        self.spans = 0

    async def accept(self, batch: Batch) -> None:
        self.spans += len(batch.sources)

    async def accept_from(self, decode: Callable[[], Batch]) -> None:
        await self.accept(await asyncio.to_thread(decode))


async def answer_of(route: OtlpRoute, parts: AsyncIterator[bytes]) -> dict[str, Any]:
    """The first message of the answer to a body that arrives in parts."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        part = await anext(parts, None)
        return {"type": "http.request", "body": part or b"", "more_body": part is not None}

    async def send(message: Any) -> None:
        sent.append(message)

    await route.handle(SCOPE, receive, send)
    return sent[0]


async def whole(body: bytes) -> AsyncIterator[bytes]:
    yield body


def test_the_event_loop_goes_on_while_a_large_body_is_decoded() -> None:
    body = traces(*[make_span({"text": "x" * 3000})] * 5000).SerializeToString()
    ingest = Counting()
    route = OtlpRoute(ingest, lambda headers: None, 1 << 26)
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def scene() -> None:
        other = asyncio.create_task(turn())
        await answer_of(route, whole(body))
        other.cancel()

    asyncio.run(scene())

    assert ingest.spans == 5000
    assert turns > 10


def test_more_large_bodies_than_memory_allows_are_asked_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "_HELD_BYTES", 150_000)
    route = OtlpRoute(Counting(), lambda headers: None, 1 << 26)
    body = traces(make_span({"text": "x" * 100_000})).SerializeToString()
    go = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield body[:90_000]
        await go.wait()
        yield body[90_000:]

    async def scene() -> list[dict[str, Any]]:
        first = asyncio.create_task(answer_of(route, slow()))
        await asyncio.sleep(0)
        second = await answer_of(route, whole(body))
        go.set()
        return [second, await first, await answer_of(route, whole(body))]

    refused, taken, taken_again = asyncio.run(scene())

    assert refused["status"] == 503
    assert (b"retry-after", b"1") in refused["headers"]
    assert taken["status"] == taken_again["status"] == 200
