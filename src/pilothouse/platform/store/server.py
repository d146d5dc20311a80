"""The span store on a ClickHouse server: how it is reached, and how rows get there."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, unquote

from pilothouse.platform.store.failures import StoreError, first_line, translated

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

SCHEMES: Final = ("clickhouse", "clickhouses")
CONNECT_TIMEOUT_S: Final = 5
SILENCE_S: Final = 60
"""How long a server may say nothing; while a long query runs it sends headers more often."""

_UNKNOWN_DATABASE: Final = 81


def connect(url: SplitResult, settings: Mapping[str, Any]) -> Client:
    """A client of the database that `url` names, which is made if it does not exist yet.

    Raises StoreError, whose message holds no password.
    """
    from clickhouse_connect.driver.exceptions import Error

    database = unquote(url.path.strip("/")) or "default"
    where = f"{url.hostname or 'localhost'}:{_port(url)}"
    try:
        return _client(url, settings, database)
    except Error as e:
        if e.code != _UNKNOWN_DATABASE:
            raise StoreError(f"cannot use ClickHouse at {where}: {first_line(e)}") from e
    try:
        with contextlib.closing(_client(url, settings, None)) as client:
            client.raw_query(
                "CREATE DATABASE IF NOT EXISTS {name:Identifier}", parameters={"name": database}
            )
        return _client(url, settings, database)
    except Error as e:
        raise StoreError(
            f"ClickHouse at {where} has no database {database!r} and it cannot be created: "
            f"{first_line(e)}"
        ) from e


def _client(url: SplitResult, settings: Mapping[str, Any], database: str | None) -> Client:
    import clickhouse_connect

    return clickhouse_connect.get_client(
        host=url.hostname or "localhost",
        port=_port(url),
        username=unquote(url.username or "") or None,
        password=unquote(url.password or ""),
        database=database,
        secure=url.scheme == "clickhouses",
        connect_timeout=CONNECT_TIMEOUT_S,
        send_receive_timeout=SILENCE_S,
        # Clients are shared by threads, one query at a time, and need no state on the server.
        autogenerate_session_id=False,
        # Lists of ids would make URLs longer than proxies let through.
        form_encode_query_params=True,
        settings=dict(settings),
    )


def _port(url: SplitResult) -> int:
    return url.port or (8443 if url.scheme == "clickhouses" else 8123)


class ServerWriter:
    """Sends packed rows as they are; one insert at a time."""

    def __init__(self, client: Client, settings: Mapping[str, Any]) -> None:
        self._client = client
        # The answer means that the rows are stored: no collecting of inserts on the server.
        self._settings = {**settings, "async_insert": 0, "max_execution_time": 0}
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Nothing: a server has processors of its own to read rows with."""

    def insert(self, table: str, columns: Sequence[str], packed: bytes) -> None:
        """Insert rows in ClickHouse's MsgPack format; returns once they are stored."""
        with self._lock, translated():
            self._client.raw_insert(
                table,
                column_names=list(columns),
                insert_block=packed,
                fmt="MsgPack",
                settings=self._settings,
            )

    def close(self) -> None:
        self._client.close()
