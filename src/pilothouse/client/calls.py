"""Requests of the REST API as plain data, and their answers read: no network here."""

from __future__ import annotations

import datetime as dt
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypedDict, TypeVar
from urllib.parse import quote

import httpx

from pilothouse.client.errors import WrongEndpoint, api_error

DEFAULT_ENDPOINT = "http://localhost:8484"
AGAIN = frozenset((429, 502, 503, 504))
"""Statuses after which a reading request is tried again."""
TRIES = 3
PAGE = 500
When = dt.datetime | str
Params = dict[str, str | int | bool | list[str]]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent; a body becomes JSON, bytes are taken to be JSON already."""

    method: str = "GET"
    path: str
    params: Params = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Answer(Generic[Item]):
    """A request, and how the JSON of its answer is read."""

    request: Request
    read: Callable[[Any], Item] = lambda body: body


class Pages(Generic[Item]):
    """The items of a list, page by page, `limit` in all."""

    def __init__(self, path: str, asked: Params, limit: int | None = None) -> None:
        self._path = path
        self._asked = asked
        self._left = limit
        self._over = False

    def request(self) -> Request | None:
        """The next page; None after the last."""
        if self._over or (self._left is not None and self._left <= 0):
            return None
        size = PAGE if self._left is None else min(self._left, PAGE)
        return Request(path=self._path, params={**self._asked, "limit": size})

    def take(self, page: Mapping[str, Any]) -> list[Item]:
        """The items of a page."""
        items: list[Item] = page["items"]
        if self._left is not None:
            self._left -= len(items)
        cursor = page.get("next_cursor")
        self._over = cursor is None
        if cursor is not None:
            self._asked = {**self._asked, "cursor": cursor}
        return items


class Download(ABC, Generic[Item]):
    """A long answer that is read while it arrives."""

    def __init__(self, request: Request) -> None:
        self.request = request

    @abstractmethod
    def take(self, piece: bytes) -> Iterable[Item]:
        """What a piece completes."""

    def rest(self) -> Iterable[Item]:
        """What is left when all has arrived."""
        return ()


class Pieces(Download[bytes]):
    """The bytes as they come."""

    def take(self, piece: bytes) -> Iterable[bytes]:
        """The piece itself."""
        return (piece,)


class Rows(Download[Any]):
    """The JSON documents of the lines."""

    _open = b""
    """The beginning of a line whose end has not come yet."""

    def take(self, piece: bytes) -> Iterable[Any]:
        """Those of the lines that end here."""
        *lines, self._open = (self._open + piece).split(b"\n")
        return (json.loads(line) for line in lines if line)

    def rest(self) -> Iterable[Any]:
        """That of a last line without an end."""
        return (json.loads(self._open),) if self._open.strip() else ()


def address(endpoint: str | None) -> str:
    """The server's address: argument, PILOTHOUSE_ENDPOINT, the default. Raises WrongEndpoint."""
    given = (endpoint or os.environ.get("PILOTHOUSE_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
    try:
        url = httpx.URL(given)
    except (httpx.InvalidURL, ValueError):
        raise WrongEndpoint(given, "is no address") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise WrongEndpoint(given, "is no http(s) address")
    return given


def is_loopback(endpoint: str) -> bool:
    """Whether the server is on this machine, where no proxy leads."""
    return httpx.URL(endpoint).host in ("localhost", "127.0.0.1", "::1")


def headers(api_key: str | None) -> dict[str, str]:
    """Those of each request."""
    key = api_key or os.environ.get("PILOTHOUSE_API_KEY", "")
    found = {"User-Agent": "pilothouse-python", "Accept": "application/json"}
    return {**found, "Authorization": f"Bearer {key}"} if key else found


class Window(TypedDict, total=False):
    """From when until when, and what holds of each item."""

    since: When | None
    until: When | None
    filter: str | None


class Search(Window, total=False):
    """A window, and words that are looked for."""

    q: str | None


class Listing(Search, total=False):
    """What a list holds, in which order, and how much of it."""

    order_by: str | None
    limit: int | None


def window(project: str | None, where: Mapping[str, Any]) -> Params:
    """The parameters that all lists share, but for the limit."""
    return given(
        {
            "project": project,
            "from": moment(where.get("since")),
            "to": moment(where.get("until")),
            **{name: where.get(name) for name in ("filter", "q", "order_by")},
        }
    )


def given(parameters: Mapping[str, Any]) -> Params:
    """Only those that were given."""
    return {key: value for key, value in parameters.items() if value is not None}


def moment(when: When | None) -> str | None:
    """A time as RFC 3339; one without a zone is taken to be local, as Python does."""
    if isinstance(when, dt.datetime):
        return when.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    return when


def path(*parts: str) -> str:
    """A path below `/api/v1`, each part quoted whole."""
    return "/api/v1/" + "/".join(quote(part, safe="") for part in parts)


def sent(asked: Request) -> dict[str, Any]:
    """A request as httpx takes it."""
    found = {"method": asked.method, "url": asked.path, "params": asked.params}
    if isinstance(asked.body, bytes):
        kind = {"Content-Type": "application/json"}
        return {**found, "content": asked.body, "headers": kind}
    return {**found, "json": asked.body}


def may_repeat(asked: Request, response: httpx.Response, tries: int) -> bool:
    """Whether to send it again: only reading requests, which a second time do no harm."""
    return asked.method == "GET" and response.status_code in AGAIN and tries < TRIES


def wait_s(response: httpx.Response, tries: int) -> float:
    """How long to wait before the next try."""
    try:
        return min(float(response.headers.get("Retry-After", "")), 10.0)
    except ValueError:
        return min(0.25 * 2.0**tries, 5.0)


def checked(response: httpx.Response) -> httpx.Response:
    """The response, if it is a success. Raises `ApiError`."""
    if response.is_success:
        return response
    try:
        body: Any = response.json()
    except ValueError:
        body = response.text
    raise api_error(response.status_code, body)


def content(response: httpx.Response) -> Any:
    """The JSON of a success; None where it has no content. Raises WrongEndpoint."""
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError:
        endpoint = str(response.request.url.copy_with(raw_path=b"/")).rstrip("/")
        raise WrongEndpoint(endpoint, "answers, but not as Pilothouse does") from None
