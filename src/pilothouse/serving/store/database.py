"""The connection: SQLite (WAL, one writer at a time) or PostgreSQL, by SQLAlchemy."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from pilothouse.serving.errors import SetupError
from pilothouse.serving.store.migrations import STEPS, VERSIONS

if TYPE_CHECKING:
    from sqlalchemy import Connection

T = TypeVar("T")
BUSY_S: Final = 15
THREADS: Final = 8
"""Connections to PostgreSQL; SQLite has one writer anyway."""
SCHEMA_LOCK: Final = 7_263_401


class Database:
    """Runs transactions beside the event loop."""

    def __init__(self, url: str | None) -> None:
        address = _address(url)
        self.is_sqlite = address.startswith("sqlite")
        in_memory = address in ("sqlite://", "sqlite:///:memory:")
        options: dict[str, Any] = {}
        if self.is_sqlite:
            options["connect_args"] = {"timeout": BUSY_S, "check_same_thread": False}
        else:
            options |= {"pool_size": THREADS, "max_overflow": 0, "pool_pre_ping": True}
        if in_memory:
            options["poolclass"] = StaticPool
        try:
            self._engine = create_engine(address, **options)
        except (ArgumentError, ImportError) as error:
            raise SetupError(f"store {url!r} cannot be used: {error}") from None
        if self.is_sqlite:
            event.listen(self._engine, "connect", _prepare)
            event.listen(self._engine, "begin", _begin)
        self._threads = ThreadPoolExecutor(
            1 if self.is_sqlite else THREADS, thread_name_prefix="pilothouse-store"
        )

    async def run(self, act: Callable[[Connection], T]) -> T:
        """What `act` gives, in a transaction of its own that ends with it."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._in, act)

    def _in(self, act: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return act(connection)

    async def open(self) -> None:
        """Bring the tables up to date; raises SetupError."""
        try:
            await self.run(self._make)
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            shown = self._engine.url.render_as_string(hide_password=True)
            raise SetupError(f"store {shown} cannot be used: {cause}") from None

    def _make(self, connection: Connection) -> None:
        if not self.is_sqlite:  # two workers that start at once
            connection.execute(text(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})"))
        connection.execute(text(VERSIONS))
        found = connection.execute(text("SELECT MAX(version) FROM store_version")).scalar()
        done = int(found or 0)
        if done > len(STEPS):
            raise SetupError(
                f"the store has version {done}, and this program knows {len(STEPS)}: a newer one "
                "has written to it"
            )
        blob = "BLOB" if self.is_sqlite else "BYTEA"
        for statement in (each for step in STEPS[done:] for each in step):
            connection.execute(text(statement.replace("{blob}", blob)))
        if done < len(STEPS):
            connection.execute(
                text("INSERT INTO store_version (version) VALUES (:version)"),
                {"version": len(STEPS)},
            )

    async def close(self) -> None:
        """Give all connections back."""
        self._threads.shutdown(wait=True)
        self._engine.dispose()


def rows(
    connection: Connection, sql: str, values: Mapping[str, Any] | None = None
) -> Iterator[Mapping[str, Any]]:
    """The rows of a statement."""
    for row in connection.execute(text(sql), dict(values or {})).mappings():
        yield {**row}


def change(connection: Connection, sql: str, values: Mapping[str, Any]) -> int:
    """How many rows a statement changed."""
    return connection.execute(text(sql), dict(values)).rowcount


def change_each(connection: Connection, sql: str, values: Sequence[Mapping[str, Any]]) -> None:
    """The same statement with each of several values."""
    if values:
        connection.execute(text(sql), [dict(each) for each in values])


def _address(url: str | None) -> str:
    if url is None:
        return "sqlite://"
    scheme, _, rest = url.partition("://")
    if scheme in ("postgresql", "postgres"):
        return f"postgresql+psycopg://{rest}"
    if scheme.partition("+")[0] not in ("sqlite", "postgresql"):
        raise SetupError(f"store {url!r} is neither sqlite:///FILE nor postgresql://HOST/DB")
    return url


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Connection) -> None:
    # At once as a writer: one that becomes so later is refused without waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
