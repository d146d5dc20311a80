"""Answers are compressed where they travel, and as they are on this machine."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse

from pilothouse.platform.compression import Compression


@pytest.mark.parametrize(
    ("client", "headers", "compressed"),
    [
        pytest.param("127.0.0.1", {}, False, id="this machine"),
        pytest.param("::1", {}, False, id="this machine by IPv6"),
        pytest.param("127.0.0.1", {"x-forwarded-for": "10.0.0.7"}, True, id="a proxy here"),
        pytest.param("10.0.0.7", {}, True, id="another machine"),
        pytest.param("10.0.0.7", {"accept-encoding": "identity"}, False, id="who cannot inflate"),
    ],
)
def test_answers_are_compressed_where_they_travel(
    client: str, headers: dict[str, str], compressed: bool
) -> None:
    async def ask() -> httpx.Response:
        app = Compression(PlainTextResponse("a trace " * 1000))
        transport = httpx.ASGITransport(app, client=(client, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as http:
            return await http.get("/", headers=headers)

    answer = asyncio.run(ask())

    assert answer.text == "a trace " * 1000
    assert (answer.headers.get("content-encoding") == "gzip") is compressed
