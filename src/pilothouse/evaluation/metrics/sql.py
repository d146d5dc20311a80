"""SQL that a model wrote: whether it parses, names what exists, and returns the right rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.metrics.sources import source_of
from pilothouse.evaluation.metrics.sql_rows import TOLERANCE, SQLRow, same_rows
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Where, text_of
from pilothouse.evaluation.sandbox import BadResult, Limits, OutOfMemory, Sandbox, TimedOut

Schema = Mapping[str, Mapping[str, str] | Sequence[str]]
"""Tables with their columns, with or without types."""
State = str | Path
"""A database: a script that makes it, or an SQLite file."""

_RUNNER: Final = '''
import base64, math, sqlite3

DENIED = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)

def template(state):
    database = sqlite3.connect(":memory:")
    database.executescript(state)
    return database

TEMPLATES = [template(state) for state in STATES]

def plain(value):
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return str(value) if value in (math.inf, -math.inf) else value  # which JSON does not have

def run(query):
    """What the query returns on a copy of each database."""
    found = []
    for template in TEMPLATES:
        database = sqlite3.connect(":memory:")
        template.backup(database)
        database.set_authorizer(
            lambda action, *_: sqlite3.SQLITE_DENY if action in DENIED else sqlite3.SQLITE_OK
        )
        try:
            cursor = database.execute(query)
            columns = len(cursor.description or ())
            rows = [[plain(value) for value in row] for row in cursor]
            found.append({"columns": columns, "rows": rows})
        except (sqlite3.Error, sqlite3.Warning) as error:
            found.append({"error": str(error)})
        finally:
            database.close()
    return found
'''
_LIMITS: Final = Limits(output_bytes=32_000_000)


class _OfSql(Evaluator):
    """Reads a query in one dialect of those that sqlglot knows; None is its own, a wide one."""

    cheap = False

    def __init__(
        self,
        *,
        dialect: str | None = None,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """Raises ValueError for a dialect that there is not."""
        if dialect is not None:
            required("sqlglot").Dialect.get_or_raise(dialect)
        self.dialect = dialect
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def parsed(self, text: str) -> Any:
        """The one statement that a text is, as sqlglot has it. Raises its ParseError."""
        sqlglot = required("sqlglot")
        statements = [one for one in sqlglot.parse(text, read=self.dialect) if one is not None]
        if len(statements) != 1:
            raise sqlglot.ParseError(f"one statement is expected, not {len(statements)}")
        exp = sqlglot.exp  # which reads words that begin no statement as an expression
        if not isinstance(statements[0], exp.Query | exp.DML | exp.Create | exp.Drop | exp.Alter):
            raise sqlglot.ParseError("this is no statement")
        return statements[0]

    def errors(self) -> tuple[type[Exception]]:
        """What reading raises."""
        return (required("sqlglot.errors").SqlglotError,)

    def result(
        self, score: float, label: str, why: str | None = None, **about: Any
    ) -> EvaluationResult:
        """The verdict."""
        return EvaluationResult(
            name=self.name, score=score, label=label, explanation=why, metadata=about
        )


class SqlParses(_OfSql):
    """Whether a text is one statement of SQL in the dialect."""

    name = "sql_parses"

    def judge(self, *, outputs: Any) -> EvaluationResult:
        """Raises ImportError without sqlglot."""
        try:
            self.parsed(sql_of(outputs))
        except self.errors() as e:
            return self.result(0, "unparsable", _plain(e))
        return self.result(1, "parses")


class SqlColumns(_OfSql):
    """Whether the tables and columns that a query names are in the schema."""

    name = "sql_columns"

    def judge(self, *, outputs: Any, schema: Schema) -> EvaluationResult:
        """`schema` are tables with their columns."""
        sqlglot = required("sqlglot")
        known = {table: _typed(columns) for table, columns in schema.items()}
        try:
            query = self.parsed(sql_of(outputs))
        except self.errors() as e:
            return self.result(0, "unparsable", _plain(e))
        tables = {name.lower() for name in known}
        within = {cte.alias.lower() for cte in query.find_all(sqlglot.exp.CTE)}
        missing = sorted(
            {
                table.name
                for table in query.find_all(sqlglot.exp.Table)
                if table.name.lower() not in tables | within
            }
        )
        if missing:
            return self.result(0, "unknown", f"there is no table {', '.join(missing)}")
        try:
            qualify = required("sqlglot.optimizer.qualify").qualify
            qualify(query, schema=known, dialect=self.dialect)
        except sqlglot.errors.SqlglotError as e:
            return self.result(0, "unknown", _plain(e))
        return self.result(1, "known")


class SqlExecution(_OfSql):
    """Whether a query returns the rows of the reference, on copies of one or more databases.

    Both run with SQLite in the sandbox, other dialects translated. Rows are compared as a multiset,
    in order only where the reference asks for one. Several databases make coincidences rarer.
    The label is `match`, `differs`, `fails` or `unparsable`; `sql_rates` counts them.
    """

    name = "sql_execution"

    def __init__(
        self,
        *,
        databases: Sequence[State],
        dialect: str | None = None,
        tolerance: float = TOLERANCE,
        sandbox: Sandbox | None = None,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`databases` are scripts that make one, or paths of SQLite files."""
        if not databases:
            raise ValueError("give at least one database to run the queries on")
        self.tolerance = tolerance
        self._source = f"STATES = {[_script(one) for one in databases]!r}\n{_RUNNER}"
        self._sandbox = sandbox or Sandbox(_LIMITS)
        super().__init__(dialect=dialect, name=name, threshold=threshold, mapping=mapping)

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises ValueError for a reference that does not run, and SandboxError for its limits."""
        reference = sql_of(reference_outputs)
        try:
            wanted = self.parsed(reference)
        except self.errors() as e:
            raise ValueError(f"the reference cannot be read: {_plain(e)}") from e
        try:
            made = self.parsed(sql_of(outputs))
        except self.errors() as e:
            return self.result(0, "unparsable", _plain(e))
        if _reads(made) != _reads(wanted):
            did = "reads" if _reads(made) else "changes"
            return self.result(0, "differs", f"it {did} the database, and the reference does not")
        expected = self._run(wanted)
        for one in expected:
            if "error" in one or not one["columns"]:
                said = one.get("error", "it returns no rows")
                raise ValueError(f"the reference does not run: {said}")
        try:
            found = self._run(made)
        except (TimedOut, OutOfMemory, BadResult) as e:  # the reference kept to the same limits
            return self.result(0, "fails", str(e))
        ordered = wanted.args.get("order") is not None
        return self._compared(found, expected, ordered=ordered)

    def _compared(
        self,
        found: Sequence[Mapping[str, Any]],
        expected: Sequence[Mapping[str, Any]],
        *,
        ordered: bool,
    ) -> EvaluationResult:
        for place, (one, wanted) in enumerate(zip(found, expected, strict=True)):
            where = f" (database {place + 1})" if len(expected) > 1 else ""
            if "error" in one:
                return self.result(0, "fails", one["error"] + where)
            if one["columns"] != wanted["columns"]:
                why = f"{one['columns']} columns instead of {wanted['columns']}{where}"
                return self.result(0, "differs", why)
            rows, right = _rows(one), _rows(wanted)
            if not same_rows(rows, right, ordered=ordered, tolerance=self.tolerance):
                why = f"{len(rows)} rows that are not the {len(right)} of the reference{where}"
                return self.result(0, "differs", why, made=rows[:5], expected=right[:5])
        return self.result(1, "match")

    def _run(self, query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._sandbox.run(
            self._source, "run", {"query": query.sql(dialect="sqlite")}
        )
        return found


def sql_rates(results: Sequence[EvaluationResult]) -> dict[str, float | int | None]:
    """The shares of queries that parse, that run, and that match, of those with a verdict.

    Of results of SqlExecution; with `n`, and the number of errors, which count for none of them.
    """
    labels = [result.label for result in results if result.status == "ok"]
    n = len(labels)

    def share(*bad: str) -> float | None:
        return sum(label not in bad for label in labels) / n if n else None

    return {
        "parse_rate": share("unparsable"),
        "execution_rate": share("unparsable", "fails"),
        "match_rate": share("unparsable", "fails", "differs"),
        "n": n,
        "errors": sum(result.status == "error" for result in results),
    }


def sql_of(given: Any) -> str:
    """The query in a text, bare or within fences."""
    return source_of(text_of(given, field="outputs"), "sql", "sqlite", "postgresql").strip()


def _reads(statement: Any) -> bool:
    """Whether it leaves the database as it is: DELETE … RETURNING gives rows as well."""
    return isinstance(statement, required("sqlglot").exp.Query)


def _typed(columns: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    if isinstance(columns, Mapping):
        return dict(columns)
    return dict.fromkeys(columns, "TEXT")


def _script(given: State) -> str:
    """What makes such a database again."""
    if isinstance(given, str):
        return given
    with closing(sqlite3.connect(f"{given.absolute().as_uri()}?mode=ro", uri=True)) as file:
        return "\n".join(file.iterdump())


def _rows(found: Mapping[str, Any]) -> list[SQLRow]:
    return [
        tuple(value["bytes"].encode() if isinstance(value, dict) else value for value in row)
        for row in found["rows"]
    ]


def _plain(error: Exception) -> str:
    """What is wrong, without the colours of a terminal."""
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        return f"line {first['line']}, column {first['col']}: {first['description']}"
    return str(error)
