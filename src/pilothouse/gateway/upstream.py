"""One attempt at a provider over HTTP, and what each way of failing means."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import orjson

from pilothouse.gateway.errors import Failed, Refused
from pilothouse.gateway.models import Target

CONNECT_S: Final = 5.0
MOST_BYTES: Final = 64 * 2**20
"""A whole answer, and what of a stream is not yet an event, are at most so large."""
_KEPT_ALIVE_S: Final = 30.0
_QUOTED: Final = 1000
"""Characters of what a provider says that are told."""
_LONGEST_PAUSE_S: Final = 60.0
_EXCUSE_BYTES: Final = 64 * 1024
_EXCUSE_S: Final = 5.0
"""A body of an error is read so far and so long."""
_FORWARDED: Final[tuple[bytes, ...]] = (
    b"openai-beta",
    b"openai-organization",
    b"openai-project",
    b"idempotency-key",
)
_FORWARDED_TO_ANTHROPIC: Final = (b"anthropic-beta", b"idempotency-key")
_ANTHROPIC_VERSION: Final = b"2023-06-01"
_STATUS_OF: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""By the type of an error of Anthropic's, which may come within a stream."""
_RETRIED: Final = frozenset((408, 409, 429, 500, 502, 503, 504, 529))


@dataclass(slots=True)
class Opened:
    """A provider that began to answer with success."""

    response: aiohttp.ClientResponse
    is_stream: bool


class Upstream:
    """The one client session that all requests share."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, target: Target, path: str, body: bytes, asked: Mapping[bytes, bytes]
    ) -> Opened:
        """The head of an answer; raises Failed for everything but success."""
        response = await self.send(target, "POST", path, body, asked)
        if response.status == 200:
            kind = response.headers.get("content-type", "")
            return Opened(response, kind.startswith("text/event-stream"))
        said = await _excuse(response)
        raise _refusal(target, response.status, response.headers, said)

    async def send(
        self, target: Target, method: str, path: str, body: bytes, asked: Mapping[bytes, bytes]
    ) -> aiohttp.ClientResponse:
        """An answer of any status, of which the head was read. Raises Failed for none."""
        try:
            return await self._open().request(
                method,
                target.endpoint.base_url + path,
                data=body,
                headers=_headers(target, asked),
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _unreachable(target, error) from error

    async def whole(self, target: Target, opened: Opened) -> tuple[bytes, dict[str, Any]]:
        """The body of an answer and what it says. Raises Failed where it is none."""
        response = opened.response
        try:
            length = response.content_length
            if length is not None and length > MOST_BYTES:
                raise garbage(target, f"answered {length:,} bytes")
            body = await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise cut_off(target) from error
        finally:
            response.release()
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise garbage(target, "answered something that is no JSON") from error
        if type(said) is not dict:
            raise garbage(target, "answered JSON that is no object")
        if said.get("error"):
            raise told_error(target, said["error"])
        return body, said

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_ALIVE_S),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
                skip_auto_headers=("User-Agent",),
            )
        return self._session

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _headers(target: Target, asked: Mapping[bytes, bytes]) -> dict[str, str]:
    """What goes with a request: of the client's own only what is meant for providers."""
    headers = {"content-type": "application/json", "accept-encoding": "identity"}
    key, forwarded = target.endpoint.api_key, _FORWARDED
    if target.endpoint.type == "anthropic":
        forwarded = _FORWARDED_TO_ANTHROPIC
        version = asked.get(b"anthropic-version", _ANTHROPIC_VERSION)
        headers["anthropic-version"] = version.decode("latin-1")
        if key:
            headers["x-api-key"] = key
    elif key:
        headers["authorization"] = f"Bearer {key}"
    headers.update(target.endpoint.headers)
    for name in forwarded:
        if name in asked:
            headers[name.decode()] = asked[name].decode("latin-1")
    return headers


async def _excuse(response: aiohttp.ClientResponse) -> bytes:
    """What a provider says beside a status that is no success, as much as is to be told."""
    parts: list[bytes] = []
    left = _EXCUSE_BYTES
    try:
        async with asyncio.timeout(_EXCUSE_S):
            while left > 0 and (part := await response.content.read(left)):
                parts.append(part)
                left -= len(part)
    except (aiohttp.ClientError, OSError):  # a time-out is one, too: the status says enough
        pass
    finally:
        response.close()
    return b"".join(parts)


def too_late(target: Target, what: str) -> Failed:
    """The provider took longer than it may."""
    refused = Refused(504, "timeout", f"{target.endpoint.name} {what}")
    return Failed(refused, may_retry=True, is_fault=True)


def cut_off(target: Target) -> Failed:
    """The connection ended before the answer did."""
    told = f"{target.endpoint.name} ended its answer in the middle"
    return Failed(Refused(502, "provider_interrupted", told), may_retry=True, is_fault=True)


def garbage(target: Target, what: str) -> Failed:
    """The provider answered what is no answer."""
    refused = Refused(502, "provider_garbage", f"{target.endpoint.name} {what}")
    return Failed(refused, may_retry=True, is_fault=True)


def told_error(target: Target, error: Any) -> Failed:
    """An error that came as a success."""
    code = error.get("code") if isinstance(error, dict) else None
    if target.endpoint.type == "anthropic" and isinstance(error, dict):
        code = _STATUS_OF.get(str(error.get("type")), code)
    if type(code) is int and 400 <= code < 600:
        return _refusal(target, code, {}, orjson.dumps({"error": error}))
    told = _redacted(target, _message(error))
    refused = Refused(502, "provider_error", f"{target.endpoint.name}: {told}")
    return Failed(refused, may_retry=True, is_fault=True)


def _unreachable(target: Target, error: Exception) -> Failed:
    if isinstance(error, asyncio.TimeoutError):
        return too_late(target, f"could not be reached within {CONNECT_S:g} s")
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError) and not (
        isinstance(error, aiohttp.ClientConnectorError)
    ):
        return cut_off(target)
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
        return garbage(target, "answered something that is no HTTP")
    told = _redacted(target, str(error) or type(error).__name__)
    refused = Refused(
        502, "provider_unreachable", f"{target.endpoint.name} cannot be reached: {told}"
    )
    return Failed(refused, may_retry=True, is_fault=True)


def _refusal(target: Target, status: int, headers: Mapping[str, str], said: bytes) -> Failed:
    """What an answer other than success means for the client and for the target."""
    name = target.endpoint.name
    try:
        error = orjson.loads(said)
        error = error.get("error", error) if isinstance(error, dict) else error
    except orjson.JSONDecodeError:
        error = said.decode("utf-8", "replace")
    told = f"{name}: {_redacted(target, _message(error)) or f'status {status}'}"
    code = error.get("code") if isinstance(error, dict) else None
    code = code if isinstance(code, str) and code else ""
    param = error.get("param") if isinstance(error, dict) else None
    if status in (401, 403):
        # Whose key is wrong is the server's, not the client's.
        refused = Refused(502, "provider_unauthorized", told, is_final=True)
        return Failed(refused, may_retry=False, is_fault=True, sent_status=status)
    if status == 429:
        wait = retry_after_s(headers)
        refused = Refused(429, code or "rate_limit_exceeded", told, retry_after_s=wait)
        is_spent = code == "insufficient_quota"
        return Failed(
            refused, may_retry=not is_spent, is_fault=is_spent, limited_s=wait, sent_status=status
        )
    if status in _RETRIED or status >= 500:
        shown = 504 if status in (408, 504) else 502
        refused = Refused(shown, "timeout" if shown == 504 else "provider_error", told)
        return Failed(refused, may_retry=status in _RETRIED, is_fault=True, sent_status=status)
    if 400 <= status < 500:
        refused = Refused(
            status,
            code or "invalid_request",
            told,
            param=param if isinstance(param, str) else None,
        )
        return Failed(refused, may_retry=False, is_fault=False, sent_status=status)
    refused = Refused(502, "provider_garbage", f"{name} answered with status {status}")
    return Failed(refused, may_retry=False, is_fault=True, sent_status=status)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The pause that a provider asks for, where it says one that can be waited for."""
    exact, plain = headers.get("retry-after-ms"), headers.get("retry-after", "")
    try:
        wait = float(exact) / 1000 if exact else float(plain)
    except ValueError:
        try:
            wait = email.utils.parsedate_to_datetime(plain).timestamp() - time.time()
        except ValueError:
            return None
    return max(0.0, wait) if wait <= _LONGEST_PAUSE_S else _LONGEST_PAUSE_S


def _message(error: Any) -> str:
    if isinstance(error, dict):
        said = error.get("message") or error.get("detail") or error
        return said if isinstance(said, str) else orjson.dumps(said).decode()
    return error if isinstance(error, str) else orjson.dumps(error).decode()


def _redacted(target: Target, text: str) -> str:
    key = target.endpoint.api_key
    text = text.strip()
    return (text.replace(key, "[key]") if key else text)[:_QUOTED]
