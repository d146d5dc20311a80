"""Runs of threads and the events that they told, for who comes back after a lost connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from pilothouse.serving.store.database import change, change_each, rows
from pilothouse.serving.store.leases import here, is_gone, now, until
from pilothouse.serving.store.store import Store
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from sqlalchemy import Connection

RunStatus = Literal["running", "success", "error", "interrupted", "lost"]
KEPT_EVENTS: Final = 10_000
"""Of one run; older ones are forgotten."""
KEPT_S: Final = 3600
"""How long after its end a run's events are kept."""
CLOCKS_US: Final = 600 * 1_000_000
"""By so much the clocks of machines may differ."""
PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that a run told."""

    seq: int
    """From 1, without gaps."""
    name: str
    data: bytes
    """JSON on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """A run of a thread."""

    id: str
    owner: str
    thread_id: str
    mount: str
    status: RunStatus
    request_key: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    trace_id: str | None = None
    started: int = 0
    ended: int | None = None


class RunStore:
    """The tables of runs and of their events."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._forgotten = 0
        """Runs that ended before have no events any more."""

    async def begin(self, run: StoredRun) -> None:
        """Keep a run that begins; runs that ended long ago lose their events."""
        old = now() - KEPT_S * 1_000_000
        values = {
            "id": run.id,
            "owner": run.owner,
            "thread": run.thread_id,
            "mount": run.mount,
            "key": run.request_key,
            "status": run.status,
            "metadata": to_json(run.metadata).decode(),
            "trace": run.trace_id,
            "here": here(),
            "until": until(),
            "started": run.started,
            "old": old,
            "since": self._forgotten,
        }

        def act(connection: Connection) -> None:
            change(connection, _BEGIN, values)
            change(connection, _FORGET, values)

        await self._store.database.run(act)
        self._forgotten = old - CLOCKS_US

    async def tell(self, run_id: str, events: Sequence[Event]) -> bool:
        """Keep what a run told and its lease; -> whether somebody asked it to stop.

        Nothing is kept of a run whose conversation was deleted, which has to stop, too.
        """
        told = [
            {"run": run_id, "seq": e.seq, "name": e.name, "data": e.data.decode()} for e in events
        ]
        last = events[-1].seq if events else 0
        values = {"run": run_id, "until": until(), "oldest": last - KEPT_EVENTS}

        def act(connection: Connection) -> bool:
            if not change(connection, _RENEW, values):
                return True
            change_each(connection, _TELL, told)
            if last > KEPT_EVENTS:
                change(connection, "DELETE FROM run_events WHERE run_id = :run AND seq <= :oldest",
                       values)  # fmt: skip
            sql = "SELECT stop_asked FROM runs WHERE id = :run"
            return any(row["stop_asked"] for row in rows(connection, sql, values))

        return await self._store.database.run(act)

    async def end(self, run_id: str, status: RunStatus, events: Sequence[Event] = ()) -> None:
        """Keep its last events and how it ended."""
        if events:
            await self.tell(run_id, events)
        values = {"run": run_id, "status": status, "now": now()}
        sql = "UPDATE runs SET status = :status, ended = :now WHERE id = :run AND ended IS NULL"
        await self._store.database.run(lambda c: change(c, sql, values))

    async def one(self, owner: str, run_id: str) -> StoredRun | None:
        """By its id; None for those of others too. A run whose process is gone is `lost`."""
        found = await self._found("id = :id", {"owner": owner, "id": run_id})
        return found[0] if found else None

    async def by_key(self, owner: str, thread_id: str, key: str) -> StoredRun | None:
        """The run that a client asked for by a key of its own."""
        values = {"owner": owner, "thread": thread_id, "key": key}
        found = await self._found("thread_id = :thread AND request_key = :key", values)
        return found[0] if found else None

    async def of_thread(self, owner: str, thread_id: str, limit: int = 20) -> list[StoredRun]:
        """The newest first."""
        values = {"owner": owner, "thread": thread_id, "limit": limit}
        return await self._found(
            "thread_id = :thread ORDER BY started DESC, id DESC LIMIT :limit", values
        )

    async def events(self, run_id: str, after: int) -> list[Event]:
        """The next events, at most a page of them."""
        sql = """
            SELECT seq, name, data FROM run_events
            WHERE run_id = :run AND seq > :after
            ORDER BY seq
            LIMIT :page
        """
        values = {"run": run_id, "after": after, "page": PAGE}

        def act(connection: Connection) -> list[Event]:
            return [
                Event(seq=row["seq"], name=row["name"], data=row["data"].encode())
                for row in rows(connection, sql, values)
            ]

        return await self._store.database.run(act)

    async def ask_to_stop(self, owner: str, run_id: str) -> None:
        """Let the process that has the run end it."""
        sql = "UPDATE runs SET stop_asked = 1 WHERE owner = :owner AND id = :run"
        values = {"owner": owner, "run": run_id}
        await self._store.database.run(lambda c: change(c, sql, values))

    async def _found(self, where: str, values: Mapping[str, Any]) -> list[StoredRun]:
        await self._store.open()
        sql = f"SELECT * FROM runs WHERE owner = :owner AND {where}"  # noqa: S608 - our own constants
        found = await self._store.database.run(lambda c: list(rows(c, sql, values)))
        runs = []
        for row in found:
            status = row["status"]
            if status == "running" and (row["held_until"] < now() or is_gone(row["held_by"])):
                status = "lost"
                await self.end(row["id"], "lost")
            runs.append(_as_run(row, status))
        return runs


_BEGIN: Final = """
    INSERT INTO runs (id, owner, thread_id, mount, request_key, status, metadata, trace_id,
      held_by, held_until, started)
    VALUES (:id, :owner, :thread, :mount, :key, :status, :metadata, :trace, :here, :until, :started)
"""
_FORGET: Final = """
    DELETE FROM run_events
    WHERE run_id IN (SELECT id FROM runs WHERE ended >= :since AND ended < :old)
"""
_RENEW: Final = "UPDATE runs SET held_until = :until WHERE id = :run"
_TELL: Final = """
    INSERT INTO run_events (run_id, seq, name, data) VALUES (:run, :seq, :name, :data)
    ON CONFLICT DO NOTHING
"""


def _as_run(row: Mapping[str, Any], status: RunStatus) -> StoredRun:
    return StoredRun(
        id=row["id"],
        owner=row["owner"],
        thread_id=row["thread_id"],
        mount=row["mount"],
        status=status,
        request_key=row["request_key"],
        metadata=orjson.loads(row["metadata"]),
        trace_id=row["trace_id"],
        started=row["started"],
        ended=row["ended"],
    )
