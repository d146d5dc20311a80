"""Answers that are given again to exactly the same question of the same tenant.

The key is a digest of whose it is, the route, the models behind it, and every parameter but those
that change nothing in the answer: an entry of another tenant, model or tool cannot be found.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from pilothouse.gateway.errors import written_json
from pilothouse.gateway.models import Holder, Route

MOST_BYTES: Final = 64 * 2**20
"""Of all entries together."""
LARGEST_BYTES: Final = 2**20
"""Of one entry."""
_OVERHEAD: Final = 500
_ROUTES: Final = 1000
"""Routes that are told apart; a wildcard can have any number of names."""
_LONGEST_S: Final = 30 * 86_400.0
SILENT: Final = frozenset(("stream", "stream_options", "user", "metadata", "model", "store"))
"""Parameters that change nothing in the answer; `model` is told by what stands behind it."""
_KEPT_STOPS: Final = frozenset(("end_turn", "stop_sequence", "tool_use"))
_KEPT_REASONS: Final = frozenset(("stop", "tool_calls"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a request says about the cache."""

    reads: bool = True
    writes: bool = True
    ttl_s: float | None = None
    longest_s: float | None = None
    """An entry older than this is not taken."""
    namespace: str = ""
    is_asked: bool = False
    """Whether the client wants an answer to be kept though it may differ each time."""


PLAIN: Final = Wish()
"""That of a request which says nothing about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A whole answer, as the provider gave it."""

    body: bytes
    target: str
    model: str
    cost_nano: int
    stored_at: float
    expires_at: float


@dataclass(slots=True)
class Stats:
    """How well it does, since the process began."""

    hits: int = 0
    misses: int = 0
    saved_nano: int = 0
    evicted: int = 0
    by_route: dict[str, list[int]] = field(default_factory=dict)
    """Hits, misses and nano-dollars saved of each route."""


def wish_of(given: Any, header: str, namespace: str) -> Wish:
    """What the body's `cache` (LiteLLM's form) and `Cache-Control` say."""
    if not (given or header or namespace):
        return PLAIN
    asked = given if isinstance(given, Mapping) else {}
    words = {word.strip().lower() for word in header.split(",")}
    space = asked.get("namespace")
    return Wish(
        reads=not (asked.get("no-cache") is True or "no-cache" in words),
        writes=not (asked.get("no-store") is True or "no-store" in words),
        ttl_s=_seconds(asked.get("ttl")),
        longest_s=_seconds(asked.get("s-maxage")),
        namespace=space if isinstance(space, str) else namespace,
        is_asked=asked.get("use-cache") is True,
    )


def key_of(
    holder: Holder, project: str, path: str, route: Route, body: Mapping[str, Any], namespace: str
) -> str:
    """The digest that an answer is found by."""
    behind = sorted((each.id, each.endpoint.base_url) for each in route.targets)
    said = {name: _plain(value) for name, value in body.items() if name not in SILENT}
    whole = [holder.id, project, path, behind, namespace, said]
    return hashlib.sha256(written_json(whole, orjson.OPT_SORT_KEYS)).hexdigest()


def is_storable(said: Mapping[str, Any]) -> bool:
    """Whether an answer is one to give again: complete, and not cut off."""
    choices = said.get("choices")
    if isinstance(choices, list):
        return bool(choices) and all(
            isinstance(each, dict) and str(each.get("finish_reason")) in _KEPT_REASONS
            for each in choices
        )
    if said.get("type") == "message":
        return said.get("stop_reason") in _KEPT_STOPS
    if said.get("object") == "response":
        return said.get("status") == "completed"
    return isinstance(said.get("data"), list) and bool(said["data"])


class Cache:
    """The newest answers, as many as fit."""

    def __init__(
        self, most_bytes: int = MOST_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.stats = Stats()
        self.bytes = 0
        self._most = most_bytes
        self._now = clock
        self._entries: OrderedDict[str, Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: str, route: str, longest_s: float | None = None) -> Entry | None:
        """The entry of a key; counts it as a hit or a miss."""
        entry = self._entries.get(key)
        now = self._now()
        told = self.stats.by_route
        of_route = told.setdefault(route if len(told) < _ROUTES else "…", [0, 0, 0])
        if entry is not None and entry.expires_at <= now:
            self._drop(key)
            entry = None
        if entry is None or (longest_s is not None and now - entry.stored_at > longest_s):
            self.stats.misses += 1
            of_route[1] += 1
            return None
        self._entries.move_to_end(key)
        self.stats.hits += 1
        self.stats.saved_nano += entry.cost_nano
        of_route[0] += 1
        of_route[2] += entry.cost_nano
        return entry

    def age_s(self, entry: Entry) -> int:
        """How long ago an entry was stored."""
        return int(self._now() - entry.stored_at)

    def store(
        self, key: str, body: bytes, *, target: str, model: str, cost_nano: int, ttl_s: float
    ) -> Entry | None:
        """Keep an answer; the oldest ones make room. None for one that is not to be kept."""
        size = len(body) + _OVERHEAD
        if len(body) > LARGEST_BYTES or size > self._most or ttl_s <= 0:
            return None
        if key in self._entries:
            self._drop(key)
        now = self._now()
        entry = self._entries[key] = Entry(
            body=body,
            target=target,
            model=model,
            cost_nano=cost_nano,
            stored_at=now,
            expires_at=now + min(ttl_s, _LONGEST_S),
        )
        self.bytes += size
        while self.bytes > self._most:
            self._drop(next(iter(self._entries)))
            self.stats.evicted += 1
        return entry

    def forget(self, key: str) -> bool:
        """Forget the answer of a key; False where there is none."""
        is_there = key in self._entries
        if is_there:
            self._drop(key)
        return is_there

    def clear(self) -> int:
        """Forget everything; how many entries there were."""
        count = len(self._entries)
        self._entries.clear()
        self.bytes = 0
        return count

    def _drop(self, key: str) -> None:
        self.bytes -= len(self._entries.pop(key).body) + _OVERHEAD


def _plain(value: Any) -> Any:
    """1.0 as 1: JSON makes no difference between them."""
    is_whole = type(value) is float and value.is_integer() and abs(value) < 2**53
    return int(value) if is_whole else value


def _seconds(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value >= 0 else None
