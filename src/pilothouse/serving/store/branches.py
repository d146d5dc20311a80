"""Conversations that were gone back in: a message that is written anew stands beside the old one.

Each message knows which one it follows. A branch is the way from its last message to the first;
one of them is shown. Rows say whom they follow only where that is not the one just before, which
is how a conversation that never branched costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pilothouse.serving.errors import NotFound
from pilothouse.serving.store.database import change, rows
from pilothouse.serving.store.models import Message
from pilothouse.serving.store.store import Store, as_message

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Messages one after the other, oldest first."""

    messages: list[Message]
    beside: dict[int, list[int]]
    """By the place of a message that has others beside it: all of these places, in order."""


class Branches:
    """Reads branches of a thread, and says which one is shown."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(
        self, owner: str, thread_id: str, *, before: int | None = None, limit: int = 50
    ) -> Branch:
        """The last messages of the branch that is shown, or those before one of it."""
        await self._store.open()

        def act(connection: Connection) -> Branch:
            messages = self._path(connection, owner, thread_id, before, limit)
            return Branch(messages=messages, beside=_beside(connection, owner, thread_id, messages))

        return await self._store.database.run(act)

    async def up_to(
        self, owner: str, thread_id: str, leaf: int | None, limit: int
    ) -> list[Message]:
        """The last messages up to a place (0: none; None: the end of what is shown)."""
        await self._store.open()

        def act(connection: Connection) -> list[Message]:
            last = _shown(connection, owner, thread_id) if leaf is None else leaf
            values = {"owner": owner, "id": thread_id, "leaf": last, "limit": limit}
            return [as_message(row) for row in rows(connection, _PATH, values)]

        return await self._store.database.run(act)

    async def one(self, owner: str, thread_id: str, seq: int) -> Message:
        """A message by its place; raises NotFound."""
        found = await self._store.messages(owner, thread_id, before=seq + 1, limit=1)
        if not found or found[0].seq != seq:
            raise NotFound(f"the thread has no message {seq}")
        return found[0]

    async def fork(self, owner: str, thread_id: str, seq: int) -> int:
        """The message at which the branch of one left another; 0: it is the first branch."""
        values = {"owner": owner, "id": thread_id, "seq": seq}
        sql = """
            SELECT COALESCE(MAX(seq), 0) AS seq
            FROM messages
            WHERE owner = :owner AND thread_id = :id AND seq <= :seq AND parent_seq IS NOT NULL
        """
        (found,) = await self._store.database.run(lambda c: list(rows(c, sql, values)))
        return int(found["seq"])

    async def show(self, owner: str, thread_id: str, seq: int) -> None:
        """Show the branch of a message, to the last that was said on it; raises NotFound."""
        await self.one(owner, thread_id, seq)

        def act(connection: Connection) -> None:
            values = {"owner": owner, "id": thread_id, "seq": seq}
            (found,) = rows(connection, _NEWEST_BELOW, values)
            change(
                connection,
                "UPDATE threads SET leaf_seq = :leaf WHERE owner = :owner AND id = :id",
                {**values, "leaf": found["seq"]},
            )

        await self._store.database.run(act)

    def _path(
        self, connection: Connection, owner: str, thread_id: str, before: int | None, limit: int
    ) -> list[Message]:
        if before is None:
            leaf = _shown(connection, owner, thread_id)
        else:
            values = {"owner": owner, "id": thread_id, "leaf": before, "limit": 1}
            known = [as_message(row) for row in rows(connection, _PATH, values)]
            leaf = known[0].parent_seq if known else 0
        values = {"owner": owner, "id": thread_id, "leaf": leaf, "limit": limit}
        return [as_message(row) for row in rows(connection, _PATH, values)]


def _shown(connection: Connection, owner: str, thread_id: str) -> int:
    for row in rows(connection, _LEAF, {"owner": owner, "id": thread_id}):
        return int(row["leaf"] or 0)
    return 0


def _beside(
    connection: Connection, owner: str, thread_id: str, messages: Sequence[Message]
) -> dict[int, list[int]]:
    parents = sorted({message.parent_seq for message in messages})
    if not parents:
        return {}
    values = {"owner": owner, "id": thread_id, "low": parents[0], "high": parents[-1]}
    children: dict[int, list[int]] = {}
    for row in rows(connection, _BRANCHED, values):
        children.setdefault(row["parent_seq"], []).append(row["seq"])
    for parent in children:
        plain = {"owner": owner, "id": thread_id, "seq": parent + 1}
        children[parent] += [row["seq"] for row in rows(connection, _FOLLOWS, plain)]
    return {
        message.seq: sorted(children[message.parent_seq])
        for message in messages
        if len(children.get(message.parent_seq, ())) > 1
    }


_LEAF: Final = """
    SELECT COALESCE(
      (SELECT leaf_seq FROM threads WHERE owner = :owner AND id = :id),
      (SELECT MAX(seq) FROM messages WHERE owner = :owner AND thread_id = :id)
    ) AS leaf
"""
_PATH: Final = """
    WITH RECURSIVE path (seq, parent, depth) AS (
      SELECT seq, COALESCE(parent_seq, seq - 1), 1
      FROM messages
      WHERE owner = :owner AND thread_id = :id AND seq = :leaf
      UNION ALL
      SELECT m.seq, COALESCE(m.parent_seq, m.seq - 1), path.depth + 1
      FROM path
      JOIN messages m ON m.owner = :owner AND m.thread_id = :id AND m.seq = path.parent
      WHERE path.depth < :limit
    )
    SELECT m.*
    FROM path
    JOIN messages m ON m.owner = :owner AND m.thread_id = :id AND m.seq = path.seq
    ORDER BY path.depth DESC
"""
_BRANCHED: Final = """
    SELECT seq, parent_seq
    FROM messages
    WHERE owner = :owner AND thread_id = :id AND parent_seq IS NOT NULL
      AND parent_seq BETWEEN :low AND :high
"""
_FOLLOWS: Final = """
    SELECT seq
    FROM messages
    WHERE owner = :owner AND thread_id = :id AND seq = :seq AND parent_seq IS NULL
"""
_NEWEST_BELOW: Final = """
    WITH RECURSIVE below (seq) AS (
      SELECT seq FROM messages WHERE owner = :owner AND thread_id = :id AND seq = :seq
      UNION ALL
      SELECT m.seq
      FROM below
      JOIN messages m ON m.owner = :owner AND m.thread_id = :id
        AND ((m.seq = below.seq + 1 AND m.parent_seq IS NULL) OR m.parent_seq = below.seq)
    )
    SELECT MAX(seq) AS seq FROM below
"""
