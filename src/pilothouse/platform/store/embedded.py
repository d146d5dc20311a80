"""Writes to the embedded engine: packed rows go in by chDB's own streaming insert.

The columns with dictionaries cost half of what reading a row costs, since words are looked up one
by one. Many rows are therefore read as plain strings and turned into such columns a column at a
time, on their way through a table that stores nothing (docs/decisions/0004).
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final, cast

from pilothouse.platform.errors import Unavailable
from pilothouse.platform.store.failures import translated

_MANY_BYTES: Final[Mapping[str, int]] = {"spans": 3 << 20, "traces": 1 << 20}
"""From here on the way through a table of plain strings costs less than it saves: 500 rows."""
_WAY: Final = "incoming"
"""A database in memory: it is made at each start, so that its tables are those of the schema."""
_FAILED: Final = "SELECT sum(value) FROM system.events WHERE event = 'FailedInsertQuery'"
_REASON: Final = """
SELECT arrayStringConcat(groupArray(concat(name, ' ', last_error_message)), '; ')
FROM system.errors WHERE last_error_time = (SELECT max(last_error_time) FROM system.errors)"""
"""All of the last second: the engine tells no finer when an error was."""
_OF_ONE_CODEC: Final = f"""
SELECT name FROM system.tables WHERE database = 'default' AND name IN {tuple(_MANY_BYTES)}
    AND engine_full LIKE '%default_compression_codec%'"""
"""The large tables that would compress a part alike whether it was inserted or merged."""
_DICTIONARY: Final = re.compile(r"LowCardinality\((\w+)\)")


class EmbeddedWriter:
    """Inserts into an embedded store, one insert at a time."""

    def __init__(
        self, path: Path, options: Mapping[str, str | int], settings: Mapping[str, Any]
    ) -> None:
        # chDB imports pyarrow and numpy (27 MB) for formats that we do not use.
        hidden = "pyarrow" not in sys.modules
        if hidden:
            sys.modules["pyarrow"] = cast("ModuleType", None)  # the documented "not there"
        try:
            import chdb
        finally:
            if hidden:
                del sys.modules["pyarrow"]
        from clickhouse_connect.driver._chdbclient import build_connection_string

        self._connection = chdb.connect(build_connection_string(str(path), dict(options)))
        wanted = ", ".join(f"{name} = {value}" for name, value in settings.items())
        self._connection.query(f"SET {wanted}")
        self._lock = threading.Lock()
        self._failed = self._ask(_FAILED)

    def prepare(self) -> None:
        """Make the way for many rows; the tables are there, and no column has a default."""
        query = self._connection.query
        for table in self._ask(_OF_ONE_CODEC).split():
            query(f"ALTER TABLE {table} RESET SETTING default_compression_codec")
        query(f"DROP DATABASE IF EXISTS {_WAY}")
        query(f"CREATE DATABASE {_WAY} ENGINE = Memory")
        for table in _MANY_BYTES:
            described = str(query(f"DESCRIBE TABLE {table}", "TSVRaw")).splitlines()
            columns = (line.split("\t")[:2] for line in described)
            plain = (f"{name} {_plain(kind)}" for name, kind in columns)
            query(f"CREATE TABLE {_WAY}.{table} ({', '.join(plain)}) ENGINE = Null")
            query(
                f"CREATE MATERIALIZED VIEW {_WAY}.{table}_stored TO default.{table}"
                f" AS SELECT * FROM {_WAY}.{table}"
            )

    def insert(self, table: str, columns: Sequence[str], packed: bytes) -> None:
        """Insert rows in ClickHouse's MsgPack format; returns once they are stored."""
        many = len(packed) >= _MANY_BYTES.get(table, sys.maxsize)
        into = f"{_WAY}.{table}" if many else table
        with self._lock, translated():
            inserter = self._connection.send_insert(
                f"INSERT INTO {into} ({', '.join(columns)})", "MsgPack"
            )
            inserter.append(packed)
            inserter.finish()
            self._confirm()

    def _confirm(self) -> None:
        """Raise if the engine could not commit: chDB 4.4 then ends a streaming insert as if it had,
        with the number of rows that were sent (a full disk is enough)."""
        failed = self._ask(_FAILED)
        if failed != self._failed:
            self._failed = failed
            raise Unavailable(f"the rows could not be committed: {self._ask(_REASON)}")

    def _ask(self, sql: str) -> str:
        return str(self._connection.query(sql, "TSVRaw")).strip()

    def close(self) -> None:
        self._connection.close()


def _plain(kind: str) -> str:
    """The type of a column without its dictionaries."""
    return _DICTIONARY.sub(r"\1", kind)
