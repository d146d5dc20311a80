"""Connections to the records database, and transactions on it.

SQLAlchemy is imported when the first statement runs, not before: its import costs more processor
time than everything else a start does besides the span engine. Statements are written as SQL in the
`records.py` of each area, in the part of the language that SQLite and PostgreSQL share.
"""

from __future__ import annotations

import contextlib
import functools
import re
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, overload

from pilothouse.platform.errors import BadRequest

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, TextClause

BUSY_TIMEOUT_S: Final = 15
_HALF: Final = re.compile("[\ud800-\udfff]")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Row = Mapping[str, Any]  # Any: a column can hold whatever its statement selects


class RecordsError(Exception):
    """The records database cannot be used as asked; the message is one line."""


def micros() -> int:
    """Now, in microseconds since 1970: how records keep time."""
    return time.time_ns() // 1000


@overload
def micros_of(value: datetime) -> int: ...
@overload
def micros_of(value: None) -> None: ...
@overload
def micros_of(value: datetime | None) -> int | None: ...
def micros_of(value: datetime | None) -> int | None:
    """What a column of microseconds holds for a time; one without a zone is UTC.

    Raises BadRequest for a time that its zone moves out of the years 1 to 9999 of UTC: nobody
    could read it again.
    """
    if value is None:
        return None
    zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        since = zoned.astimezone(UTC) - _EPOCH
    except OverflowError:
        raise BadRequest(f"{zoned.isoformat()} is no time between the years 1 and 9999") from None
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


@overload
def moment(value: int) -> datetime: ...
@overload
def moment(value: None) -> None: ...
@overload
def moment(value: int | None) -> datetime | None: ...
def moment(value: int | None) -> datetime | None:
    """The time that a column of microseconds holds."""
    if value is None:
        return None
    return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


@functools.lru_cache(maxsize=512)
def _statement(sql: str, lists: tuple[str, ...]) -> TextClause:
    from sqlalchemy import bindparam, text

    return text(sql).bindparams(*(bindparam(name, expanding=True) for name in lists))


def _wrong(value: object) -> str:
    """What no column can hold of a value, "" for nothing."""
    match value:
        case list() | tuple():
            return next((wrong for each in value if (wrong := _wrong(each))), "")
        case str() if "\x00" in value:  # PostgreSQL keeps none
            return "a text holds a NUL character"
        case str() if _HALF.search(value):
            return "a text holds half of a character"
        case int() if not -(2**63) <= value < 2**63:
            return "a number has more than 64 bits"
    return ""


def storable(text: str) -> str:
    """The text without what no column can hold: that of a model or of somebody's code has any."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def may_pass(error: Exception) -> bool:
    """Whether a statement failed for what may pass: no connection, a lock, a disk that is full."""
    from sqlalchemy import exc

    return isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError)


def verbatim(text: str) -> str:
    """The text with the signs of LIKE made plain, for ESCAPE '!'."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


class Session:
    """One transaction; statements take their values by name, a list where SQL says `IN :name`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def all(self, sql: str, /, **values: object) -> list[Row]:
        """Every row of the answer."""
        return list(self._execute(sql, values).mappings())

    def one(self, sql: str, /, **values: object) -> Row | None:
        """The first row of the answer, None when there is none."""
        row: Row | None = self._execute(sql, values).mappings().first()
        return row

    def run(self, sql: str, /, **values: object) -> int:
        """How many rows the statement touched."""
        return int(self._execute(sql, values).rowcount)

    def run_unless_taken(self, sql: str, /, **values: object) -> bool:
        """Run the statement; False where another row has a value that only one may have.

        Looking first would not do: two writers of PostgreSQL can look before either writes. Where
        it is False, the transaction has to be left by an error.
        """
        from sqlalchemy.exc import IntegrityError

        try:
            self.run(sql, **values)
        except IntegrityError:
            return False
        return True

    def hold(self, table: str, /, **key: object) -> None:
        """Let nobody else change the rows of a key until the transaction ends.

        Whoever writes what follows from what was read holds it first: PostgreSQL has many writers
        at once, and the later one would undo the other's change. SQLite has one at a time.
        """
        if self.connection.dialect.name == "postgresql":
            where = " AND ".join(f"{column} = :{column}" for column in key)
            self._execute(f"SELECT 1 FROM {table} WHERE {where} FOR NO KEY UPDATE", key)

    def many(self, sql: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Run the statement once for each set of values; lists are not expanded here."""
        if rows:
            self.connection.execute(_statement(sql, ()), [dict(row) for row in rows])

    def _execute(self, sql: str, values: dict[str, object]) -> Any:  # Any: CursorResult[Any]
        lists = tuple(name for name, value in values.items() if isinstance(value, (list, tuple)))
        try:
            return self.connection.execute(_statement(sql, lists), values)
        except Exception as error:
            if wrong := _wrong(list(values.values())):
                raise BadRequest(f"{wrong}, which cannot be kept") from error
            raise


class Records:
    """The records database behind one URL, shared by every thread of the server."""

    def __init__(self, url: str, *, fsync: bool = False) -> None:
        """Check the URL; nothing is opened yet. With `fsync` a commit survives a power cut too."""
        self.url = url
        self.fsync = fsync
        self.path = sqlite_path(url)
        """The file of an SQLite database, None for PostgreSQL."""
        if self.path is None and not is_postgres(url):
            scheme = url.partition(":")[0]
            raise RecordsError(
                f"unknown scheme {scheme!r} of the database URL; "
                "use sqlite:///FILE or postgresql://USER@HOST/DATABASE"
            )
        self._opening = threading.Lock()
        self._writing: contextlib.AbstractContextManager[Any] = (
            contextlib.nullcontext() if self.path is None else threading.Lock()
        )
        self._opened: Engine | None = None

    @property
    def shared(self) -> bool:
        """Whether other processes may write to the same database."""
        return self.path is None

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, made on first use."""
        if self._opened is None:
            with self._opening:
                if self._opened is None:
                    self._opened = _open(self.url, self.path, fsync=self.fsync)
        return self._opened

    def migrate(self) -> None:
        """Create what is missing and bring older tables to the newest version."""
        from pilothouse.platform.records import versions

        versions.bring_up_to_date(self)

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads: one consistent state of the database."""
        with self.engine.connect() as connection:
            yield Session(connection)

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits when the block ends and leaves nothing when it raises."""
        with self._writing, self.engine.connect() as raw:
            connection = raw.execution_options(pilothouse_writes=True)
            with connection.begin():
                yield Session(connection)

    def ping(self) -> None:
        """Return when the database answers; raises RecordsError when it does not."""
        try:
            if self.path is not None and self._opened is None:
                from pilothouse.platform.records import versions

                versions.revision_of_file(self.path)
                return
            with self.read() as session:
                session.one("SELECT 1 AS one")
        except RecordsError:
            raise
        except Exception as error:
            raise RecordsError(f"the records database does not answer: {_first(error)}") from error

    def close(self) -> None:
        """Give back all connections."""
        with self._opening:
            if self._opened is not None:
                self._opened.dispose()
                self._opened = None


def is_postgres(url: str) -> bool:
    """Whether a database URL names PostgreSQL."""
    return url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://"))


def sqlite_path(url: str) -> Path | None:
    """The file that an SQLite URL names, None for other URLs."""
    if not url.startswith("sqlite:///"):
        return None
    return Path(url.removeprefix("sqlite:///")).absolute()


def _open(url: str, path: Path | None, *, fsync: bool) -> Engine:
    import sqlalchemy

    if path is None:
        address = "postgresql+psycopg://" + url.partition("://")[2]
        try:
            return sqlalchemy.create_engine(
                address, pool_size=5, max_overflow=25, pool_pre_ping=True
            )
        except ModuleNotFoundError:
            raise RecordsError(
                "PostgreSQL needs one more package: pip install 'pilothouse[postgres]'"
            ) from None
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(
        f"sqlite:///{path}",
        pool_size=5,
        max_overflow=35,
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None},
    )

    @sqlalchemy.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # Any: the driver's connection
        configure_sqlite(connection, fsync=fsync)

    @sqlalchemy.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver would begin late and upgrade a read to a write, which SQLite refuses at once
        # when another connection writes; a write asks for its lock first and waits for it.
        writes = connection.get_execution_options().get("pilothouse_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def configure_sqlite(connection: Any, *, fsync: bool = False) -> None:
    """Set what each SQLite connection needs: a log written ahead, waiting, foreign keys."""
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
    _write_ahead(connection)
    connection.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'NORMAL'}")
    connection.execute("PRAGMA foreign_keys = ON")


def _write_ahead(connection: Any) -> None:
    """Turn the log on. SQLite waits for no other connection there, which may be doing the same."""
    end = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _first(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
