"""Writes `schema.sql` anew from the migrations; for those who add one."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from pathlib import Path

from pilothouse.platform.records import Records
from pilothouse.platform.records.versions import SCHEMA, snapshot, upgrade

with tempfile.TemporaryDirectory() as directory:
    path = Path(directory) / "new.db"
    records = Records(f"sqlite:///{path}")
    upgrade(records)
    records.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        SCHEMA.write_text(snapshot(connection), "utf-8")
