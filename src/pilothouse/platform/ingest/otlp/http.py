"""OTLP over HTTP: one ASGI endpoint for traces, logs and metrics below all base paths in use.

The path of a one-span request is short on purpose (no middleware, no request object): it decides
how many small clients one server carries.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from pilothouse.platform.errors import ApiError
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.errors import IngestError
from pilothouse.platform.ingest.intake import Intake
from pilothouse.platform.ingest.otlp import json, protobuf
from pilothouse.platform.ingest.otlp.answers import Encoding, Refusal, Signal, failure, success
from pilothouse.platform.ingest.otlp.body import WINDOW_BITS, inflate, too_large
from pilothouse.platform.ingest.otlp.decoded import Decoded, MalformedBody

log = logging.getLogger(__name__)

DEFAULT_LIMIT_BYTES: Final = 64 * 1024 * 1024
BASE_PATHS: Final = (
    "", "/otel", "/api/public/otel", "/api/v1/private/otel",
    "/langsmith/otel", "/langsmith/api/otel", "/langsmith/api/v1/otel",
)  # fmt: skip

Authorise = Callable[[dict[str, str]], Any]
"""Takes the headers (lower-case names), plainly or as a coroutine; raises ApiError to refuse.

It may change them: the project that they name afterwards is the one that the request goes to.
"""
Decode = Callable[[bytes, Mapping[str, str]], Decoded]

_SIGNALS: Final[tuple[Signal, ...]] = ("traces", "logs", "metrics")
_DECODERS: Final[dict[tuple[Encoding, Signal], Decode]] = {
    ("protobuf", "traces"): protobuf.decode_traces,
    ("protobuf", "logs"): protobuf.decode_logs,
    ("protobuf", "metrics"): protobuf.decode_metrics,
    ("json", "traces"): json.decode_traces,
    ("json", "logs"): json.decode_logs,
    ("json", "metrics"): json.decode_metrics,
}
_MEDIA_TYPES: Final[dict[str, Encoding]] = {
    "application/x-protobuf": "protobuf",
    "application/protobuf": "protobuf",
    "application/octet-stream": "protobuf",
    "application/json": "json",
}
_SMALL_BYTES: Final = 64 * 1024
"""Up to here a body is decoded on the event loop: a thread would cost more than the decoding."""
_HELD_BYTES: Final = 256 * 1024 * 1024
"""What bodies that are being read may take together; further ones are asked to come back."""


class Ingest(Protocol):
    """Where decoded requests go."""

    async def accept(self, batch: Batch) -> None:
        """Return once the batch is durable; raise IngestError if it was not taken."""
        ...

    async def accept_from(self, decode: Callable[[], Batch]) -> None:
        """The same for a large request, decoded on the thread that takes it."""
        ...


def otlp_routes(
    ingest: Ingest, authorise: Authorise, limit_bytes: int = DEFAULT_LIMIT_BYTES
) -> list[BaseRoute]:
    """Routes that take OTLP over HTTP, for an application's list of routes."""
    return [OtlpRoute(ingest, authorise, limit_bytes)]


class OtlpRoute(BaseRoute):
    """`<base>/v1/{traces,logs,metrics}`; also an ASGI application in its own right."""

    def __init__(
        self,
        ingest: Ingest,
        authorise: Authorise,
        limit_bytes: int,
        intake: Intake | None = None,
    ) -> None:
        """`intake` counts what comes in."""
        self._ingest = ingest
        self._authorise = authorise
        self._limit_bytes = limit_bytes
        self._intake = Intake() if intake is None else intake
        self._held_bytes = 0

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and serves(scope["path"]):
            return Match.FULL, {}
        return Match.NONE, {}

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:  # Any: Starlette's signature
        from starlette.routing import NoMatchFound

        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        encoding = _MEDIA_TYPES.get(media_type)
        status, retry_after_s, allow = 200, None, ""
        try:
            body = await self._answer(scope, receive, headers, media_type, encoding)
        except Refusal as e:
            self._intake.refuse("otlp_http", e.status)
            status, retry_after_s, allow = e.status, e.retry_after_s, e.allow
            body = failure(e.status, e.message, encoding or "json")
        if encoding is None:
            media_type = "application/json"
        response_headers = [
            (b"content-type", media_type.encode()),
            (b"content-length", b"%d" % len(body)),
        ]
        if retry_after_s is not None:
            response_headers.append((b"retry-after", b"%d" % retry_after_s))
        if allow:
            response_headers.append((b"allow", allow.encode()))
        await send({"type": "http.response.start", "status": status, "headers": response_headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        headers: dict[str, str],
        media_type: str,
        encoding: Encoding | None,
    ) -> bytes:
        """The body of a success; raises Refusal for everything else."""
        signal = _SURFACES.get(scope["path"]) or _signal(scope["path"])
        if signal is None:
            raise Refusal(404, f"no OTLP endpoint at {scope['path']}")
        if scope["method"] != "POST":
            raise Refusal(405, "OTLP requests are sent with POST", allow="POST")
        if encoding is None:
            raise Refusal(
                415,
                f"content type {media_type!r} is not taken: send application/x-protobuf "
                "or application/json",
            )
        try:
            return await self._taken(receive, headers, signal, encoding)
        except MalformedBody as e:
            raise Refusal(400, str(e)) from e
        except IngestError as e:
            raise Refusal(503, str(e), retry_after_s=e.retry_after_s) from e
        except ApiError as e:
            raise Refusal(e.status, e.message) from e
        except Refusal:
            raise
        except Exception as e:  # the protocol wants its own error shape for our bugs too
            log.exception("an OTLP request failed")
            raise Refusal(500, "internal error; the server's log has the details") from e

    async def _taken(
        self, receive: Receive, headers: dict[str, str], signal: Signal, encoding: Encoding
    ) -> bytes:
        """The body of a success, once all of the request is durable."""
        principal = self._authorise(headers)
        if inspect.isawaitable(principal):
            await principal
        decode = _DECODERS[encoding, signal]
        decoded = await self._read(receive, headers, decode)
        self._intake.take("otlp_http", len(decoded.batch.sources), decoded.rejected_count)
        return success(decoded, encoding, signal)

    async def _read(self, receive: Receive, headers: Mapping[str, str], decode: Decode) -> Decoded:
        compression = headers.get("content-encoding", "").strip().lower()
        if compression in ("", "identity"):
            compression = ""
        elif compression not in WINDOW_BITS:
            raise Refusal(415, f"content encoding {compression!r} is not taken: send gzip")
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._limit_bytes:
            raise too_large(self._limit_bytes)
        message = await receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body"):
            return await self._read_in_parts(body, receive, headers, decode, compression)
        return await self._take(body, headers, decode, compression)

    async def _read_in_parts(
        self,
        first: bytes,
        receive: Receive,
        headers: Mapping[str, str],
        decode: Decode,
        compression: str,
    ) -> Decoded:
        parts, size = [first], len(first)
        self._held_bytes += size
        try:
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refusal(400, "the client went away before the end of the body")
                part = message.get("body", b"")
                more = message.get("more_body", False)
                parts.append(part)
                size += len(part)
                self._held_bytes += len(part)
                if size > self._limit_bytes:
                    raise too_large(self._limit_bytes)
                if self._held_bytes > _HELD_BYTES:
                    raise Refusal(503, "too many large requests at a time", retry_after_s=1)
            return await self._take(b"".join(parts), headers, decode, compression)
        finally:
            self._held_bytes -= size

    async def _take(
        self, body: bytes, headers: Mapping[str, str], decode: Decode, compression: str
    ) -> Decoded:
        if len(body) <= _SMALL_BYTES:
            with contextlib.suppress(Refusal):  # small as sent, large when inflated
                plain = inflate(body, compression, _SMALL_BYTES) if compression else body
                decoded = decode(plain, headers)
                if decoded.batch:
                    await self._ingest.accept(decoded.batch)
                return decoded
        made: list[Decoded] = []

        def job() -> Batch:
            plain = inflate(body, compression, self._limit_bytes) if compression else body
            made.append(decode(plain, headers))
            return made[0].batch

        await self._ingest.accept_from(job)
        return made[0]


def serves(path: str) -> bool:
    """Whether an OTLP endpoint answers there, be it with 404."""
    return path in _SURFACES or _signal(path) is not None or _is_below_base(path)


# Path as clients write it → signal; other spellings go through `_signal`.
_SURFACES: Final[dict[str, Signal]] = {
    f"{base}/v1/{signal}": signal for base in BASE_PATHS for signal in _SIGNALS
}


def _signal(path: str) -> Signal | None:
    """The signal of a path with doubled or trailing slashes."""
    return _SURFACES.get("/" + "/".join(part for part in path.split("/") if part))


def _is_below_base(path: str) -> bool:
    return any(base and path.startswith(f"{base}/") for base in BASE_PATHS)


def _headers(scope: Scope) -> dict[str, str]:
    """Headers by lower-case name; values are UTF-8 as browsers send them, else Latin-1."""
    try:
        return {name.decode(): value.decode() for name, value in scope["headers"]}
    except UnicodeDecodeError:
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
