"""The door to ClickHouse: embedded chDB by default, a server by URL. One class for both.

Reads and commands go through clickhouse-connect. Embedded writes go through chDB's own streaming
insert, because `client.insert` writes a temporary file and waits for long queries of other handles
(design/store.md §8). A handle serialises its queries, so a few of them are kept in a pool.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import queue
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

import orjson

from pilothouse.platform.durations import Durations
from pilothouse.platform.store import server
from pilothouse.platform.store.embedded import EmbeddedWriter
from pilothouse.platform.store.failures import (
    QueryTimeout,
    StoreError,
    StoreInUse,
    first_line,
    translated,
)
from pilothouse.platform.store.migrate import bring_up_to_date
from pilothouse.platform.store.rows import pack_all

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

T = TypeVar("T")
Params = Mapping[str, Any]

__all__ = ["Barrier", "Params", "QueryTimeout", "Store", "StoreError"]

log = logging.getLogger("pilothouse.store")

READ_HANDLES: Final = 4
"""Opened when they are wanted: each takes 15 ms."""
# Small caches: the engine shares a laptop with the application that it watches.
CHDB_OPTIONS: Final[dict[str, str | int]] = {
    "config-file": str(Path(__file__).with_name("embedded.xml")),
    "mark_cache_size": 32 << 20,
    "index_mark_cache_size": 8 << 20,
    "query_condition_cache_size": 4 << 20,
    "primary_index_cache_size": 32 << 20,
    "memory_worker_period_ms": 1000,  # of 50: half of what an idle server does
}


_TIMEOUT_S: Final = 30
_SESSION: Final[dict[str, Any]] = {
    "max_execution_time": _TIMEOUT_S,
    "output_format_json_quote_64bit_integers": 0,
    "date_time_output_format": "iso",
}
"""Set once a handle: the embedded client turns settings of a call into eight statements (8 ms)."""
# The engine makes machine code of an expression at its third use: 50 to 100 ms for one request
# out of many, for what saves none of them a millisecond; as much for the third insert of a start.
_UNCOMPILED: Final[dict[str, Any]] = {
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
    "compile_regular_expressions": 0,
}
_EMBEDDED_SESSION: Final[dict[str, Any]] = (
    _SESSION
    | _UNCOMPILED
    # It goes before all other filters, which are then applied to columns that were read whole.
    | {"use_top_k_dynamic_filtering": 0}
)


# The text index is built by merges, off the insert path; unindexed parts are scanned (store.md §6).
_INSERT_SETTINGS: Final[dict[str, Any]] = {
    "materialize_skip_indexes_on_insert": 0,
    "optimize_on_insert": 0,
}
_FSYNC: Final = ("fsync_after_insert", "fsync_part_directory", "min_rows_to_fsync_after_merge")


def _clause(settings: Mapping[str, Any] | None) -> str:
    if not settings:
        return ""
    return "\nSETTINGS " + ", ".join(
        f"{name} = '{v}'" if isinstance(v, str) else f"{name} = {float(v):g}"
        for name, v in settings.items()
    )


_AREAS: Final = (
    "spans", "traces", "span_hours", "key_hours", "scores", "logs", "blobs", "metric_points",
    "words",
)  # fmt: skip
_OTHER: Final = "other"
_READ_FROM: Final = re.compile(r"\bFROM\s+([a-z_]+)")


def _area(sql: str) -> str:
    """What a statement is about: the first table that it names."""
    found = _READ_FROM.search(sql)
    return found[1] if found is not None and found[1] in _AREAS else _OTHER


class Store:
    """Runs SQL off the event loop and keeps the handles that it runs on."""

    def __init__(self, url: str, *, durable: bool = False, backups: Path | None = None) -> None:
        """Open `chdb:///path` or `clickhouse://user:password@host:port/database`.

        `durable` asks the engine to fsync each insert; below `backups` it may write backups.
        Raises StoreError.
        """
        self._options = dict(CHDB_OPTIONS)
        if backups is not None:
            self._options["backups.allowed_path"] = str(backups)
        self._url = url
        self._durable = durable
        self._lock_file: int | None = None
        self._barrier: Barrier | None = None
        self.inserts: Counter[str] = Counter()
        """How often this process inserted into each table."""
        self.reads = {area: Durations() for area in (*_AREAS, _OTHER)}
        """How long statements took, by the table that they name first."""
        parts = urlsplit(url)
        if parts.scheme == "chdb":
            self.path: Path | None = Path(parts.path)
            self._writer: _Writer = self._open_embedded(self.path)
        elif parts.scheme in server.SCHEMES:
            self.path = None
            self._writer = server.ServerWriter(self._connect(), _INSERT_SETTINGS)
        else:
            raise StoreError(
                f"unknown store {parts.scheme + ':…'!r}: expected chdb:///path or "
                "clickhouse://user:password@host:port/database"
            )
        self._handles: queue.LifoQueue[Client] = queue.LifoQueue()
        self._threads = ThreadPoolExecutor(READ_HANDLES, thread_name_prefix="store-read")
        self._unopened = READ_HANDLES
        self._opening = threading.Lock()
        self._migrate()

    # ---- opening

    def _open_embedded(self, path: Path) -> _Writer:
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = os.open(path / "pilothouse.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as e:
            raise StoreError(f"cannot write to {path}: {e.strerror}") from e
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            os.close(lock)
            raise StoreInUse(
                f"another Pilothouse uses {path}; stop it, or choose another --data"
            ) from e
        self._lock_file = lock
        try:
            return EmbeddedWriter(path / "db", self._options, _INSERT_SETTINGS | _UNCOMPILED)
        except Exception as e:
            raise StoreError(f"cannot open the span store in {path}: {e}") from e

    def _connect(self) -> Client:
        if self.path is not None:
            from clickhouse_connect.driver._chdbclient import ChdbClient

            return ChdbClient(
                str(self.path / "db"), chdb_options=self._options, settings=_EMBEDDED_SESSION
            )
        return server.connect(urlsplit(self._url), _SESSION)

    def _migrate(self) -> None:
        try:
            with self._handle() as client:
                bring_up_to_date(client)
                self._writer.prepare()
                self._set_durability(client)
        except StoreError:
            raise
        except Exception as e:
            raise StoreError(f"cannot prepare the span store: {first_line(e)}") from e

    def _set_durability(self, client: Client) -> None:
        """Have the tables fsync what is inserted and merged, or stop it: they keep the setting."""
        tables = client.query(
            "SELECT name, engine_full LIKE '%fsync_after_insert%' FROM system.tables"
            " WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
        )
        for name, durable in tables.result_rows:
            if self._durable and not durable:
                wanted = ", ".join(f"{setting} = 1" for setting in _FSYNC)
                client.command(f"ALTER TABLE {name} MODIFY SETTING {wanted}")
            elif durable and not self._durable and self.path is not None:
                client.command(f"ALTER TABLE {name} RESET SETTING {', '.join(_FSYNC)}")

    # ---- reading

    @contextlib.contextmanager
    def _handle(self) -> Iterator[Client]:
        client = self._free_handle()
        try:
            yield client
        except Exception:
            if self.path is not None:
                # chDB 4.4 may answer the next query of a handle with what a failed one left
                # behind (a time-out half-way through its output): such a handle is not used again.
                client.close()
                client = self._connect()
            raise
        finally:
            self._handles.put(client)

    def _free_handle(self) -> Client:
        """A handle that nobody uses; one is opened while there are fewer than there may be."""
        with contextlib.suppress(queue.Empty):
            return self._handles.get_nowait()
        with self._opening:
            opens = self._unopened > 0
            self._unopened -= opens
        if not opens:
            return self._handles.get()
        try:
            return self._connect()
        except BaseException:
            with self._opening:
                self._unopened += 1
            raise

    def raw_sync(
        self,
        sql: str,
        params: Params | None = None,
        fmt: str = "JSONEachRow",
        *,
        timeout_s: float = _TIMEOUT_S,
        settings: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The answer as the engine writes it in FORMAT `fmt`. Raises QueryTimeout, BadRequest."""
        with translated(), self._handle() as client:
            if timeout_s != _TIMEOUT_S:
                settings = {"max_execution_time": timeout_s, **(settings or {})}
            begun = time.monotonic()
            try:
                return bytes(
                    client.raw_query(
                        sql + _clause(settings), parameters=dict(params or {}), fmt=fmt
                    )
                )
            finally:
                self.reads[_area(sql)].add(time.monotonic() - begun)

    def records_sync(
        self, sql: str, params: Params | None = None, **how: Any
    ) -> list[dict[str, Any]]:
        """The rows as dictionaries. 64-bit integers come as numbers."""
        body = self.raw_sync(sql, params, "JSONEachRow", **how)
        return [orjson.loads(line) for line in body.split(b"\n") if line]

    def rows_sync(
        self, sql: str, params: Params | None = None, **how: Any
    ) -> list[tuple[Any, ...]]:
        """The rows as tuples."""
        body = self.raw_sync(sql, params, "JSONCompactEachRow", **how)
        # No text has a newline in JSON, so that all rows are read as one list: half the time.
        rows = orjson.loads(b"[" + body.rstrip(b"\n").replace(b"\n", b",") + b"]")
        return list(map(tuple, rows))

    async def raw(
        self, sql: str, params: Params | None = None, fmt: str = "JSONEachRow", **how: Any
    ) -> bytes:
        """`raw_sync` on a thread of the pool."""
        return await self._off(lambda: self.raw_sync(sql, params, fmt, **how))

    async def records(
        self, sql: str, params: Params | None = None, **how: Any
    ) -> list[dict[str, Any]]:
        """`records_sync` on a thread of the pool."""
        return await self._off(lambda: self.records_sync(sql, params, **how))

    async def rows(
        self, sql: str, params: Params | None = None, **how: Any
    ) -> list[tuple[Any, ...]]:
        """`rows_sync` on a thread of the pool."""
        return await self._off(lambda: self.rows_sync(sql, params, **how))

    async def command(self, sql: str, params: Params | None = None) -> None:
        """Run a statement that answers nothing."""
        await self._off(lambda: self.command_sync(sql, params))

    def command_sync(self, sql: str, params: Params | None = None) -> None:
        with translated(), self._handle() as client:
            # Not `command`: that would put the values into the URL.
            client.raw_query(sql, parameters=dict(params or {}))

    async def _off(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    # ---- writing

    def insert_packed(self, table: str, columns: Sequence[str], packed: bytes) -> None:
        """Insert rows that `rows.pack` made; returns once the engine has committed them."""
        self._writer.insert(table, columns, packed)
        self.inserts[table] += 1

    async def insert(
        self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
    ) -> None:
        """Insert rows: DateTime64 as int µs, DateTime as int s, Map as dict, Array as list."""
        packed = pack_all(list(rows))
        if packed:
            await asyncio.to_thread(self.insert_packed, table, columns, packed)

    # ---- seeing one's own writes

    def use_barrier(self, barrier: Barrier) -> None:
        """Let `visible` wait for what the write-ahead file still holds."""
        self._barrier = barrier

    async def visible(self) -> None:
        """Return once everything that was acknowledged stands in the tables, traces recomputed."""
        if self._barrier is not None:
            await self._barrier.visible()

    def close(self) -> None:
        """Finish what runs and let go of the directory."""
        self._threads.shutdown(wait=True)
        while not self._handles.empty():
            self._handles.get().close()
        self._writer.close()
        if self._lock_file is not None:
            os.close(self._lock_file)


class Barrier(Protocol):
    """What `Store.visible` waits for; the ingest pipeline implements it."""

    async def visible(self) -> None: ...


class _Writer(Protocol):
    def prepare(self) -> None: ...
    def insert(self, table: str, columns: Sequence[str], packed: bytes) -> None: ...
    def close(self) -> None: ...
