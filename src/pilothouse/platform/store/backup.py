"""Writes the span store to a directory and brings it back: the engine's own BACKUP and RESTORE."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from pilothouse.platform.store.engine import CHDB_OPTIONS, Store, StoreError

_POLL_S: Final = 0.2
_DATABASE: Final = "default"

Progress = Callable[[float], Awaitable[None]]


async def write(store: Store, directory: Path, progress: Progress | None = None) -> None:
    """Write all tables to a new directory; reads and inserts go on meanwhile.

    Raises StoreError. The directory lies below the one that the store was opened with.
    """
    if store.path is None:
        raise StoreError(
            "the spans are on a ClickHouse server: back them up there (BACKUP DATABASE …)"
        )
    rows = await store.rows(f"BACKUP DATABASE {_DATABASE} TO File({_quoted(directory)}) ASYNC")
    number = rows[0][0]
    while True:
        found = await store.rows(
            "SELECT status, error, files_read, num_files FROM system.backups "
            "WHERE id = {id:String}",
            {"id": number},
        )
        status, error, done, files = found[0]
        if status == "BACKUP_CREATED":
            return
        if status != "CREATING_BACKUP":
            raise StoreError(f"the spans cannot be backed up: {error or status}")
        if progress is not None and files:
            await progress(int(done) / int(files))
        await asyncio.sleep(_POLL_S)


def restore(directory: Path, place: Path) -> None:
    """Bring a backup back into a store's directory that holds nothing yet. Raises StoreError."""
    import chdb
    from clickhouse_connect.driver._chdbclient import build_connection_string

    place.mkdir(parents=True, exist_ok=True)
    options = dict(CHDB_OPTIONS) | {"backups.allowed_path": str(directory.parent)}
    try:
        connection = chdb.connect(build_connection_string(str(place / "db"), options))
        try:
            connection.query(f"RESTORE DATABASE {_DATABASE} FROM File({_quoted(directory)})")
        finally:
            connection.close()
    except Exception as error:
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise StoreError(f"the spans cannot be restored: {line[:300]}") from error


def _quoted(directory: Path) -> str:
    text = str(directory).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}/'"
