"""Items that graphs and clients keep beside threads: what LangGraph calls a store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson
from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
)

from pilothouse.serving.errors import InvalidInput
from pilothouse.serving.langgraph.names import time_of
from pilothouse.serving.store.database import change, rows
from pilothouse.serving.store.leases import now
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pilothouse.serving.store.database import Database

BETWEEN: Final = "\x1f"
"""Between the parts of a namespace where it is kept; no part may have it."""
NAMESPACE_CHARS: Final = 600
KEY_CHARS: Final = 200


class Items(BaseStore):
    """The items of one owner."""

    supports_ttl = True

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Each operation after the other, in one transaction."""
        asked = list(ops)
        return await self._database.run(lambda c: [self._done(c, each) for each in asked])

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """The same for code in threads."""
        return asyncio.run(self.abatch(ops))

    def _done(self, connection: Connection, asked: Op) -> Any:
        if isinstance(asked, GetOp):
            return self._one(connection, path_of(asked.namespace), asked.key)
        if isinstance(asked, PutOp):
            return self._put(connection, asked)
        if isinstance(asked, SearchOp):
            return self._search(connection, asked)
        assert isinstance(asked, ListNamespacesOp), "one of four"
        return self._namespaces(connection, asked)

    def _one(self, connection: Connection, path: str, key: str) -> Item | None:
        values = {"owner": self._owner, "path": path, "key": key, "now": now()}
        for row in rows(connection, _ONE, values):
            return Item(**_parts(row))
        return None

    def _put(self, connection: Connection, asked: PutOp) -> None:
        path = path_of(asked.namespace)
        at = now()
        values: dict[str, Any] = {"owner": self._owner, "path": path, "key": asked.key, "now": at}
        if asked.value is None:
            change(connection, _DELETE, values)
            return
        if len(path) > NAMESPACE_CHARS or len(asked.key) > KEY_CHARS:
            raise InvalidInput(
                f"a namespace has at most {NAMESPACE_CHARS} characters, a key {KEY_CHARS}"
            )
        minutes = asked.ttl
        values["expires"] = None if minutes is None else at + int(minutes * 60e6)
        values["body"] = to_json(asked.value).decode().replace("\\u0000", "\\ufffd")
        change(connection, _PUT, values)

    def _search(self, connection: Connection, asked: SearchOp) -> list[SearchItem]:
        found = []
        words = (asked.query or "").lower().split()
        for row in self._below(connection, asked.namespace_prefix):
            parts = _parts(row)
            if not all(_fits(parts["value"], k, v) for k, v in (asked.filter or {}).items()):
                continue
            score = _score(row["body"].lower(), words)
            if not words or score:
                found.append(SearchItem(**parts, score=score if words else None))
        if words:
            found.sort(key=lambda item: -(item.score or 0))
        return found[asked.offset : asked.offset + asked.limit]

    def _namespaces(self, connection: Connection, asked: ListNamespacesOp) -> list[tuple[str, ...]]:
        names = {tuple(row["namespace"].split(BETWEEN)) for row in self._below(connection, ())}
        kept = {
            name[: asked.max_depth]
            for name in names
            if all(_matches(name, each) for each in asked.match_conditions or ())
        }
        return sorted(kept)[asked.offset : asked.offset + asked.limit]

    def _below(self, connection: Connection, prefix: Sequence[str]) -> list[Mapping[str, Any]]:
        path = path_of(prefix)
        start = path + BETWEEN
        values = {
            "owner": self._owner,
            "now": now(),
            "path": path,
            "start": start,
            "size": len(start),
        }
        return list(rows(connection, _BELOW if path else _ALL, values))


def path_of(namespace: Sequence[str]) -> str:
    """How a namespace is kept; InvalidInput for one that cannot be."""
    parts = [str(each) for each in namespace]
    if any(not part or BETWEEN in part or "\x00" in part or "." in part for part in parts):
        raise InvalidInput("the parts of a namespace are texts without dots, and none is empty")
    return BETWEEN.join(parts)


def told(item: Item) -> dict[str, Any]:
    """An item as clients get it."""
    about: dict[str, Any] = {
        "namespace": list(item.namespace),
        "key": item.key,
        "value": item.value,
        "created_at": item.created_at.isoformat(),
        "updated_at": item.updated_at.isoformat(),
    }
    if isinstance(item, SearchItem):
        about["score"] = item.score
    return about


def _parts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "namespace": tuple(row["namespace"].split(BETWEEN)),
        "key": row["name"],
        "value": orjson.loads(row["body"]),
        "created_at": time_of(row["created"]),
        "updated_at": time_of(row["updated"]),
    }


def _score(text: str, words: list[str]) -> float:
    """The share of the words that are there: without an embedder, meaning is not searched for."""
    return sum(word in text for word in words) / len(words) if words else 0.0


OPERATORS: Final = {
    "$eq": lambda a, b: a == b,
    "$ne": lambda a, b: a != b,
    "$gt": lambda a, b: a > b,
    "$gte": lambda a, b: a >= b,
    "$lt": lambda a, b: a < b,
    "$lte": lambda a, b: a <= b,
}


def _fits(value: Mapping[str, Any], key: str, wanted: Any) -> bool:
    given = value.get(key)
    if not isinstance(wanted, Mapping) or not any(k.startswith("$") for k in wanted):
        return bool(given == wanted)
    for name, each in wanted.items():
        if name not in OPERATORS:
            raise InvalidInput(f"there is no operator {name!r}; use one of {', '.join(OPERATORS)}")
        try:
            if not OPERATORS[name](given, each):
                return False
        except TypeError:
            return False
    return True


def _matches(name: tuple[str, ...], condition: MatchCondition) -> bool:
    path = tuple(condition.path)
    part = name[: len(path)] if condition.match_type == "prefix" else name[-len(path) :]
    return len(part) == len(path) and all(
        wanted in ("*", given) for given, wanted in zip(part, path, strict=True)
    )


_ONE: Final = """
    SELECT * FROM graph_items
    WHERE owner = :owner AND namespace = :path AND name = :key
      AND (expires IS NULL OR expires > :now)
"""
_ALL: Final = """
    SELECT * FROM graph_items
    WHERE owner = :owner AND (expires IS NULL OR expires > :now)
    ORDER BY updated DESC, namespace, name
"""
_BELOW: Final = _ALL.replace(
    "ORDER BY", "AND (namespace = :path OR substr(namespace, 1, :size) = :start) ORDER BY"
)
_DELETE: Final = """
    DELETE FROM graph_items WHERE owner = :owner AND namespace = :path AND name = :key
"""
_PUT: Final = """
    INSERT INTO graph_items (owner, namespace, name, body, created, updated, expires)
    VALUES (:owner, :path, :key, :body, :now, :now, :expires)
    ON CONFLICT (owner, namespace, name) DO UPDATE
    SET body = excluded.body, updated = excluded.updated, expires = excluded.expires
"""
