"""How threads and runs of graphs are kept; each row belongs to an owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from pilothouse.serving.errors import NotFound, Refusal
from pilothouse.serving.langgraph.models import KeptRun, RunStatus, Thread, ThreadStatus
from pilothouse.serving.store.database import change, rows
from pilothouse.serving.store.leases import now
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pilothouse.serving.store import Store

THREAD_ID_CHARS: Final = 200
SCANNED: Final = 10_000
"""Threads that a search by metadata or state looks at, newest first."""
Row = Mapping[str, Any]


class Records:
    """Threads and runs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # --- threads ---

    async def thread(self, owner: str, thread_id: str) -> Thread:
        """One; raises NotFound, for those of others too."""
        found = await self._rows(_THREAD, {"owner": owner, "id": thread_id})
        if not found:
            raise NotFound(f"there is no thread {thread_id!r}")
        return _thread(found[0])

    async def add_thread(
        self, owner: str, thread_id: str, metadata: Mapping[str, Any], *, hidden: bool = False
    ) -> bool:
        """Whether it was made; False where it was there already. Raises Refusal for its name."""
        if not thread_id or len(thread_id) > THREAD_ID_CHARS or "\x00" in thread_id:
            raise Refusal(f"a thread id has 1 to {THREAD_ID_CHARS} characters", status=422)
        values = {
            "owner": owner,
            "id": thread_id,
            "hidden": int(hidden),
            "metadata": text(metadata),
            "now": now(),
        }
        return bool(await self._change(_ADD_THREAD, values))

    async def change_thread(
        self, owner: str, thread_id: str, metadata: Mapping[str, Any]
    ) -> Thread:
        """With more metadata."""
        known = await self.thread(owner, thread_id)
        merged = {**known.metadata, **metadata}
        values = {"owner": owner, "id": thread_id, "metadata": text(merged), "now": now()}
        await self._change(
            "UPDATE graph_threads SET metadata = :metadata, updated = :now"
            " WHERE owner = :owner AND id = :id",
            values,
        )
        return await self.thread(owner, thread_id)

    async def set_state(
        self,
        owner: str,
        thread_id: str,
        *,
        status: ThreadStatus,
        values: Any,
        interrupts: Mapping[str, Any],
        error: str | None = None,
    ) -> None:
        """After a run, or a change by hand."""
        row = {
            "owner": owner,
            "id": thread_id,
            "status": status,
            "state": text(values),
            "interrupts": text(interrupts),
            "error": error,
            "now": now(),
        }
        await self._change(_SET_STATE, row)

    async def begin_on(
        self, owner: str, thread_id: str, graph_id: str, metadata: Mapping[str, Any], config: Any
    ) -> None:
        """A run of a graph is asked for: the thread is busy, and belongs to the graph."""
        row = {
            "owner": owner,
            "id": thread_id,
            "graph": graph_id,
            "metadata": text(metadata),
            "config": text(config),
            "now": now(),
        }
        await self._change(_BEGIN_ON, row)

    async def set_status(self, owner: str, thread_id: str, status: ThreadStatus) -> None:
        """Nothing else changes."""
        row = {"owner": owner, "id": thread_id, "status": status, "now": now()}
        await self._change(
            "UPDATE graph_threads SET status = :status, updated = :now"
            " WHERE owner = :owner AND id = :id",
            row,
        )

    async def delete_thread(self, owner: str, thread_id: str) -> None:
        """With its runs; raises NotFound. Checkpoints are the graph's to forget."""
        await self.thread(owner, thread_id)
        values = {"owner": owner, "id": thread_id}

        def act(connection: Connection) -> None:
            change(connection, _DELETE_EVENTS, values)
            change(connection, "DELETE FROM runs WHERE owner = :owner AND thread_id = :id", values)
            change(
                connection,
                "DELETE FROM graph_runs WHERE owner = :owner AND thread_id = :id",
                values,
            )
            change(
                connection, "DELETE FROM graph_threads WHERE owner = :owner AND id = :id", values
            )

        await self._store.database.run(act)

    async def threads(
        self, owner: str, status: str | None = None, ids: list[str] | None = None
    ) -> list[Thread]:
        """All of an owner's that are not hidden, the last changed first."""
        values = {"owner": owner, "status": status, "most": SCANNED}
        sql = _THREADS_BY_STATUS if status is not None else _THREADS
        found = [_thread(row) for row in await self._rows(sql, values)]
        return found if ids is None else [each for each in found if each.id in set(ids)]

    # --- runs ---

    async def add_run(self, run: KeptRun) -> None:
        """One that is asked for."""
        values = {
            "owner": run.owner,
            "id": run.id,
            "thread": run.thread_id,
            "stateless": int(run.stateless),
            "assistant": run.assistant_id,
            "status": run.status,
            "metadata": text(run.metadata),
            "kwargs": text(run.kwargs),
            "strategy": run.strategy,
            "created": run.created,
        }
        await self._change(_ADD_RUN, values)

    async def run(self, owner: str, run_id: str, thread_id: str | None = None) -> KeptRun:
        """One; raises NotFound."""
        found = await self._rows(_RUN, {"owner": owner, "id": run_id})
        if not found or (thread_id is not None and found[0]["thread_id"] != thread_id):
            raise NotFound(f"there is no run {run_id!r}")
        return _run(found[0])

    async def runs(
        self, owner: str, thread_id: str | None, *, status: str | None, limit: int, offset: int
    ) -> list[KeptRun]:
        """The newest first; of one thread or of all."""
        values = {
            "owner": owner,
            "thread": thread_id,
            "status": status,
            "limit": limit,
            "offset": offset,
        }
        where = "owner = :owner"
        where += "" if thread_id is None else " AND thread_id = :thread"
        where += "" if status is None else " AND status = :status"
        sql = f"""
            SELECT * FROM graph_runs WHERE {where}
            ORDER BY created DESC, id DESC
            LIMIT :limit OFFSET :offset
        """  # noqa: S608 - our own constants
        return [_run(row) for row in await self._rows(sql, values)]

    async def run_ids(self, owner: str, thread_id: str, *, limit: int) -> list[str]:
        """Those of a thread, the newest first; asked often, and without what runs gave."""
        values = {"owner": owner, "thread": thread_id, "limit": limit}
        return [row["id"] for row in await self._rows(_RUN_IDS, values)]

    async def before(self, run: KeptRun) -> list[KeptRun]:
        """Those of its thread that have not ended and were asked for earlier, oldest first."""
        values = {
            "owner": run.owner,
            "thread": run.thread_id,
            "created": run.created,
            "id": run.id,
        }
        return [_run(row) for row in await self._rows(_BEFORE, values)]

    async def active(self, owner: str, thread_id: str) -> list[KeptRun]:
        """Those of a thread that have not ended, oldest first."""
        values = {"owner": owner, "thread": thread_id, "created": 2**62, "id": ""}
        return [_run(row) for row in await self._rows(_BEFORE, values)]

    async def set_run(self, run: KeptRun, status: RunStatus, output: Any = None) -> bool:
        """How it goes on; False where it had ended already."""
        values = {
            "owner": run.owner,
            "id": run.id,
            "status": status,
            "output": None if output is None else text(output),
            "now": now(),
        }
        return bool(await self._change(_SET_RUN, values))

    async def delete_run(self, owner: str, run_id: str) -> None:
        """And its events."""
        values = {"owner": owner, "id": run_id}

        def act(connection: Connection) -> None:
            change(connection, "DELETE FROM run_events WHERE run_id = :id", values)
            change(connection, "DELETE FROM runs WHERE owner = :owner AND id = :id", values)
            change(connection, "DELETE FROM graph_runs WHERE owner = :owner AND id = :id", values)

        await self._store.database.run(act)

    async def _rows(self, sql: str, values: Row) -> list[Row]:
        await self._store.open()
        return await self._store.database.run(lambda c: list(rows(c, sql, values)))

    async def _change(self, sql: str, values: Row) -> int:
        await self._store.open()
        return await self._store.database.run(lambda c: change(c, sql, values))


def text(value: Any) -> str:
    """JSON that both engines keep."""
    return to_json(value).decode().replace("\\u0000", "\\ufffd")


def _thread(row: Row) -> Thread:
    return Thread(
        id=row["id"],
        graph_id=row["graph_id"],
        status=row["status"],
        metadata=orjson.loads(row["metadata"]),
        config=orjson.loads(row["config"]),
        values=orjson.loads(row["state"]),
        interrupts=orjson.loads(row["interrupts"]),
        error=row["error"],
        created=row["created"],
        updated=row["updated"],
        state_updated=row["state_updated"],
    )


def _run(row: Row) -> KeptRun:
    return KeptRun(
        id=row["id"],
        owner=row["owner"],
        thread_id=row["thread_id"],
        stateless=bool(row["stateless"]),
        assistant_id=row["assistant_id"],
        status=row["status"],
        metadata=orjson.loads(row["metadata"]),
        kwargs=orjson.loads(row["kwargs"]),
        strategy=row["strategy"],
        output=None if row["output"] is None else orjson.loads(row["output"]),
        created=row["created"],
        updated=row["updated"],
    )


_THREAD: Final = "SELECT * FROM graph_threads WHERE owner = :owner AND id = :id"
_THREADS: Final = """
    SELECT * FROM graph_threads WHERE owner = :owner AND hidden = 0
    ORDER BY updated DESC, id DESC
    LIMIT :most
"""
_THREADS_BY_STATUS: Final = _THREADS.replace("hidden = 0", "hidden = 0 AND status = :status")
_ADD_THREAD: Final = """
    INSERT INTO graph_threads
      (owner, id, hidden, status, metadata, config, state, interrupts, created, updated,
       state_updated)
    VALUES (:owner, :id, :hidden, 'idle', :metadata, '{}', 'null', '{}', :now, :now, :now)
    ON CONFLICT DO NOTHING
"""
_SET_STATE: Final = """
    UPDATE graph_threads
    SET status = :status, state = :state, interrupts = :interrupts, error = :error,
      updated = :now, state_updated = :now
    WHERE owner = :owner AND id = :id
"""
_BEGIN_ON: Final = """
    UPDATE graph_threads
    SET status = 'busy', graph_id = :graph, metadata = :metadata, config = :config, updated = :now
    WHERE owner = :owner AND id = :id
"""
_DELETE_EVENTS: Final = """
    DELETE FROM run_events WHERE run_id IN (
      SELECT id FROM graph_runs WHERE owner = :owner AND thread_id = :id
    )
"""
_RUN: Final = "SELECT * FROM graph_runs WHERE owner = :owner AND id = :id"
_RUN_IDS: Final = """
    SELECT id FROM graph_runs WHERE owner = :owner AND thread_id = :thread
    ORDER BY created DESC, id DESC
    LIMIT :limit
"""
_BEFORE: Final = """
    SELECT * FROM graph_runs
    WHERE owner = :owner AND thread_id = :thread AND status IN ('pending', 'running')
      AND (created < :created OR (created = :created AND id < :id))
    ORDER BY created, id
"""
_ADD_RUN: Final = """
    INSERT INTO graph_runs
      (owner, id, thread_id, stateless, assistant_id, status, metadata, kwargs, strategy, created,
       updated)
    VALUES (:owner, :id, :thread, :stateless, :assistant, :status, :metadata, :kwargs, :strategy,
      :created, :created)
"""
_SET_RUN: Final = """
    UPDATE graph_runs SET status = :status, output = COALESCE(:output, output), updated = :now
    WHERE owner = :owner AND id = :id AND status IN ('pending', 'running')
"""
