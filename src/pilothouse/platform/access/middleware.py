"""Decides before anything else whether a request may pass.

Loopback asks for no key, so it trusts only what comes from the machine itself: a page of another
origin may not write, and a name that somebody else's DNS points at this machine is not ours. On
any other address each request to the API needs a key or a signed-in browser. Pages are the same
files for everybody and hold no data, so they are served to all: the app itself asks to sign in.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from pilothouse.platform.access.credentials import credential
from pilothouse.platform.access.models import ANYONE, Principal, Scope
from pilothouse.platform.access.service import Access, missing, require
from pilothouse.platform.errors import ApiError, Forbidden, Unauthorized
from pilothouse.platform.langsmith_paths import canonical
from pilothouse.platform.settings import Settings

Message = dict[str, Any]  # as in the ASGI specification
App = Callable[[Any, Any, Any], Any]

HEALTH: Final = frozenset({"/healthz", "/readyz"})
PROTECTED: Final = (
    "/api/", "/v1/", "/gateway/", "/langsmith", "/metrics", "/mcp", "/openapi.json", "/docs",
    "/redoc",
)  # fmt: skip
SIGNING_IN: Final = frozenset({"/api/v1/login", "/api/v1/logout", "/api/v1/me"})
_PUBLIC: Final = re.compile(
    r"/api/v1/public/."
    r"|/langsmith(/api(/v[12])?)?/(info/?$|public/.|attachments/.|feedback/tokens/[^/]+/?$)"
)
"""Whoever has the token in such a path may ask, and a wrong key does not hinder: the token is the
key. What a client of LangSmith asks before it has a key is there too."""
_FEEDBACK: Final = re.compile(r"/api/v1/public/feedback/[^/]+")
"""Where visitors of any page give feedback: the token in the path is all that it takes."""
_OWN_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_QUESTIONS: Final = frozenset({"/api/v1/metrics/query", "/api/v1/spans/count"})
_SENT: Final = frozenset({"/api/v1/scores", "/api/v1/rules/check", "/api/v1/rules/end-session"})
"""What an application that sends its traces does beside that."""
_ASKED: Final = {
    "alerts": "/preview", "costs": "/reconcile", "prompts": "/render", "rules": "/why"
}  # fmt: skip
"""By area: how a path ends that is asked with POST, too."""
_ADMINS_ONLY: Final = (
    "projects", "keys", "accounts", "prices", "backups", "storage", "providers", "gateway"
)  # fmt: skip
_OF_NO_PROJECT: Final = frozenset({
    "projects", "server", "jobs", "views", "prices", "filters", "prompts", "annotation-queues",
    "feedback-configs", "feedback-tokens", "shares", "datasets", "examples", "experiments",
    "comparative-experiments", "providers", "evaluators", "rules", "alerts", "dashboards",
    "budgets", "gateway",
})  # fmt: skip
"""Areas that show each caller their own, or the same to all, or say themselves who may not."""
_MOST_HOSTS: Final = 1000


class AccessMiddleware:
    """Lets pass who may; `scope["state"]["principal"]` says to all behind it who that is."""

    def __init__(
        self,
        app: App,
        access: Access,
        settings: Settings,
        *,
        authorises_itself: Callable[[str], bool] = lambda path: False,
    ) -> None:
        """`authorises_itself` names paths whose protocol has an answer of its own to strangers."""
        self._app = app
        self._access = access
        self._is_open = access.is_open
        self._authorises_itself = authorises_itself
        self._names = {*_OWN_NAMES, *settings.allowed_hosts}
        self._origins = {origin.rstrip("/").lower() for origin in settings.cors_origins}
        public = urlsplit(settings.public_url.lower())
        self._own_origins = {f"{public.scheme}://{public.netloc}"} if public.netloc else set()
        self._hosts: dict[bytes, bool] = {}
        """Whether a Host header names this machine, as far as it was asked."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = origin = b""
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"origin":
                origin = value
        if origin:
            await self._from_browser(scope, receive, send, host, origin.decode("latin-1"))
            return
        if self._is_open and (self._hosts.get(host)):
            scope.setdefault("state", {})["principal"] = ANYONE
            await self._app(scope, receive, send)
            return
        await self._checked(scope, receive, send, host)

    async def _from_browser(
        self, scope: Any, receive: Any, send: Any, host: bytes, origin: str
    ) -> None:
        if origin.lower() in self._origins:
            shared = origin
        elif _FEEDBACK.fullmatch(scope["path"]):
            shared = "*"
        else:
            if scope["method"] not in _SAFE and not self._is_own(origin, host):
                await _refuse(send, Forbidden(f"pages of {origin} may not write to this server"))
                return
            await self._checked(scope, receive, send, host)
            return
        if scope["method"] == "OPTIONS" and _has(scope, b"access-control-request-method"):
            await _answer(send, 204, b"", _preflight(scope, shared))
            return

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_shared_with(shared)]
            await send(message)

        await self._checked(scope, receive, send_shared, host)

    async def _checked(self, scope: Any, receive: Any, send: Any, host: bytes) -> None:
        path = scope["path"]
        if path not in HEALTH:
            try:
                principal = await self._principal(scope, path, host)
            except ApiError as error:
                await _refuse(send, error)
                return
            scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, send)

    async def _principal(self, scope: Any, path: str, host: bytes) -> Principal | None:
        if self._is_open:
            if not self._is_own_name(host):
                raise Forbidden(
                    f"this server does not answer to the name {_shown(host)}; "
                    "allow it with --allowed-host"
                )
            return ANYONE
        if self._authorises_itself(path):
            return None
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in {b"authorization", b"x-api-key", b"api_key", b"api-key", b"cookie"}
        }
        secret = credential(headers)
        principal = None
        if secret is not None:
            fresh, principal = self._access.known_already(secret)
            if not fresh:
                principal = await asyncio.to_thread(self._access.known, secret)
        if path in SIGNING_IN or not path.startswith(PROTECTED) or _PUBLIC.match(path):
            return principal
        if principal is None:
            raise Unauthorized(missing(secret is not None))
        require(principal, needed(scope["method"], path))
        _within_project(principal, scope)
        return principal

    def _is_own_name(self, host: bytes) -> bool:
        answer = self._hosts.get(host)
        if answer is None:
            if len(self._hosts) >= _MOST_HOSTS:
                self._hosts.clear()
            answer = self._hosts[host] = _name(host.decode("latin-1")) in self._names
        return answer

    def _is_own(self, origin: str, host: bytes) -> bool:
        origin = origin.lower()
        if origin in self._own_origins:
            return True
        address = urlsplit(origin).netloc
        here = host.decode("latin-1").lower()
        if address == here:
            return True
        # localhost and 127.0.0.1 are one place under two names, if the port is the same.
        both = {_name(address), _name(here)}
        return self._is_open and both <= self._names and _port(address) == _port(here)


def needed(method: str, path: str) -> Scope:
    """The scope that a request needs on a server that asks for one."""
    if path.startswith("/langsmith"):
        return _needed_for_langsmith(method, canonical(path.removeprefix("/langsmith")))
    if not path.startswith("/api/v1/"):
        return "read" if method in _SAFE else "ingest"
    area = path.removeprefix("/api/v1/").partition("/")[0]
    if area in {"keys", "accounts", "backups"}:
        return "admin"
    if method in _SAFE or path in _QUESTIONS or path.endswith(_ASKED.get(area, "\0")):
        return "read"
    if path in _SENT and method == "POST":
        return "ingest"
    if path.startswith("/api/v1/alerts/channels"):
        return "admin"
    return "admin" if area in _ADMINS_ONLY else "write"


def _needed_for_langsmith(method: str, path: str) -> Scope:
    """The scope for a path of LangSmith's protocol in its one spelling."""
    if method in _SAFE or _LANGSMITH_QUESTIONS.fullmatch(path):
        return "read"
    return "ingest" if _LANGSMITH_RUNS.fullmatch(path) else "write"


_LANGSMITH_QUESTIONS: Final = re.compile(
    r".*/(?:query|stats)|/runs/group|/datasets/[^/]+/runs(?:/delta)?|.*/experiment-runs|.*/search"
)
"""Paths that are asked with POST."""
_LANGSMITH_RUNS: Final = re.compile(r"/runs(?:/(?:batch|multipart|[0-9a-fA-F-]{32,36}))?|/feedback")


def _within_project(principal: Principal, scope: Any) -> None:
    """A key of one project reads what names that project, and nothing else."""
    if principal.project is None or not scope["path"].startswith("/api/v1/"):
        return
    if scope["path"].removeprefix("/api/v1/").partition("/")[0] in _OF_NO_PROJECT:
        return
    named = parse_qs(scope["query_string"].decode("latin-1")).get("project", [])
    if scope["method"] == "POST" and scope["path"] == "/api/v1/scores":
        return  # the route knows the project of each score
    if scope["method"] == "POST" and scope["path"] in _QUESTIONS and not named:
        return  # the route reads the project from the question
    if named != [principal.project]:
        raise Forbidden(
            f"this key belongs to project {principal.project!r}: add project= to the request"
        )


def _name(address: str) -> str:
    """The name in a Host header, without its port."""
    if address.startswith("["):
        return address.partition("]")[0].lower() + "]"
    return address.partition(":")[0].lower()


def _port(address: str) -> str:
    return address.rpartition("]")[2].rpartition(":")[2] if ":" in address else ""


def _shown(host: bytes) -> str:
    return repr(host.decode("latin-1")[:200])


def _has(scope: Any, wanted: bytes) -> bool:
    return any(name == wanted for name, _ in scope["headers"])


def _preflight(scope: Any, origin: str) -> list[tuple[bytes, bytes]]:
    asked = b"authorization, content-type, x-api-key, x-pilothouse-project"
    for name, value in scope["headers"]:
        if name == b"access-control-request-headers":
            asked = value
    return [
        *_shared_with(origin),
        (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", b"600"),
    ]


def _shared_with(origin: str) -> Sequence[tuple[bytes, bytes]]:
    return (
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"vary", b"origin"),
    )


async def _refuse(send: Any, error: ApiError) -> None:
    body = json.dumps(error.body()).encode()
    headers = [(b"content-type", b"application/json")]
    if isinstance(error, Unauthorized):
        headers.append((b"www-authenticate", b"Bearer"))
    await _answer(send, error.status, body, headers)


async def _answer(
    send: Any, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]
) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, (b"content-length", b"%d" % len(body))],
        }
    )
    await send({"type": "http.response.body", "body": body})
