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
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import orjson

from pilothouse.platform.errors import ApiError, BadRequest, Unavailable
from pilothouse.platform.store.rows import pack
from pilothouse.platform.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

T = TypeVar("T")
Params = Mapping[str, Any]

log = logging.getLogger("pilothouse.store")

READ_HANDLES: Final = 4
# Small caches: the engine shares a laptop with the application that it watches.
CHDB_OPTIONS: Final[dict[str, str | int]] = {
    "mark_cache_size": 32 << 20,
    "index_mark_cache_size": 8 << 20,
    "query_condition_cache_size": 4 << 20,
    "primary_index_cache_size": 32 << 20,
}


_TIMEOUT_S: Final = 30
_SESSION: Final[dict[str, Any]] = {
    "max_execution_time": _TIMEOUT_S,
    "output_format_json_quote_64bit_integers": 0,
    "date_time_output_format": "iso",
}
"""Set once a handle: the embedded client turns settings of a call into eight statements (8 ms)."""


def _clause(settings: Mapping[str, Any] | None) -> str:
    if not settings:
        return ""
    return "\nSETTINGS " + ", ".join(f"{name} = {float(v):g}" for name, v in settings.items())


class StoreError(Exception):
    """The span store cannot be opened; the message says why in one line."""


class QueryTimeout(ApiError):
    """A read took longer than it may; narrow its time range or filter."""

    status, code = 504, "timeout"


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
        parts = urlsplit(url)
        if parts.scheme == "chdb":
            self.path: Path | None = Path(parts.path)
            self._writer: _Writer = self._open_embedded(self.path)
        elif parts.scheme in ("clickhouse", "clickhouses"):
            self.path = None
            self._writer = _ServerWriter(self._connect(), durable=durable)
        else:
            raise StoreError(
                f"unknown store {url!r}: expected chdb:///path or clickhouse://host:port/database"
            )
        self._handles: queue.LifoQueue[Client] = queue.LifoQueue()
        self._threads = ThreadPoolExecutor(READ_HANDLES, thread_name_prefix="store-read")
        for _ in range(READ_HANDLES):
            self._handles.put(self._connect())
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
            raise StoreError(
                f"another Pilothouse uses {path}; stop it, or choose another --data"
            ) from e
        self._lock_file = lock
        try:
            return _EmbeddedWriter(path / "db", self._options, durable=self._durable)
        except Exception as e:
            raise StoreError(f"cannot open the span store in {path}: {e}") from e

    def _connect(self) -> Client:
        import clickhouse_connect

        if self.path is not None:
            from clickhouse_connect.driver._chdbclient import ChdbClient

            return ChdbClient(
                str(self.path / "db"), chdb_options=self._options, settings=_SESSION
            )
        parts = urlsplit(self._url)
        try:
            return clickhouse_connect.get_client(
                host=parts.hostname or "localhost",
                port=parts.port or (8443 if parts.scheme == "clickhouses" else 8123),
                username=parts.username,
                password=parts.password or "",
                database=parts.path.strip("/") or "default",
                secure=parts.scheme == "clickhouses",
                autogenerate_session_id=False,
                settings=_SESSION,
            )
        except Exception as e:
            where = f"{parts.hostname}:{parts.port or 8123}"
            raise StoreError(f"cannot reach ClickHouse at {where}: {_first_line(e)}") from e

    def _migrate(self) -> None:
        with self._handle() as client:
            client.command(
                "CREATE TABLE IF NOT EXISTS migrations (number UInt32, applied_at DateTime('UTC'))"
                " ENGINE = ReplacingMergeTree ORDER BY number"
            )
            done = {row[0] for row in client.query("SELECT number FROM migrations").result_rows}
            newest = MIGRATIONS[-1][0]
            if done and max(done) > newest:
                raise StoreError(
                    f"the span store is of a newer Pilothouse (schema {max(done)}, this one knows"
                    f" {newest}); upgrade Pilothouse"
                )
            for number, reason, statements in MIGRATIONS:
                if number in done:
                    continue
                log.info("migrating the span store: %s", reason)
                for statement in statements:
                    client.command(statement)
                client.command(
                    "INSERT INTO migrations SELECT {n:UInt32}, now()", parameters={"n": number}
                )

    # ---- reading

    @contextlib.contextmanager
    def _handle(self) -> Iterator[Client]:
        client = self._handles.get()
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
        with self._handle() as client, _translated():
            if timeout_s != _TIMEOUT_S:
                settings = {"max_execution_time": timeout_s, **(settings or {})}
            return bytes(
                client.raw_query(
                    sql + _clause(settings), parameters=dict(params or {}), fmt=fmt
                )
            )

    def records_sync(self, sql: str, params: Params | None = None, **how: Any) -> list[dict[str, Any]]:
        """The rows as dictionaries. 64-bit integers come as numbers."""
        body = self.raw_sync(sql, params, "JSONEachRow", **how)
        return [orjson.loads(line) for line in body.split(b"\n") if line]

    def rows_sync(self, sql: str, params: Params | None = None, **how: Any) -> list[tuple[Any, ...]]:
        """The rows as tuples."""
        body = self.raw_sync(sql, params, "JSONCompactEachRow", **how)
        return [tuple(orjson.loads(line)) for line in body.split(b"\n") if line]

    async def raw(self, sql: str, params: Params | None = None, fmt: str = "JSONEachRow", **how: Any) -> bytes:
        """`raw_sync` on a thread of the pool."""
        return await self._off(lambda: self.raw_sync(sql, params, fmt, **how))

    async def records(self, sql: str, params: Params | None = None, **how: Any) -> list[dict[str, Any]]:
        """`records_sync` on a thread of the pool."""
        return await self._off(lambda: self.records_sync(sql, params, **how))

    async def rows(self, sql: str, params: Params | None = None, **how: Any) -> list[tuple[Any, ...]]:
        """`rows_sync` on a thread of the pool."""
        return await self._off(lambda: self.rows_sync(sql, params, **how))

    async def command(self, sql: str, params: Params | None = None) -> None:
        """Run a statement that answers nothing."""
        await self._off(lambda: self.command_sync(sql, params))

    def command_sync(self, sql: str, params: Params | None = None) -> None:
        with self._handle() as client, _translated():
            client.command(sql, parameters=dict(params or {}))

    async def _off(self, work: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    # ---- writing

    def insert_packed(self, table: str, columns: Sequence[str], packed: bytes) -> None:
        """Insert rows that `rows.pack` made; returns once the engine has committed them."""
        self._writer.insert(table, columns, packed)

    async def insert(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows: DateTime64 as int µs, DateTime as int s, Map as dict, Array as list."""
        packed = b"".join([pack(row) for row in rows])
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


class Barrier:
    """What `Store.visible` waits for; the ingest pipeline implements it."""

    async def visible(self) -> None:
        raise NotImplementedError


class _Writer:
    def insert(self, table: str, columns: Sequence[str], packed: bytes) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


# The text index is built by merges, off the insert path; unindexed parts are scanned (store.md §6).
_INSERT: Final = "SETTINGS materialize_skip_indexes_on_insert = 0, optimize_on_insert = 0"
_FSYNC: Final = ", fsync_after_insert = 1, fsync_part_directory = 1"


def _insert_sql(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)})"  # noqa: S608 - names are from schema.py


class _EmbeddedWriter(_Writer):
    def __init__(self, path: Path, options: dict[str, str | int], *, durable: bool) -> None:
        # chDB imports pyarrow and numpy (27 MB) for formats that we do not use.
        hidden = "pyarrow" not in sys.modules
        if hidden:
            sys.modules["pyarrow"] = None  # type: ignore[assignment] # the documented way to say "not there"
        try:
            import chdb
        finally:
            if hidden:
                del sys.modules["pyarrow"]
        from clickhouse_connect.driver._chdbclient import build_connection_string

        self._connection = chdb.connect(build_connection_string(str(path), options))
        for name in ("materialize_skip_indexes_on_insert", "optimize_on_insert"):
            self._connection.query(f"SET {name} = 0")
        self._lock = threading.Lock()

    def insert(self, table: str, columns: Sequence[str], packed: bytes) -> None:
        with self._lock, _translated():
            inserter = self._connection.send_insert(_insert_sql(table, columns), "MsgPack")
            inserter.append(packed)
            inserter.finish()

    def close(self) -> None:
        self._connection.close()


class _ServerWriter(_Writer):
    def __init__(self, client: Client, *, durable: bool) -> None:
        self._client = client
        self._settings: dict[str, Any] = {
            "materialize_skip_indexes_on_insert": 0,
            "optimize_on_insert": 0,
        }
        self._lock = threading.Lock()

    def insert(self, table: str, columns: Sequence[str], packed: bytes) -> None:
        with self._lock, _translated():
            self._client.raw_insert(
                table,
                column_names=list(columns),
                insert_block=packed,
                fmt="MsgPack",
                settings=self._settings,
            )

    def close(self) -> None:
        self._client.close()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Engine errors as errors of the API: time-outs, broken patterns, an unreachable server."""
    try:
        yield
    except ApiError:
        raise
    except Exception as e:
        text = str(e)
        if "TIMEOUT_EXCEEDED" in text or "Code: 159" in text:
            raise QueryTimeout("the query took too long; narrow its time range or filter") from e
        if "CANNOT_COMPILE_REGEXP" in text:
            raise BadRequest(f"broken pattern: {_first_line(e)}") from e
        if "MEMORY_LIMIT_EXCEEDED" in text:
            raise Unavailable("the query needs more memory than the server has; narrow it") from e
        if type(e).__name__ == "OperationalError":
            raise Unavailable(f"the span store does not answer: {_first_line(e)}") from e
        raise


def _first_line(e: BaseException) -> str:
    return (str(e).strip() or type(e).__name__).splitlines()[0][:300]
