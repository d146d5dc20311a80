"""The REST API as coroutines; the same calls as `Client`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Self, TypeVar

import httpx

from pilothouse.client import calls
from pilothouse.client.api import Api
from pilothouse.client.calls import Answer, Download, Pages
from pilothouse.client.errors import ConnectionFailed

Value = TypeVar("Value")


class AsyncClient(Api):
    """Talks to a Pilothouse server without blocking the event loop.

    `endpoint` and `api_key` default to PILOTHOUSE_ENDPOINT and PILOTHOUSE_API_KEY. Lists follow
    their pages by themselves; `limit` bounds what they give in all. Times are aware datetimes or
    RFC 3339 text. Raises the errors of `pilothouse.client.errors`.

        async with AsyncClient("http://localhost:8484") as client:
            async for trace in client.traces("support", limit=20):
                print(trace["name"])
    """

    def __init__(
        self,
        endpoint: str | None = None,
        api_key: str | None = None,
        *,
        timeout_s: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.endpoint = calls.address(endpoint)
        self._http = httpx.AsyncClient(
            base_url=self.endpoint,
            headers=calls.headers(api_key),
            timeout=timeout_s,
            trust_env=not calls.is_loopback(self.endpoint),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def ready(self) -> bool:
        """Whether the server answers and both of its stores do."""
        try:
            return (await self._http.get("/readyz")).is_success
        except httpx.HTTPError:
            return False

    async def _ask(self, answer: Answer[Value]) -> Value:
        return answer.read(calls.content(await self._send(answer.request)))

    async def _turn(self, pages: Pages[Value]) -> AsyncIterator[Value]:
        while (request := pages.request()) is not None:
            for item in pages.take(calls.content(await self._send(request))):
                yield item

    async def _stream(self, download: Download[Value]) -> AsyncIterator[Value]:
        try:
            async with self._http.stream(**calls.sent(download.request)) as response:
                if not response.is_success:
                    await response.aread()
                calls.checked(response)
                async for piece in response.aiter_bytes():
                    for item in download.take(piece):
                        yield item
        except httpx.HTTPError as error:
            raise ConnectionFailed.by(self.endpoint, error) from error
        for item in download.rest():
            yield item

    async def _send(self, asked: calls.Request) -> httpx.Response:
        tries = 0
        while True:
            try:
                response = await self._http.request(**calls.sent(asked))
            except httpx.HTTPError as error:
                raise ConnectionFailed.by(self.endpoint, error) from error
            tries += 1
            if not calls.may_repeat(asked, response, tries):
                return calls.checked(response)
            await asyncio.sleep(calls.wait_s(response, tries))
