"""Threads and their messages, stored answers, feedback; each row belongs to an owner.

The user's message is committed before the target is called, the answer when it is there. One run
at a time has a thread: it holds a lease that its process renews, and that whoever finds the
process gone may take over.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson

from pilothouse.serving.errors import NotFound, Refusal
from pilothouse.serving.store.database import Database, change, rows
from pilothouse.serving.store.leases import RENEW_S, here, is_gone, now, until
from pilothouse.serving.store.models import Message, Status, Thread
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from sqlalchemy import Connection

ASK_AGAIN_S: Final = 0.05
THREAD_ID_CHARS: Final = 200


class Store:
    """What an app remembers."""

    def __init__(self, url: str | None) -> None:
        self.database = Database(url)
        self.persistent = url is not None
        self._opening: asyncio.Task[None] | None = None
        self._held: set[tuple[str, str]] = set()
        self._renewing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Make what is not there; more than once does nothing."""
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self.database.open())
        await asyncio.shield(self._opening)

    async def close(self) -> None:
        """Give leases and connections back."""
        if self._renewing is not None:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing
        await self.database.close()

    async def ping(self) -> None:
        """Raises where the database does not answer."""
        await self.open()
        await self.database.run(lambda c: list(rows(c, "SELECT 1 AS one")))

    # --- threads ---

    async def thread(self, owner: str, thread_id: str) -> Thread:
        """One thread; raises NotFound, for those of others too."""
        await self.open()
        found = await self.database.run(lambda c: _thread(c, owner, thread_id))
        if found is None:
            raise NotFound(f"there is no thread {thread_id!r}")
        return found

    async def create_thread(
        self,
        owner: str,
        thread_id: str | None = None,
        *,
        title: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> Thread:
        """A thread that is there afterwards; one that was there stays as it is."""
        named = thread_id or str(uuid.uuid4())
        if len(named) > THREAD_ID_CHARS or "\x00" in named:
            raise Refusal(f"a thread id has at most {THREAD_ID_CHARS} characters")
        await self.open()

        def act(connection: Connection) -> Thread:
            change(
                connection,
                """
                INSERT INTO threads (id, owner, title, metadata, created, updated)
                VALUES (:id, :owner, :title, :metadata, :now, :now)
                ON CONFLICT DO NOTHING
                """,
                {
                    "id": named,
                    "owner": owner,
                    "title": title,
                    "metadata": _text(dict(metadata or {})),
                    "now": now(),
                },
            )
            made = _thread(connection, owner, named)
            assert made is not None, "just inserted"
            return made

        return await self.database.run(act)

    async def change_thread(
        self, owner: str, thread_id: str, *, title: str | None, metadata: Mapping[str, Any] | None
    ) -> Thread:
        """The thread with another title, or metadata merged into what it had."""
        known = await self.thread(owner, thread_id)
        values = {
            "id": thread_id,
            "owner": owner,
            "title": known.title if title is None else title.replace("\x00", "\ufffd"),
            "metadata": _text({**known.metadata, **(metadata or {})}),
            "now": now(),
        }
        await self.database.run(
            lambda c: change(
                c,
                """
                UPDATE threads SET title = :title, metadata = :metadata, updated = :now
                WHERE owner = :owner AND id = :id
                """,
                values,
            )
        )
        return await self.thread(owner, thread_id)

    async def delete_thread(self, owner: str, thread_id: str) -> None:
        """With its messages, stored answers, files and runs; raises NotFound."""
        await self.thread(owner, thread_id)
        values = {"owner": owner, "id": thread_id}

        def act(connection: Connection) -> None:
            for sql in (
                "DELETE FROM messages WHERE owner = :owner AND thread_id = :id",
                "DELETE FROM responses WHERE owner = :owner AND thread_id = :id",
                "DELETE FROM files WHERE owner = :owner AND thread_id = :id",
                """
                DELETE FROM run_events
                WHERE run_id IN (SELECT id FROM runs WHERE owner = :owner AND thread_id = :id)
                """,
                "DELETE FROM runs WHERE owner = :owner AND thread_id = :id",
                "DELETE FROM threads WHERE owner = :owner AND id = :id",
            ):
                change(connection, sql, values)

        await self.database.run(act)

    async def threads(self, owner: str, *, before: int | None, limit: int) -> list[Thread]:
        """Newest first; `before` is the `updated` of the last one of the page before."""
        await self.open()
        values = {"owner": owner, "before": before or 2**62, "limit": limit}
        sql = """
            SELECT * FROM threads
            WHERE owner = :owner AND updated < :before
            ORDER BY updated DESC
            LIMIT :limit
        """
        return await self.database.run(lambda c: [as_thread(row) for row in rows(c, sql, values)])

    # --- messages ---

    async def messages(
        self,
        owner: str,
        thread_id: str,
        *,
        before: int | None = None,
        limit: int = 50,
        complete: bool = False,
    ) -> list[Message]:
        """The last ones before a place, oldest first; `complete` leaves broken answers out."""
        await self.open()
        values = {"owner": owner, "id": thread_id, "before": before or 2**62, "limit": limit}
        only = "AND status = 'complete'" if complete else ""
        sql = f"""
            SELECT * FROM messages
            WHERE owner = :owner AND thread_id = :id AND seq < :before {only}
            ORDER BY seq DESC
            LIMIT :limit
        """  # noqa: S608 - one of two constants
        found = await self.database.run(lambda c: [as_message(r) for r in rows(c, sql, values)])
        return found[::-1]

    async def add(
        self,
        owner: str,
        thread_id: str,
        messages: Sequence[Mapping[str, Any]],
        *,
        run_id: str | None = None,
        status: Status = "complete",
        parent: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> int:
        """Append to a thread; -> the place of the last one. Commits before it returns.

        Raises NotFound for a thread that is gone: what is deleted does not come back by an answer.

        `parent` is the message that they follow (0: none), where that is not the last one of the
        branch that is shown. The new ones are shown from now on.
        """
        told = now()

        def act(connection: Connection) -> int:
            if not connection.engine.url.drivername.startswith("sqlite"):
                list(rows(connection, _LOCKED, {"owner": owner, "id": thread_id}))
            (last,) = rows(connection, _LAST, {"owner": owner, "id": thread_id})
            if not last["there"]:
                raise NotFound(f"there is no thread {thread_id!r}")
            seq = int(last["seq"])
            follows = last["leaf_seq"] if parent is None else parent
            if follows == seq:
                follows = None
            for message in messages:
                seq += 1
                values = {
                    "owner": owner,
                    "thread": thread_id,
                    "seq": seq,
                    "id": str(message.get("id") or f"msg_{uuid.uuid4().hex}")[:64],
                    "role": str(message["role"])[:32],
                    "content": _content(message),
                    "run": run_id,
                    "status": status,
                    "now": told,
                    "parent": follows,
                    "extra": None if extra is None else _text(dict(extra)),
                }
                change(connection, _ADD, values)
                follows = None
            touched = {"owner": owner, "id": thread_id, "now": told}
            change(connection, _TOUCH, touched)
            return seq

        return await self.database.run(act)

    async def last_seq(self, owner: str, thread_id: str) -> int:
        """The place of the newest message; 0 where there is none."""
        values = {"owner": owner, "id": thread_id}
        (found,) = await self.database.run(lambda c: list(rows(c, _LAST, values)))
        return int(found["seq"])

    # --- one run at a time ---

    async def take(self, owner: str, thread_id: str, run: str, wait_s: float) -> None:
        """Have the thread for a run alone; Refusal 409 where another keeps it for so long."""
        end = time.monotonic() + wait_s
        while not await self._taken(owner, thread_id, run):
            if time.monotonic() >= end:
                raise Refusal(
                    "another run of this thread is at work", status=409, code="thread_busy"
                )
            await asyncio.sleep(ASK_AGAIN_S)
        self._held.add((owner, thread_id))
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.get_running_loop().create_task(self._renew())

    async def give_back(self, owner: str, thread_id: str) -> None:
        """The next run may have it."""
        self._held.discard((owner, thread_id))
        sql = """
            UPDATE threads SET busy_run = NULL, busy_by = NULL, busy_until = NULL
            WHERE owner = :owner AND id = :id AND busy_by = :here
        """
        values = {"owner": owner, "id": thread_id, "here": here()}
        await self.database.run(lambda c: change(c, sql, values))

    async def _taken(self, owner: str, thread_id: str, run: str) -> bool:
        values = {
            "owner": owner,
            "id": thread_id,
            "run": run,
            "here": here(),
            "now": now(),
            "until": until(),
        }

        def act(connection: Connection) -> bool:
            if change(connection, _TAKE, values):
                return True
            found = list(rows(connection, _HOLDER, values))
            if not found or not is_gone(str(found[0]["busy_by"])):
                return False
            left = {**values, "holder": found[0]["busy_by"]}
            return bool(change(connection, _TAKE_OVER, left))

        return await self.database.run(act)

    async def _renew(self) -> None:
        while self._held:
            await asyncio.sleep(RENEW_S)
            values = {"here": here(), "until": until()}
            await self.database.run(partial(_changed, values))


_RENEW: Final = "UPDATE threads SET busy_until = :until WHERE busy_by = :here"
_LOCKED: Final = "SELECT id FROM threads WHERE owner = :owner AND id = :id FOR UPDATE"
_LAST: Final = """
    SELECT
      (SELECT COALESCE(MAX(seq), 0) FROM messages WHERE owner = :owner AND thread_id = :id) AS seq,
      (SELECT leaf_seq FROM threads WHERE owner = :owner AND id = :id) AS leaf_seq,
      (SELECT COUNT(*) FROM threads WHERE owner = :owner AND id = :id) AS there
"""
_ADD: Final = """
    INSERT INTO messages (owner, thread_id, seq, id, role, content, run_id, status, created,
      parent_seq, extra)
    VALUES (:owner, :thread, :seq, :id, :role, :content, :run, :status, :now, :parent, :extra)
"""
_TOUCH: Final = """
    UPDATE threads SET updated = :now, leaf_seq = NULL WHERE owner = :owner AND id = :id
"""
_TAKE: Final = """
    UPDATE threads SET busy_run = :run, busy_by = :here, busy_until = :until
    WHERE owner = :owner AND id = :id AND (busy_run IS NULL OR busy_until < :now)
"""
_HOLDER: Final = "SELECT busy_by FROM threads WHERE owner = :owner AND id = :id"
_TAKE_OVER: Final = """
    UPDATE threads SET busy_run = :run, busy_by = :here, busy_until = :until
    WHERE owner = :owner AND id = :id AND busy_by = :holder
"""


def _changed(values: Mapping[str, Any], connection: Connection) -> int:
    return change(connection, _RENEW, values)


def _thread(connection: Connection, owner: str, thread_id: str) -> Thread | None:
    sql = "SELECT * FROM threads WHERE owner = :owner AND id = :id"
    for row in rows(connection, sql, {"owner": owner, "id": thread_id}):
        return as_thread(row)
    return None


def as_thread(row: Mapping[str, Any]) -> Thread:
    return Thread(
        id=row["id"],
        owner=row["owner"],
        title=row["title"],
        metadata=orjson.loads(row["metadata"]),
        created=row["created"],
        updated=row["updated"],
        leaf_seq=row["leaf_seq"],
    )


def as_message(row: Mapping[str, Any]) -> Message:
    return Message(
        id=row["id"],
        seq=row["seq"],
        role=row["role"],
        content=orjson.loads(row["content"]),
        run_id=row["run_id"],
        status=row["status"],
        created=row["created"],
        parent_seq=row["seq"] - 1 if row["parent_seq"] is None else row["parent_seq"],
        extra=None if row["extra"] is None else orjson.loads(row["extra"]),
    )


def _content(message: Mapping[str, Any]) -> str:
    rest = {k: v for k, v in message.items() if k not in ("role", "id")}
    return _text(rest["content"] if set(rest) == {"content"} else rest)


def _text(value: Any) -> str:
    return to_json(value).decode().replace("\\u0000", "\\ufffd")
