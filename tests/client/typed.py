"""What type checkers see of both clients; mypy reads this, nothing runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

from pilothouse.client import AsyncClient, Client
from pilothouse.client.models import Score, Trace, TraceDetail


def of_client(client: Client) -> None:
    """Answers and iterators."""
    assert_type(client.trace("id", "desk", payloads=False), TraceDetail)
    assert_type(client.traces("desk", limit=3), Iterator[Trace])
    assert_type(client.add_scores({"name": "tone"}), list[Score])
    assert_type(client.count_spans(), int)
    assert_type(client.export("spans", format="csv"), Iterator[bytes])
    assert_type(client.export_rows(), Iterator[Any])


async def of_async_client(client: AsyncClient) -> None:
    """The same, awaited."""
    assert_type(await client.trace("id", "desk", payloads=False), TraceDetail)
    assert_type(client.traces("desk", limit=3), AsyncIterator[Trace])
    assert_type(await client.add_scores({"name": "tone"}), list[Score])
    assert_type(await client.count_spans(), int)
    assert_type(client.export("spans", format="csv"), AsyncIterator[bytes])
    assert_type(client.export_rows(), AsyncIterator[Any])
