"""Responses that a provider keeps: who made one is asked for it again, by whom it was made for."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, NamedTuple

import aiohttp

from pilothouse.gateway.call import Call
from pilothouse.gateway.errors import Failed, Refused
from pilothouse.gateway.exchange import Exchange
from pilothouse.gateway.models import Holder, Route, Target
from pilothouse.gateway.upstream import MOST_BYTES, Upstream, cut_off, garbage, too_late

MOST: Final = 50_000
"""Responses that are remembered, in each server process."""
_LONGEST_S: Final = 60.0
_ID: Final = re.compile(rb'"id"\s*:\s*"(resp_[\w-]{1,200})"')
_PATH: Final = re.compile(r"/responses/([\w-]{1,200})(/cancel|/input_items)?")
_METHODS: Final = {"": ("GET", "DELETE"), "/cancel": ("POST",), "/input_items": ("GET",)}
Owner = tuple[int, str]


class _Known(NamedTuple):
    owner: Owner
    target: Target
    is_guarded: bool
    """Whether guardrails decided what its owner was told of it."""


class Made:
    """Which target made which response, for whom."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._by_id: OrderedDict[str, _Known] = OrderedDict()

    def remember(self, call: Call) -> None:
        """Note who made the response of a call that has ended."""
        told = call.told
        if told.path != "/responses" or told.tally.target is None or told.is_repeat:
            return
        if told.answer is not None:
            id: Any = told.answer.get("id")
        else:
            id = _first_id(told.blocks)
        if isinstance(id, str):
            owner = _owner(call.holder)
            self._by_id[id] = _Known(owner, told.tally.target, call.is_guarded)
            if len(self._by_id) > MOST:
                self._by_id.popitem(last=False)

    def route_after(self, route: Route, body: dict[str, Any], holder: Holder) -> Route:
        """The route, led to who made the response that a request goes on from.

        Another model of the same provider knows that response as well.
        """
        known = self._find(str(body.get("previous_response_id") or ""), holder)
        if known is None:
            return route
        made = known.target
        there = [each for each in route.targets if each.endpoint.name == made.endpoint.name]
        same = [each for each in there if each.model == made.model]
        return replace(route, targets=tuple(same or there or [made]), fallbacks=())

    async def pass_on(self, exchange: Exchange, path: str, holder: Holder) -> None:
        """Ask the provider that made a response for it. Raises Refused."""
        place = _PATH.fullmatch(path)
        found = None if place is None else self._find(place[1], holder)
        if place is None or found is None:
            told = (
                f"no response of this id was made here lately: {path.removeprefix('/responses/')}"
            )
            raise Refused(404, "not_found", told, is_final=True)
        methods = _METHODS[place[2] or ""]
        if exchange.method not in methods:
            told = f"{exchange.path} is asked with {' or '.join(methods)}"
            raise Refused(405, "method_not_allowed", told)
        tells_answer = exchange.method != "DELETE" and place[2] != "/input_items"
        if found.is_guarded and tells_answer:
            told = "guardrails looked at this response: it is told once, when it is made"
            raise Refused(403, "guarded_response", told, is_final=True)
        query = f"?{exchange.query}" if exchange.query else ""
        try:
            async with asyncio.timeout(_LONGEST_S):
                status, said = await self._asked(found.target, exchange, path + query)
        except TimeoutError:
            raise too_late(
                found.target, f"did not answer within {_LONGEST_S:g} s"
            ).refused from None
        except Failed as failed:
            raise failed.refused from failed
        await exchange.answer(status, said, [])

    async def _asked(self, target: Target, exchange: Exchange, path: str) -> tuple[int, bytes]:
        answer = await self._upstream.send(target, exchange.method, path, b"", exchange.headers)
        parts: list[bytes] = []
        left = MOST_BYTES
        try:
            async for piece in answer.content.iter_any():
                parts.append(piece)
                left -= len(piece)
                if left < 0:
                    raise garbage(target, f"answered more than {MOST_BYTES:,} bytes")
        except (aiohttp.ClientError, OSError) as error:
            raise cut_off(target) from error
        finally:
            answer.close()
        return answer.status, b"".join(parts)

    def _find(self, id: str, holder: Holder) -> _Known | None:
        found = self._by_id.get(id)
        return found if found is not None and found.owner == _owner(holder) else None


def _owner(holder: Holder) -> Owner:
    return holder.id, holder.project


def _first_id(blocks: Iterable[bytes]) -> str | None:
    for block in blocks:
        if found := _ID.search(block):
            return found[1].decode()
    return None
