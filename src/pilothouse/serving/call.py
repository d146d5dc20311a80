"""One HTTP request as our routes see it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

import orjson

from pilothouse.serving.errors import InvalidInput, Refusal
from pilothouse.serving.ids import new_hex

if TYPE_CHECKING:
    from pilothouse.serving.keys import Principal
    from pilothouse.serving.runs import Run

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
SECRET: Final = frozenset(("authorization", "x-api-key", "api-key", "cookie"))
_ID: Final = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)


class Call:
    """Method, path, headers and body; what the answer's head has to say besides."""

    __slots__ = (
        "_headers",
        "body_limit",
        "head",
        "method",
        "params",
        "path",
        "principal",
        "receive",
        "request_id",
        "run",
        "scope",
        "send",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, body_limit: int) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.params: dict[str, str] = {}
        """What the path's template names."""
        self.principal: Principal | None = None
        self.run: Run | None = None
        self.body_limit = body_limit
        self.head: list[tuple[bytes, bytes]] = []
        self._headers: dict[str, str] | None = None
        given = self.header("x-request-id")
        self.request_id = given if given and _ID.fullmatch(given) else new_hex()

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name; of several the last."""
        if self._headers is None:
            self._headers = {
                k.decode("latin-1"): v.decode("latin-1") for k, v in self.scope["headers"]
            }
        return self._headers

    def header(self, name: str) -> str | None:
        """One header."""
        return self.headers.get(name)

    def cookie(self, name: str) -> str | None:
        """One cookie; whatever others of this host are like, which http.cookies minds."""
        for part in (self.header("cookie") or "").split(";"):
            found, _, value = part.strip().partition("=")
            if found == name:
                return value
        return None

    def may_come_from(self, allowed: Collection[str]) -> bool:
        """Browsers say whose page asks; other clients say nothing. `allowed` are origins."""
        origin = self.header("origin")
        if origin is None or origin in allowed:
            return True
        return urlsplit(origin).netloc == self.header("host")

    def open_headers(self) -> dict[str, str]:
        """All but credentials."""
        return {name: value for name, value in self.headers.items() if name not in SECRET}

    @property
    def query(self) -> dict[str, str]:
        """The query string; of several values the last."""
        return dict(self.query_pairs)

    @property
    def query_pairs(self) -> list[tuple[str, str]]:
        """The query string, in its order; raises InvalidInput."""
        pairs = parse_qsl(self.scope.get("query_string", b"").decode("latin-1"))
        if any("\x00" in value for _, value in pairs):
            raise InvalidInput("the query has a NUL, which is never kept")
        return pairs

    async def body(self) -> bytes:
        """All of the body; Refusal 413 beyond the limit, before more than that is read."""
        declared = self.header("content-length")
        if declared is not None and declared.isdigit() and int(declared) > self.body_limit:
            raise self._too_large()
        message = await self.receive()
        data: bytes = message.get("body", b"")
        if message.get("more_body"):
            parts, size = [data], len(data)
            while message.get("more_body"):
                message = await self.receive()
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > self.body_limit:
                    raise self._too_large()
            data = b"".join(parts)
        if message["type"] == "http.disconnect":
            raise Refusal("the client went away", status=499, code="disconnect")
        if len(data) > self.body_limit:
            raise self._too_large()
        return data

    async def json(self) -> dict[str, Any]:
        """The body, a JSON object; raises InvalidInput."""
        try:
            value = orjson.loads(await self.body())
        except orjson.JSONDecodeError as error:
            raise InvalidInput(
                f"the body is no JSON: {error.msg}",
                details=[{"type": "json_invalid", "loc": ["body", error.pos], "msg": error.msg}],
            ) from None
        if not isinstance(value, dict):
            raise InvalidInput(
                "the body must be a JSON object",
                details=[{"type": "dict_type", "loc": [], "msg": "must be an object"}],
            )
        return value

    def _too_large(self) -> Refusal:
        return Refusal(
            f"the body is larger than {self.body_limit:,} bytes", status=413, code="too_large"
        )
