"""Brings the tables of a span store to the newest version.

A new store is made from `tables.sql` at once, an older one migrated step by step.
`python -m pilothouse.platform.store.migrate` writes that file anew after a step was added; a test
holds it to what the steps make.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pilothouse.platform.store.failures import StoreError
from pilothouse.platform.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Collection

    from clickhouse_connect.driver.client import Client

log = logging.getLogger("pilothouse.store")

TABLES: Final = Path(__file__).with_name("tables.sql")
"""The newest tables, as the engine itself writes them down."""


def bring_up_to_date(client: Client) -> None:
    """Create or migrate the tables. Raises StoreError for a store of a newer Pilothouse."""
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
    if not done:
        for statement in TABLES.read_text("utf-8").split(";\n"):
            if statement.strip():
                client.command(statement)
        client.command(
            "INSERT INTO migrations SELECT arrayJoin({n:Array(UInt32)}), now()",
            parameters={"n": [number for number, *_ in MIGRATIONS]},
        )
        return
    migrate(client, done)


def migrate(client: Client, done: Collection[int] = ()) -> None:
    """Take the steps that are not done yet, in order."""
    for number, reason, statements in MIGRATIONS:
        if number in done:
            continue
        log.info("migrating the span store: %s", reason)
        for statement in statements:
            client.command(statement)
        client.command("INSERT INTO migrations SELECT {n:UInt32}, now()", parameters={"n": number})


def snapshot(client: Client) -> str:
    """The statements that make the tables of a store as they are."""
    rows = client.query(
        "SELECT name, formatQuery(create_table_query) FROM system.tables"
        " WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'migrations'"
        " ORDER BY name"
    ).result_rows
    made = (
        f"CREATE TABLE IF NOT EXISTS {name}\n{text.partition(chr(10))[2]};\n" for name, text in rows
    )
    return "\n".join(made)


if __name__ == "__main__":
    from clickhouse_connect.driver._chdbclient import ChdbClient

    with tempfile.TemporaryDirectory() as directory:
        embedded = ChdbClient(directory)
        embedded.command("CREATE TABLE migrations (number UInt32, at DateTime) ENGINE = Log")
        migrate(embedded)
        TABLES.write_text(snapshot(embedded), "utf-8")
        embedded.close()
