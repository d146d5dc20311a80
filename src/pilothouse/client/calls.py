"""Requests of the REST API as plain data, and their answers read: no network here."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from pilothouse.client.errors import api_error

DEFAULT_ENDPOINT = "http://localhost:8484"
AGAIN = frozenset((429, 502, 503, 504))
"""Statuses after which a reading request is tried again."""
TRIES = 3
PAGE = 500
When = dt.datetime | str
Params = dict[str, str | int | bool]


def address(endpoint: str | None) -> str:
    """The server's address: argument, PILOTHOUSE_ENDPOINT, the default."""
    return (endpoint or os.environ.get("PILOTHOUSE_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")


def is_loopback(endpoint: str) -> bool:
    """Whether the server is on this machine, where no proxy leads."""
    return httpx.URL(endpoint).host in ("localhost", "127.0.0.1", "::1")


def headers(api_key: str | None) -> dict[str, str]:
    """Those of each request."""
    key = api_key or os.environ.get("PILOTHOUSE_API_KEY", "")
    found = {"User-Agent": "pilothouse-python", "Accept": "application/json"}
    return {**found, "Authorization": f"Bearer {key}"} if key else found


def window(
    project: str | None,
    since: When | None,
    until: When | None,
    filter: str | None,  # noqa: A002 - the API's word
    q: str | None,
    order_by: str | None = None,
) -> Params:
    """The parameters that all lists share."""
    return given(
        {
            "project": project,
            "from": moment(since),
            "to": moment(until),
            "filter": filter,
            "q": q,
            "order_by": order_by,
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
