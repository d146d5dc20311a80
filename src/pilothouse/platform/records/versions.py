"""Which version the tables have, and the way to the newest one.

A start that finds the newest version does nothing more, and a new SQLite file is made from
`schema.sql` at once; Alembic is imported only when there is something to change. A test holds
`NEWEST` and `schema.sql` to what the migrations make.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pilothouse.platform.records.engine import Records, RecordsError, configure_sqlite

if TYPE_CHECKING:
    from sqlalchemy import Connection

NEWEST: Final = "0017"
"""The revision of the newest file in `migrations/versions`."""
MIGRATIONS: Final = Path(__file__).with_name("migrations")
SCHEMA: Final = Path(__file__).with_name("schema.sql")
LOCK: Final = 0x50494C4F54  # "PILOT": two servers that start at once migrate one after the other


def bring_up_to_date(records: Records) -> None:
    """Create or upgrade the tables of a database; raises RecordsError when it cannot be used."""
    if records.path is not None:
        found = _prepare_file(records.path)
    else:
        found = _revision_of_server(records)
    if found == NEWEST:
        return
    upgrade(records)


def upgrade(records: Records, to: str = "head") -> None:
    """Run the migrations that a database lacks, in one transaction."""
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with records.write() as session:
        if records.path is None:
            session.run("SELECT pg_advisory_xact_lock(:lock)", lock=LOCK)
        config.attributes["connection"] = session.connection
        try:
            command.upgrade(config, to)
        except CommandError as error:
            raise RecordsError(
                "the records database was written by a newer version of Pilothouse: "
                f"{error}; install that version, or restore a backup"
            ) from None


def revision_of_file(path: Path) -> str:
    """The version of an SQLite file, "" when it has no tables yet."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return _revision(connection)
    except sqlite3.Error as error:
        raise RecordsError(f"the records database {path} cannot be read: {error}") from None


def snapshot(connection: sqlite3.Connection) -> str:
    """The statements that make the tables of an SQLite database as they are."""
    rows = connection.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
        "ORDER BY type DESC, name"
    )
    return "".join(f"{sql};\n" for (sql,) in rows)


def revision_on(connection: Connection) -> str:
    """The version that a connection of SQLAlchemy finds, "" when there are no tables yet."""
    import sqlalchemy

    if not sqlalchemy.inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version"))
    return str(found.scalar() or "")


def _prepare_file(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            configure_sqlite(connection)
            found = _revision(connection)
            if found:
                return found
            connection.execute("BEGIN IMMEDIATE")
            if not _revision(connection):
                for statement in SCHEMA.read_text("utf-8").split(";\n"):
                    connection.execute(statement)
                connection.execute("INSERT INTO alembic_version VALUES (?)", (NEWEST,))
            connection.execute("COMMIT")
            return _revision(connection)
    except (OSError, sqlite3.Error) as error:
        raise RecordsError(f"the records database {path} cannot be used: {error}") from None


def _revision(connection: sqlite3.Connection) -> str:
    table = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    if connection.execute(table).fetchone() is None:
        return ""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def _revision_of_server(records: Records) -> str:
    import sqlalchemy

    try:
        with records.engine.connect() as connection:
            return revision_on(connection)
    except sqlalchemy.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise RecordsError(f"the records database cannot be reached: {reason}") from None
