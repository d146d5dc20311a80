"""The step of a call that looks for an answer that was given before, and keeps new ones."""

from __future__ import annotations

from typing import Any

import orjson

from pilothouse.gateway import cache as caches
from pilothouse.gateway.assembly import assembled
from pilothouse.gateway.cache import Cache, Entry
from pilothouse.gateway.call import Call
from pilothouse.gateway.steps import Similar


class Again:
    """The exact cache, then the semantic one."""

    def __init__(self, cache: Cache, similar: Similar) -> None:
        self._cache = cache
        self._similar = similar

    async def find(self, call: Call) -> Entry | None:
        """The answer to give again. Says `hit`, `semantic`, `miss` or `bypass` of the call."""
        caching, asked, told = call.route.caching, call.asked, call.told
        if caching is None:
            return None
        told.cache = "bypass"
        is_same = asked.path == "/embeddings" or asked.body.get("temperature") == 0
        if not (is_same or caching.any_temperature or asked.wish.is_asked):
            return None
        space = f"{asked.wish.namespace}\0{call.policy}"  # what guardrails hide is not asked
        call.cache_key = caches.key_of(
            call.holder, asked.project, asked.path, call.route, asked.body, space
        )
        if not asked.wish.reads:
            return None
        entry = self._cache.find(call.cache_key, call.route.name, asked.wish.longest_s)
        told.cache = "miss" if entry is None else "hit"
        if entry is None:
            entry = await self._similar.find(call)
            if entry is not None:
                told.cache = "semantic"
        if entry is not None:
            wanted = (each for each in call.route.targets if each.id == entry.target)
            told.tally.target = next(wanted, None)
            call.head.append((b"age", b"%d" % self._cache.age_s(entry)))
        return entry

    def store(self, call: Call, body: bytes, said: dict[str, Any]) -> None:
        """Keep a whole answer, if it is one to give again."""
        told, caching, wish = call.told, call.route.caching, call.asked.wish
        # What a fallback answered is not what this route's models would have.
        if not call.cache_key or not wish.writes or told.tally.fallbacks or caching is None:
            return
        target = told.tally.target
        if target is None or not caches.is_storable(said):
            return
        entry = self._cache.store(
            call.cache_key,
            body,
            target=target.id,
            model=target.model,
            cost_nano=told.cost_nano or 0,
            ttl_s=caching.ttl_s if wish.ttl_s is None else wish.ttl_s,
        )
        if entry is not None:
            self._similar.store(call, entry)

    def store_stream(self, call: Call, blocks: list[bytes]) -> None:
        """Keep what was streamed as a whole answer."""
        if call.cache_key and call.told.error is None:
            said = assembled(blocks)
            if said:
                self.store(call, orjson.dumps(said), said)
