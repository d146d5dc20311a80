"""Calls of the REST API that the typed client has no method for, with the same errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import httpx
import typer

from pilothouse.client import Client, ConnectionFailed, calls
from pilothouse.client.calls import Answer, Request

ENDPOINT = typer.Option(
    "--endpoint", help="The address of the server; else PILOTHOUSE_ENDPOINT, else this machine."
)
API_KEY = typer.Option("--api-key", help="A key of the server; else PILOTHOUSE_API_KEY.")


class Rest(Client):
    """The client, and paths by name."""

    def get(self, path: str, **params: Any) -> Any:
        """The JSON that a GET answers."""
        return self._ask(Answer(Request(path=path, params=calls.given(params))))

    def text(self, path: str, **params: Any) -> str:
        """The text that a GET answers."""
        request = Request(path=path, params=calls.given(params))
        pieces: Iterator[bytes] = self._stream(calls.Pieces(request))
        return b"".join(pieces).decode()

    def post(self, path: str, body: Any) -> Any:
        """The JSON that a POST answers."""
        return self._ask(Answer(Request(method="POST", path=path, body=body)))

    def put(self, path: str, body: Any) -> Any:
        """The JSON that a PUT answers."""
        return self._ask(Answer(Request(method="PUT", path=path, body=body)))

    def patch(self, path: str, body: Any) -> Any:
        """The JSON that a PATCH answers."""
        return self._ask(Answer(Request(method="PATCH", path=path, body=body)))

    def delete(self, path: str) -> None:
        """Remove what stands at a path."""
        self._ask(Answer(Request(method="DELETE", path=path)))

    def upload(self, path: str, content: bytes, **params: Any) -> Any:
        """The JSON that a POST of a file answers."""
        asked = Request(method="POST", path=path, params=calls.given(params), body=content)
        return self._ask(Answer(asked))

    def send_otlp(self, signal: Literal["traces", "logs"], body: bytes) -> Any:
        """The answer to one OTLP request in JSON."""
        return self.post(f"/v1/{signal}", body)

    def events(self, path: str, **params: Any) -> Iterator[tuple[str, str]]:
        """Server-sent events as (name, data), until the server ends the stream."""
        name, data = "message", ""
        timeout = httpx.Timeout(30.0, read=None)
        try:
            with self._http.stream(
                "GET", path, params=calls.given(params), timeout=timeout
            ) as response:
                if not response.is_success:
                    response.read()
                calls.checked(response)
                for line in response.iter_lines():
                    if line.startswith("event:"):
                        name = line.removeprefix("event:").strip()
                    elif line.startswith("data:"):
                        data += line.removeprefix("data:").strip()
                    elif not line and data:
                        yield name, data
                        name, data = "message", ""
        except httpx.HTTPError as error:
            raise ConnectionFailed.by(self.endpoint, error) from error
