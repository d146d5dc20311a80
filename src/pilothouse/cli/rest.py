"""Calls of the REST API that the typed client has no method for, with the same errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import typer

from pilothouse.client import ConnectionFailed, calls

ENDPOINT = typer.Option(
    "--endpoint", help="The address of the server; else PILOTHOUSE_ENDPOINT, else this machine."
)
API_KEY = typer.Option("--api-key", help="A key of the server; else PILOTHOUSE_API_KEY.")


class Rest:
    """One server."""

    def __init__(
        self, endpoint: str | None, api_key: str | None, *, timeout_s: float = 60.0
    ) -> None:
        self.endpoint = calls.address(endpoint)
        self._http = httpx.Client(
            base_url=self.endpoint,
            headers=calls.headers(api_key),
            timeout=timeout_s,
            trust_env=not calls.is_loopback(self.endpoint),
        )

    def get(self, path: str, **params: Any) -> Any:
        """The JSON that a GET answers."""
        return self._call("GET", path, params=calls.given(params))

    def post(self, path: str, body: Any) -> Any:
        """The JSON that a POST answers."""
        return self._call("POST", path, json=body)

    def delete(self, path: str) -> Any:
        """The JSON that a DELETE answers."""
        return self._call("DELETE", path)

    def send_otlp(self, body: bytes) -> Any:
        """The answer to one OTLP request in JSON."""
        headers = {"content-type": "application/json"}
        return self._call("POST", "/v1/traces", content=body, headers=headers)

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
            raise ConnectionFailed(self.endpoint, str(error) or type(error).__name__) from error

    def _call(self, method: str, path: str, **how: Any) -> Any:
        try:
            response = self._http.request(method, path, **how)
        except httpx.HTTPError as error:
            raise ConnectionFailed(self.endpoint, str(error) or type(error).__name__) from error
        calls.checked(response)
        return response.json() if response.content else None
