"""The REST API as Python calls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Self, TypeVar

import httpx

from pilothouse.client import calls
from pilothouse.client.api import Api
from pilothouse.client.calls import Answer, Download, Pages
from pilothouse.client.errors import ConnectionFailed

Value = TypeVar("Value")


class Client(Api):
    """Talks to a Pilothouse server.

    `endpoint` and `api_key` default to PILOTHOUSE_ENDPOINT and PILOTHOUSE_API_KEY. Lists follow
    their pages by themselves; `limit` bounds what they give in all. Times are aware datetimes or
    RFC 3339 text. Raises the errors of `pilothouse.client.errors`.

        with Client("http://localhost:8484") as client:
            for trace in client.traces("support", filter='status = "error"', limit=20):
                print(trace["name"], trace["error_type"])
    """

    def __init__(
        self,
        endpoint: str | None = None,
        api_key: str | None = None,
        *,
        timeout_s: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.endpoint = calls.address(endpoint)
        self._http = httpx.Client(
            base_url=self.endpoint,
            headers=calls.headers(api_key),
            timeout=timeout_s,
            trust_env=not calls.is_loopback(self.endpoint),
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def ready(self) -> bool:
        """Whether the server answers and both of its stores do."""
        try:
            return self._http.get("/readyz").is_success
        except httpx.HTTPError:
            return False

    def _ask(self, answer: Answer[Value]) -> Value:
        return answer.read(calls.content(self._send(answer.request)))

    def _turn(self, pages: Pages[Value]) -> Iterator[Value]:
        while (request := pages.request()) is not None:
            yield from pages.take(calls.content(self._send(request)))

    def _stream(self, download: Download[Value]) -> Iterator[Value]:
        try:
            with self._http.stream(**calls.sent(download.request)) as response:
                if not response.is_success:
                    response.read()
                calls.checked(response)
                for piece in response.iter_bytes():
                    yield from download.take(piece)
        except httpx.HTTPError as error:
            raise ConnectionFailed.by(self.endpoint, error) from error
        yield from download.rest()

    def _send(self, asked: calls.Request) -> httpx.Response:
        tries = 0
        while True:
            try:
                response = self._http.request(**calls.sent(asked))
            except httpx.HTTPError as error:
                raise ConnectionFailed.by(self.endpoint, error) from error
            tries += 1
            if not calls.may_repeat(asked, response, tries):
                return calls.checked(response)
            time.sleep(calls.wait_s(response, tries))
