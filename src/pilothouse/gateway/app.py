"""The gateway as an ASGI application: who asks, for what, and the answer to everything else."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Final

import orjson

from pilothouse.gateway import request
from pilothouse.gateway.asides import Beside
from pilothouse.gateway.asking import Asking
from pilothouse.gateway.balance import Balance
from pilothouse.gateway.calls import Calls
from pilothouse.gateway.errors import ClientGone, Refused
from pilothouse.gateway.exchange import Exchange
from pilothouse.gateway.listing import (
    anthropic_list,
    anthropic_model,
    openai_list,
    openai_model,
)
from pilothouse.gateway.models import NANO, Holder, Route, Table
from pilothouse.gateway.needs import Needs
from pilothouse.gateway.paths import BASE, place_of
from pilothouse.gateway.upstream import Upstream

log = logging.getLogger("pilothouse.gateway")

KEEP_EVERY_S: Final = 1.0
"""How often it is kept what was spent."""
KEY_PREFIX: Final = "sk-ph-"
"""How a virtual key begins."""
_FORGIVEN_S: Final = 0.2
"""An unknown name has the table read anew, but not more often than this."""


class Gateway:
    """Answers what stands below /v1; `working` must run beside it."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self.calls = Calls(needs)
        self._shadowing = Upstream()
        """Connections of shadows: what they wait for, and how it fails, is no matter of users."""
        needs.guards.attach(self._beside(self.calls.asking))
        needs.arms.attach(self._beside(Asking(self._shadowing, Balance())))
        self._read_at = 0.0

    async def working(self) -> None:
        """Store calls and keep what was spent, until cancelled; then do it a last time."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.calls.recorder.working())
                tasks.create_task(self._keeping())
                tasks.create_task(self._needs.guards.working())
                tasks.create_task(self._needs.arms.working())
                tasks.create_task(self._needs.similar.working())
        finally:
            await self.calls.recorder.flush()
            await self._keep()
            await self.calls.upstream.close()
            await self._shadowing.close()

    def _beside(self, asking: Asking) -> Beside:
        return Beside(self._needs.tables, asking, self.calls.costs, self.calls.recorder)

    async def _keeping(self) -> None:
        while True:
            await asyncio.sleep(KEEP_EVERY_S)
            await self._keep()

    async def _keep(self) -> None:
        try:
            await self.calls.budgets.keep()
        except Exception:  # the records database may be away for a while
            log.exception("what was spent could not be kept; it is tried again")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        exchange = Exchange(scope, receive, send)
        try:
            await self._answer(exchange)
        except Refused as refused:
            await self._refuse(exchange, refused)
        except ClientGone:
            log.debug("a client of the gateway went away")
        except Exception:  # the protocol wants its own error shape for our bugs too
            log.exception("a request of the gateway failed")
            if exchange.started:
                raise
            told = "internal error; the server's log has the details"
            await self._refuse(exchange, Refused(500, "internal", told))

    async def _refuse(self, exchange: Exchange, refused: Refused) -> None:
        headers = refused.headers()
        if not any(name == b"x-litellm-call-id" for name, _ in headers):
            headers.append((b"x-litellm-call-id", request.request_id(exchange).encode()))
        if _is_anthropic(exchange):
            id = next(value for name, value in headers if name == b"x-litellm-call-id")
            headers.append((b"request-id", id))
            await exchange.answer(refused.status, refused.body(id.decode()), headers)
        else:
            await exchange.answer(refused.status, refused.body(), headers)

    async def _answer(self, exchange: Exchange) -> None:
        path, model = place_of(exchange.path)
        if path in request.PATHS:
            _only(exchange, "POST")
            await self._call(exchange, path, model)
        elif path == "/messages/count_tokens":
            _only(exchange, "POST")
            await self._count(exchange)
        elif path.startswith("/responses/"):
            await self.calls.made.pass_on(exchange, path, await self._holder(exchange))
        elif path == "/models" or path.startswith("/models/"):
            _only(exchange, "GET")
            await self._models(exchange, path.removeprefix("/models").removeprefix("/"))
        else:
            raise Refused(
                404,
                "not_found",
                f"the gateway has no {exchange.path}; it has "
                + ", ".join(f"{BASE}{each}" for each in (*request.PATHS, "/models")),
                is_final=True,
            )

    async def _call(self, exchange: Exchange, path: str, model: str) -> None:
        holder = await self._holder(exchange)
        raw = await exchange.body(self._needs.limit_bytes)
        asked = request.read(exchange, path, raw, holder, model)
        table, route = await self._route(asked.name, holder)
        if path == "/responses":
            route = self.calls.made.route_after(route, asked.body, holder)
        await self.calls.answer(exchange, asked, holder, route, table)

    async def _count(self, exchange: Exchange) -> None:
        """How many tokens a message has, by its provider, else by its length."""
        holder = await self._holder(exchange)
        raw = await exchange.body(self._needs.limit_bytes)
        asked = request.read(exchange, "/messages", raw, holder)
        table, route = await self._route(asked.name, holder)
        said = None
        # What guardrails may hide from a provider is counted here.
        if not (table.everywhere or route.guardrails or holder.guardrails):
            said = await self.calls.asking.count_tokens(asked.body, route, exchange.headers)
        if said is None:
            said = orjson.dumps({"input_tokens": asked.tokens})
        await exchange.answer(200, said, [])

    async def _route(self, name: str, holder: Holder) -> tuple[Table, Route]:
        """What stands behind a name. Raises Refused."""
        table = await self._table()
        if table.find(name) is None and time.monotonic() - self._read_at > _FORGIVEN_S:
            table = await self._read()  # it may have been added a moment ago
        return table, request.route_of(table, name, holder)

    async def _models(self, exchange: Exchange, name: str) -> None:
        holder = await self._holder(exchange)
        table = await self._read()
        if name:
            request.route_of(table, name, holder)
            told = anthropic_model(name) if _is_anthropic(exchange) else openai_model(table, name)
        else:
            names = [each for each in table.names() if holder.may_ask(each)]
            told = anthropic_list(names) if _is_anthropic(exchange) else openai_list(table, names)
        await exchange.answer(200, orjson.dumps(told), [])

    async def _table(self) -> Table:
        found = self._needs.tables.current()
        return await self._read() if found is None else found

    async def _read(self) -> Table:
        self._read_at = time.monotonic()
        return await self._needs.tables.read()

    async def _holder(self, exchange: Exchange) -> Holder:
        """Who asks. Raises Refused 401."""
        keys = self._needs.keys
        secret = _secret(exchange)
        if secret.startswith(KEY_PREFIX):
            is_known, holder = keys.known(secret)
            if not is_known:
                holder = await keys.look_up(secret)
            if holder is None:
                raise Refused(
                    401,
                    "invalid_api_key",
                    "this key of the gateway is not known here, was revoked or has expired",
                    is_final=True,
                )
            return holder
        if not keys.is_open:
            told = (
                f"a key of the gateway begins with {KEY_PREFIX}: what was sent is none"
                if secret
                else f"a key of the gateway is needed: Authorization: Bearer {KEY_PREFIX}…"
            )
            raise Refused(401, "invalid_api_key", told, is_final=True)
        return Holder(project=exchange.header(b"x-pilothouse-project") or "default")

    def status(self) -> dict[str, Any]:
        """What it does and how its targets do, for people."""
        calls, stats = self.calls, self.calls.cache.stats
        asked = stats.hits + stats.misses
        return {
            "recorded": calls.recorder.recorded,
            "dropped": calls.recorder.dropped,
            "targets": calls.balance.shown(),
            "cache": {
                "entries": len(calls.cache),
                "bytes": calls.cache.bytes,
                "hits": stats.hits,
                "misses": stats.misses,
                "evicted": stats.evicted,
                "hit_rate": stats.hits / asked if asked else None,
                "saved_usd": stats.saved_nano / NANO,
                "routes": [
                    {"route": name, "hits": hits, "misses": misses, "saved_usd": saved / NANO}
                    for name, (hits, misses, saved) in sorted(stats.by_route.items())
                ],
            },
        }


def _secret(exchange: Exchange) -> str:
    scheme, _, token = exchange.header(b"authorization").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    for name in (b"x-litellm-api-key", b"x-api-key", b"api-key"):
        if found := exchange.header(name):
            return found.removeprefix("Bearer ").strip()
    return ""


def _is_anthropic(exchange: Exchange) -> bool:
    """Whether a client of Anthropic's asks."""
    return b"anthropic-version" in exchange.headers or "/messages" in exchange.path


def _only(exchange: Exchange, method: str) -> None:
    if exchange.method != method:
        refused = Refused(405, "method_not_allowed", f"{exchange.path} is asked with {method}")
        refused.extra = [(b"allow", method.encode())]
        raise refused
