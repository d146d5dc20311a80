"""Calls of the LangSmith protocol: of the server that is copied, and of ours."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

import httpx

from pilothouse.cli.terminal import Failure

Params = Mapping[str, Any] | None
Json = dict[str, Any]  # JSON of other people's programs
PAGE: Final = 100
TRIES: Final = 6
PLATFORM: Final = "/v1/platform"
"""Where the newer half of the protocol lies below our own address."""
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class Refused(Failure):
    """The server said no; `status` is what it said."""

    def __init__(self, status: int, base: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self._base = base

    def is_of(self, api: Api) -> bool:
        """Whether that server said it."""
        return self._base == api.base


class Part(Protocol):
    """A part of multipart/form-data."""

    @property
    def data(self) -> bytes: ...
    @property
    def mime_type(self) -> str: ...


class Api:
    """One server that speaks the protocol."""

    def __init__(self, base: str, api_key: str | None) -> None:
        headers = {"x-api-key": api_key} if api_key else {}
        self.base = base.rstrip("/")
        self._http = httpx.Client(headers=headers, timeout=httpx.Timeout(120, connect=10))

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:
        return self.ask("GET", path, params=params)

    def post(self, path: str, body: Any) -> Any:
        return self.ask("POST", path, body=body)

    def pages(self, path: str, **params: Any) -> Iterator[Json]:
        """The rows of a list, which ends with a page that is not full."""
        offset = 0
        while True:
            rows = self.get(path, **params, limit=PAGE, offset=offset)
            yield from rows
            if len(rows) < PAGE:
                return
            offset += len(rows)

    def platform(self, path: str) -> str:
        """A path of the protocol's newer half, below this server's address."""
        return ("/platform" if self.base.endswith("/v1") else PLATFORM) + path

    def platform_items(self, path: str, **params: Any) -> Iterator[Json]:
        """The rows of a list of the protocol's newer half, which goes on by cursors."""
        path = self.platform(path)
        cursor: Json = {}
        while True:
            page = self.get(path, **params, **cursor, page_size=PAGE)
            yield from page.get("items") or ()
            if not page.get("next_cursor"):
                return
            cursor = {"cursor": page["next_cursor"]}

    def ask(self, method: str, path: str, *, params: Params = None, body: Any = None) -> Any:
        """The JSON of an answer, tried again where that may help. Raises Failure, Refused."""
        return self._json(self._answer(method, self.base + path, params=params, json=body))

    def send(self, method: str, path: str, parts: Mapping[str, Part]) -> None:
        """Send parts of multipart/form-data. Raises Failure, Refused."""
        files = [(name, (None, part.data, part.mime_type)) for name, part in parts.items()]
        self._answer(method, self.base + path, files=files)

    def file(self, url: str) -> bytes | None:
        """What a signed link leads to that the server gave, None where that is nothing."""
        try:
            # It may lead to another host, which is to see no key.
            whole = url if "://" in url else self.base + url
            return self._answer("GET", whole, headers={"x-api-key": ""}).content
        except Refused:
            return None

    def _answer(self, method: str, url: str, **what: Any) -> httpx.Response:
        problem = ""
        for trial in range(TRIES):
            wait = min(0.5 * 2**trial, 20.0)
            try:
                answer = self._http.request(method, url, **what)
            except httpx.HTTPError as error:
                problem = f"{type(error).__name__} {error}".strip()
            else:
                if answer.is_success:
                    return answer
                problem = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code not in _AGAIN:
                    raise Refused(answer.status_code, self.base, f"{method} {url}: {problem}")
                wait = _told(answer.headers.get("retry-after"), wait)
            if trial + 1 < TRIES:
                time.sleep(wait)
        raise Failure(f"{method} {url}: {problem}")

    def _json(self, answer: httpx.Response) -> Any:
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise Failure(
                f"{answer.url} answers with no JSON; is {self.base} the address of an API?"
            ) from None


def _told(header: str | None, usual: float) -> float:
    try:
        return min(60.0, float(header or usual))
    except ValueError:
        return usual
