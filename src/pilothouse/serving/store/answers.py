"""Stored answers of the responses API, and the threads that they go on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pilothouse.serving.errors import NotFound
from pilothouse.serving.store.database import change, rows
from pilothouse.serving.store.store import Store
from pilothouse.serving.values import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer, and where it stands in its thread."""

    body: dict[str, Any]
    items: list[dict[str, Any]]
    """What it was asked with."""
    thread_id: str
    last_seq: int


class AnswerStore:
    """The table of answers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(
        self,
        owner: str,
        body: Mapping[str, Any],
        items: Sequence[Mapping[str, Any]],
        thread_id: str,
        last_seq: int,
    ) -> None:
        """Keep one, with the items that it was asked with."""
        values = {
            "id": body["id"],
            "owner": owner,
            "thread": thread_id,
            "seq": last_seq,
            "body": to_json(dict(body)).decode(),
            "items": to_json(list(items)).decode(),
            "now": time.time_ns() // 1000,
        }
        sql = """
            INSERT INTO responses (id, owner, thread_id, last_seq, body, items, created)
            VALUES (:id, :owner, :thread, :seq, :body, :items, :now)
        """
        await self._store.database.run(lambda c: change(c, sql, values))

    async def change(
        self, owner: str, body: Mapping[str, Any], thread_id: str, last_seq: int
    ) -> None:
        """What has become of one that is kept; nothing where it was deleted."""
        values = {
            "id": body["id"],
            "owner": owner,
            "thread": thread_id,
            "seq": last_seq,
            "body": to_json(dict(body)).decode(),
        }
        sql = """
            UPDATE responses SET body = :body, thread_id = :thread, last_seq = :seq
            WHERE owner = :owner AND id = :id
        """
        await self._store.database.run(lambda c: change(c, sql, values))

    async def read(self, owner: str, name: str) -> Kept:
        """One; raises NotFound, for those of others too."""
        await self._store.open()
        sql = "SELECT * FROM responses WHERE owner = :owner AND id = :id"
        values = {"owner": owner, "id": name}
        for row in await self._store.database.run(lambda c: list(rows(c, sql, values))):
            return Kept(
                body=orjson.loads(row["body"]),
                items=orjson.loads(row["items"]),
                thread_id=row["thread_id"],
                last_seq=row["last_seq"],
            )
        raise NotFound(f"there is no response {name!r}")

    async def delete(self, owner: str, name: str) -> None:
        """Raises NotFound."""
        await self.read(owner, name)
        sql = "DELETE FROM responses WHERE owner = :owner AND id = :id"
        await self._store.database.run(lambda c: change(c, sql, {"owner": owner, "id": name}))

    async def thread_after(self, owner: str, before: Kept, new: str) -> str:
        """The thread of an answer, or a copy up to it where the thread has gone on since."""
        last = await self._store.messages(owner, before.thread_id, limit=1)
        if last and last[-1].seq == before.last_seq:
            return before.thread_id
        await self._store.create_thread(owner, new)
        sql = """
            INSERT INTO messages
              (owner, thread_id, seq, id, role, content, run_id, status, created, parent_seq,
              extra)
            SELECT owner, :new, seq, id, role, content, run_id, status, created, parent_seq, extra
            FROM messages
            WHERE owner = :owner AND thread_id = :old AND seq <= :last
        """
        values = {"owner": owner, "old": before.thread_id, "new": new, "last": before.last_seq}
        await self._store.database.run(lambda c: change(c, sql, values))
        return new
