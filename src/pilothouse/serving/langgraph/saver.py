"""Checkpoints of graphs, in the app's own store: what LangGraph calls a checkpointer.

A channel's value is kept once for each of its versions, not once for each checkpoint, so that a
long conversation does not grow by the square.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_checkpoint_metadata,
)

from pilothouse.serving.store.database import change, rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pilothouse.serving.store.database import Database

EMPTY: Final = "empty"
Row = Mapping[str, Any]


class Saver(BaseCheckpointSaver[str]):
    """Keeps checkpoints; to be used on the event loop of its app."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that is named, or the newest of its thread."""
        named = _named(config)
        wanted = get_checkpoint_id(config)
        found = await self._database.run(lambda c: self._found(c, named, wanted))
        if found is not None and wanted:
            return found._replace(config=config)
        return found

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Those of a thread, newest first."""
        if config is None:
            raise ValueError("checkpoints are listed by thread")
        given = config["configurable"]
        ns: str | None = given.get("checkpoint_ns")
        until = get_checkpoint_id(before) if before else None
        exact = get_checkpoint_id(config)
        values = {"thread": given["thread_id"], "ns": ns, "until": until, "id": exact}
        sql = "SELECT * FROM graph_checkpoints WHERE thread = :thread"
        for name, clause in (("ns", "ns = :ns"), ("until", "id < :until"), ("id", "id = :id")):
            if values[name] is not None:
                sql += f" AND {clause}"
        sql += " ORDER BY id DESC"
        if limit is not None and not filter:
            sql += f" LIMIT {int(limit)}"

        def act(connection: Connection) -> list[CheckpointTuple]:
            made = []
            for row in list(rows(connection, sql, values)):
                about = self.serde.loads_typed((row["about_kind"], bytes(row["about"])))
                if filter and any(about.get(k) != v for k, v in filter.items()):
                    continue
                made.append(self._tuple(connection, row))
                if limit is not None and len(made) >= limit:
                    break
            return made

        for found in await self._database.run(act):
            yield found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint, and the channels that are new in it."""
        kept: dict[str, Any] = {**checkpoint}
        channels: dict[str, Any] = kept.pop("channel_values")
        thread, ns = _named(config)
        about = get_checkpoint_metadata(config, metadata)
        kind, body = self.serde.dumps_typed(kept)
        about_kind, about_body = self.serde.dumps_typed(about)
        row = {
            "thread": thread,
            "ns": ns,
            "id": checkpoint["id"],
            "parent": config["configurable"].get("checkpoint_id"),
            "run": about.get("run_id"),
            "kind": kind,
            "body": body,
            "about_kind": about_kind,
            "about": about_body,
        }
        blobs = []
        for channel, version in new_versions.items():
            empty = (EMPTY, b"")
            said = self.serde.dumps_typed(channels[channel]) if channel in channels else empty
            blobs.append(
                {"channel": channel, "version": str(version), "kind": said[0], "body": said[1]}
            )

        def act(connection: Connection) -> None:
            for blob in blobs:
                change(connection, _PUT_CHANNEL, {"thread": thread, "ns": ns, **blob})
            change(connection, _PUT, row)

        await self._database.run(act)
        named = {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint["id"]}
        return {"configurable": named}

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Keep what a task wrote, before its step is done."""
        thread, ns = _named(config)
        made = []
        for index, (channel, value) in enumerate(writes):
            kind, body = self.serde.dumps_typed(value)
            made.append(
                {
                    "thread": thread,
                    "ns": ns,
                    "id": config["configurable"]["checkpoint_id"],
                    "task": task_id,
                    "place": WRITES_IDX_MAP.get(channel, index),
                    "path": task_path,
                    "channel": channel,
                    "kind": kind,
                    "body": body,
                }
            )

        def act(connection: Connection) -> None:
            for row in made:
                sql = _PUT_WRITE + ("NOTHING" if row["place"] >= 0 else _ANEW)
                change(connection, sql, row)

        await self._database.run(act)

    async def adelete_thread(self, thread_id: str) -> None:
        """Forget all of a thread."""
        await self._database.run(lambda c: _forget(c, thread_id))

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Forget the checkpoints that these runs made."""

        def act(connection: Connection) -> None:
            for run in run_ids:
                change(connection, _FORGET_WRITES_OF_RUN, {"run": run})
                change(
                    connection, "DELETE FROM graph_checkpoints WHERE run_id = :run", {"run": run}
                )

        await self._database.run(act)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """The same checkpoints under another name."""
        values = {"source": source_thread_id, "target": target_thread_id}

        def act(connection: Connection) -> None:
            for table, columns in _COLUMNS.items():
                sql = f"""
                    INSERT INTO {table} (thread, {columns})
                    SELECT :target, {columns} FROM {table} WHERE thread = :source
                """  # noqa: S608 - names of our own tables
                change(connection, sql, values)

        await self._database.run(act)

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Forget all checkpoints of these threads, or all but the newest of each namespace."""

        def act(connection: Connection) -> None:
            for thread in thread_ids:
                if strategy == "delete":
                    _forget(connection, thread)
                    continue
                change(connection, _FORGET_OLD_WRITES, {"thread": thread})
                change(connection, _FORGET_OLD, {"thread": thread})

        await self._database.run(act)

    def get_next_version(self, current: str | None, channel: None) -> str:
        """One that no fork of the same thread takes, too."""
        number = 0 if current is None else int(str(current).partition(".")[0])
        return f"{number + 1:032}.{secrets.token_hex(8)}"

    # --- for code that runs in threads ---

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """As `aget_tuple`; not on the event loop."""
        return asyncio.run(self.aget_tuple(config))

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """As `alist`; not on the event loop."""

        async def all_of_them() -> Any:
            found = self.alist(config, filter=filter, before=before, limit=limit)
            return [each async for each in found]

        yield from asyncio.run(all_of_them())

    # --- rows ---

    def _found(
        self, connection: Connection, named: tuple[str, str], wanted: str | None
    ) -> CheckpointTuple | None:
        values = {"thread": named[0], "ns": named[1], "id": wanted}
        for row in list(rows(connection, _ONE if wanted else _NEWEST, values)):
            return self._tuple(connection, row)
        return None

    def _tuple(self, connection: Connection, row: Row) -> CheckpointTuple:
        named = {"thread": row["thread"], "ns": row["ns"], "id": row["id"]}
        kept: dict[str, Any] = self.serde.loads_typed((row["kind"], bytes(row["body"])))
        versions = {name: str(v) for name, v in kept["channel_versions"].items()}
        kept["channel_values"] = dict(self._channels(connection, named, versions))
        writes = [
            (
                each["task"],
                each["channel"],
                self.serde.loads_typed((each["kind"], bytes(each["body"]))),
            )
            for each in rows(connection, _WRITES, named)
        ]
        made: Checkpoint = kept  # type: ignore[assignment] # a TypedDict out of its serializer
        return CheckpointTuple(
            config=_config(row, row["id"]),
            checkpoint=made,
            metadata=self.serde.loads_typed((row["about_kind"], bytes(row["about"]))),
            parent_config=_config(row, row["parent"]) if row["parent"] else None,
            pending_writes=writes,
        )

    def _channels(
        self, connection: Connection, named: Row, versions: Mapping[str, str]
    ) -> Iterator[tuple[str, Any]]:
        for channel, version in versions.items():
            values = {**named, "channel": channel, "version": version}
            for row in rows(connection, _CHANNEL, values):
                if row["kind"] != EMPTY:
                    yield channel, self.serde.loads_typed((row["kind"], bytes(row["body"])))


def _named(config: RunnableConfig) -> tuple[str, str]:
    given = config["configurable"]
    return str(given["thread_id"]), str(given.get("checkpoint_ns") or "")


def _config(row: Row, checkpoint: str) -> RunnableConfig:
    named = {"thread_id": row["thread"], "checkpoint_ns": row["ns"], "checkpoint_id": checkpoint}
    return {"configurable": named}


def _forget(connection: Connection, thread: str) -> None:
    for table in _COLUMNS:
        sql = f"DELETE FROM {table} WHERE thread = :thread"  # noqa: S608 - as above
        change(connection, sql, {"thread": thread})


_COLUMNS: Final = {
    "graph_checkpoints": "ns, id, parent, run_id, kind, body, about_kind, about",
    "graph_channels": "ns, channel, version, kind, body",
    "graph_writes": "ns, id, task, place, path, channel, kind, body",
}
_ONE: Final = "SELECT * FROM graph_checkpoints WHERE thread = :thread AND ns = :ns AND id = :id"
_NEWEST: Final = """
    SELECT * FROM graph_checkpoints WHERE thread = :thread AND ns = :ns ORDER BY id DESC LIMIT 1
"""
_CHANNEL: Final = """
    SELECT kind, body FROM graph_channels
    WHERE thread = :thread AND ns = :ns AND channel = :channel AND version = :version
"""
_WRITES: Final = """
    SELECT task, channel, kind, body FROM graph_writes
    WHERE thread = :thread AND ns = :ns AND id = :id
    ORDER BY path, task, place
"""
_PUT: Final = """
    INSERT INTO graph_checkpoints
      (thread, ns, id, parent, run_id, kind, body, about_kind, about)
    VALUES (:thread, :ns, :id, :parent, :run, :kind, :body, :about_kind, :about)
    ON CONFLICT (thread, ns, id) DO UPDATE
    SET kind = excluded.kind, body = excluded.body, about = excluded.about
"""
_PUT_CHANNEL: Final = """
    INSERT INTO graph_channels (thread, ns, channel, version, kind, body)
    VALUES (:thread, :ns, :channel, :version, :kind, :body)
    ON CONFLICT DO NOTHING
"""
_PUT_WRITE: Final = """
    INSERT INTO graph_writes (thread, ns, id, task, place, path, channel, kind, body)
    VALUES (:thread, :ns, :id, :task, :place, :path, :channel, :kind, :body)
    ON CONFLICT (thread, ns, id, task, place) DO
"""
_ANEW: Final = "UPDATE SET channel = excluded.channel, kind = excluded.kind, body = excluded.body"
_FORGET_WRITES_OF_RUN: Final = """
    DELETE FROM graph_writes WHERE EXISTS (
      SELECT 1 FROM graph_checkpoints c
      WHERE c.run_id = :run AND c.thread = graph_writes.thread AND c.ns = graph_writes.ns
        AND c.id = graph_writes.id
    )
"""
_FORGET_OLD_WRITES: Final = """
    DELETE FROM graph_writes WHERE thread = :thread AND id < (
      SELECT MAX(c.id) FROM graph_checkpoints c
      WHERE c.thread = graph_writes.thread AND c.ns = graph_writes.ns
    )
"""
_FORGET_OLD: Final = """
    DELETE FROM graph_checkpoints WHERE thread = :thread AND id < (
      SELECT MAX(c.id) FROM graph_checkpoints c
      WHERE c.thread = graph_checkpoints.thread AND c.ns = graph_checkpoints.ns
    )
"""
