"""A new store has the tables that migrating an old one makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# One process can open one path of the engine, so each store gets a process of its own.
STEPS = """
import sys
from clickhouse_connect.driver._chdbclient import ChdbClient
from pilothouse.platform.store import migrate, schema
client = ChdbClient(sys.argv[1])
client.command(
    "CREATE TABLE IF NOT EXISTS migrations (number UInt32, applied_at DateTime('UTC'))"
    " ENGINE = ReplacingMergeTree ORDER BY number"
)
numbers = [number for number, *_ in schema.MIGRATIONS]
if sys.argv[2] in ("first", "last but one"):
    migrate.migrate(client, numbers[1:] if sys.argv[2] == "first" else numbers[-1:])
    client.command(
        "INSERT INTO spans (project, hour, trace_id, span_id, name, version)"
        " VALUES (1, now(), 'a', 'b', 'kept', 1)"
    )
    client.command(
        "INSERT INTO traces (project, hour, trace_id, name, version)"
        " VALUES (1, now(), 'a', 'kept too', 1), (1, now(), 'a', 'kept too', 2)"
    )
    # Sums of another release, in columns of its own.
    client.command("CREATE TABLE IF NOT EXISTS span_hours (n UInt64) ENGINE = MergeTree ORDER BY n")
    client.command("INSERT INTO span_hours (n) VALUES (1)")
else:
    migrate.bring_up_to_date(client)
    print(migrate.snapshot(client))
    for table in ("spans", "traces"):
        print(client.query(f"SELECT name FROM {table} FINAL").result_rows)
    print(client.query("SELECT count() FROM traces").result_rows)
    print(client.query("SELECT count() FROM span_hours").result_rows)
    print(client.query("SELECT count() FROM key_hours").result_rows)
"""


def _run(path: Path, what: str) -> str:
    command = [sys.executable, "-c", STEPS, str(path), what]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize(("release", "sums"), [("first", 0), ("last but one", 1)])
def test_a_new_store_and_a_migrated_one_have_the_tables_that_are_written_down(
    release: str, sums: int, tmp_path: Path
) -> None:
    from pilothouse.platform.store.migrate import TABLES

    _run(tmp_path / "old", release)

    migrated = _run(tmp_path / "old", "newest")
    made = _run(tmp_path / "new", "newest")

    written = TABLES.read_text("utf-8")
    assert made == f"{written}\n[]\n[]\n[(0,)]\n[(0,)]\n[(0,)]\n"
    rows = f"[('kept',)]\n[('kept too',)]\n[(1,)]\n[({sums},)]\n[(0,)]\n"
    assert migrated == f"{written}\n{rows}"
