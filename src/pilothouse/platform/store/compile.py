"""A filter as a condition in ClickHouse SQL, for the rows of `spans` or `traces`, or for sessions.

Conditions are two-valued: a comparison with an unknown value does not hold, so `not` of it does.
What the row does not keep itself is asked of the other table through `(project, trace_id) IN`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson

from pilothouse.filters import (
    FIELDS,
    And,
    Comparison,
    Exists,
    Expression,
    FullText,
    Membership,
    Moment,
    Not,
    Now,
    Number,
    Or,
    Path,
    Quantified,
    Text,
    Truth,
)
from pilothouse.filters.tree import Value
from pilothouse.platform.store import entries
from pilothouse.platform.store.binds import Binds, like
from pilothouse.platform.store.run_ids import PARENT_RUN_ID, RUN_ID
from pilothouse.platform.store.text_match import text_condition


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field stands: an expression, and what it is."""

    sql: str
    kind: str
    """text ("" is unknown), number, time, boolean, list."""
    scale: float = 1.0
    """What one unit of the field is in the column: 1000 for milliseconds kept in microseconds."""
    nullable: bool = False


_TEXTS: Final = (
    *("name", "status", "status_message", "error_type", "session_id", "user_id", "environment"),
    *("release", "trace_id", "input_preview", "output_preview", "experiment_id", "example_id"),
)
_TOKENS: Final = (
    *("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens"),
    *("reasoning_tokens", "audio_tokens"),
)
_SPAN_TOKENS: Final = (
    *("cache_write_1h_tokens", "input_audio_tokens", "output_audio_tokens"),
    *("input_image_tokens", "output_image_tokens"),
)
END_TIME: Final = "addMicroseconds(start_time, duration_us)"
BEGAN_TO_ANSWER: Final = "addMicroseconds(start_time, first_token_us)"
SOURCE: Final = "substringIndex(wire, char(1), 1)"

_SHARED: Final[dict[str, Column]] = {
    **{name: Column(name, "text") for name in _TEXTS},
    "duration_ms": Column("duration_us", "number", 1000, nullable=True),
    "time_to_first_token_ms": Column("first_token_us", "number", 1000, nullable=True),
    "start_time": Column("start_time", "time"),
    "end_time": Column(END_TIME, "time", nullable=True),
    **{f"usage.{name}": Column(name, "number", nullable=True) for name in _TOKENS},
    **{
        f"cost.{p}": Column(f"cost_{p}", "number", nullable=True)
        for p in ("input", "output", "total")
    },
    "tags": Column("tags", "list"),
}
COLUMNS: Final[dict[str, dict[str, Column]]] = {
    "spans": {
        **_SHARED,
        **{
            f: Column(f, "text")
            for f in ("kind", "model", "provider", "input", "output", "span_id")
        },
        **{f: Column(f, "text") for f in ("parent_span_id", "tool_name", "cost_source")},
        "cost.source": Column("cost_source", "text"),
        "prompt.name": Column("prompt_name", "text"),
        "prompt.version": Column("prompt_version", "text"),
        "streaming": Column("streaming", "boolean", nullable=True),
        "source": Column(SOURCE, "text"),
        "run_id": Column(RUN_ID, "text"),
        "parent_run_id": Column(PARENT_RUN_ID, "text"),
        "first_token_time": Column(BEGAN_TO_ANSWER, "time", nullable=True),
        **{f"usage.{name}": Column(name, "number", nullable=True) for name in _SPAN_TOKENS},
    },
    "traces": {
        **_SHARED,
        "root_span_id": Column("root_span_id", "text"),
        "first_seen_at": Column("first_seen_at", "time"),
        "span_count": Column("span_count", "number"),
        "error_count": Column("error_count", "number"),
        "llm_call_count": Column("llm_count", "number"),
        **{f: Column(f, "list") for f in ("models", "providers", "kinds", "tools", "prompt_names")},
    },
}

GATHERED: Final = {
    "model": "models",
    "provider": "providers",
    "kind": "kinds",
    "tool_name": "tools",
    "prompt.name": "prompt_names",
}
"""Fields of spans whose values a trace keeps as a list: one look at the trace answers for all."""

_LONG: Final = 200  # characters above which an attribute lies in `content`, see rows.py
_INDEXED: Final = re.compile(r"\.\d+(\.|$)")
_PAYLOAD: Final = re.compile(
    r"input|output|prompt|completion|message|content|request|response|result|query|argument"
    r"|answer|question|document|body",
    re.IGNORECASE,
)
"""Keys that may have become `input` or `output`; of others an equality reads no payload."""


class Compiler:
    """Compiles filters of one request: its projects, its present moment, its bound values."""

    def __init__(
        self,
        binds: Binds,
        projects: Sequence[int],
        *,
        now: datetime | None = None,
    ) -> None:
        """`projects` bounds what subqueries look at."""
        self.spans_within = ""
        """A condition on `hour` that holds for every span of the traces in question."""
        self.asked_spans = False
        """Whether a condition on traces looks at their spans."""
        self.binds = binds
        self._projects = projects
        self._now = now or datetime.now(UTC)

    def spans(self, expression: Expression) -> str:
        """The condition on a row of `spans`."""
        return self._boolean(expression, self._span_atom)

    def traces(self, expression: Expression) -> str:
        """The condition on a row of `traces`."""
        return self._boolean(expression, self._trace_atom)

    def sessions(self, expression: Expression) -> str:
        """The condition on a group of rows of `traces`, for HAVING: any of them, each time."""
        return self._boolean(expression, self._session_atom)

    def project_condition(self) -> str:
        """The projects of the request as a condition on `project`."""
        return self.binds.projects(self._projects)

    # ---- and, or, not

    def _boolean(self, expression: Expression, atom: Callable[[Expression], str]) -> str:
        match expression:
            case And(terms=terms):
                return "(" + " AND ".join(self._boolean(t, atom) for t in terms) + ")"
            case Or(terms=terms):
                return "(" + " OR ".join(self._boolean(t, atom) for t in terms) + ")"
            case Not(term=term):
                return f"NOT {self._boolean(term, atom)}"
            case _:
                return f"({atom(expression)})"

    # ---- atoms of each scope

    def _span_atom(self, atom: Expression) -> str:
        match atom:
            case Quantified(over="metadata" | "input" | "output" as over):
                return self._any_entry(atom, over)
            case Quantified(over="score", every=every, term=term):
                return self._any_score("trace_id, span_id", term, every=every)
            case Quantified(over="root"):
                return self._root(atom)
            case Quantified():
                return self._in_traces(self._trace_atom(atom))
            case FullText(text=text):
                return text_condition(self.binds, [text])
            case Comparison(path=path) | Membership(path=path) | Exists(path=path):
                if "spans" not in FIELDS[path.name].owners:
                    return self._in_traces(self._trace_atom(atom))
                return self._on_row(atom, path, "spans")
            case _:
                return self.spans(atom)

    def _trace_atom(self, atom: Expression) -> str:
        match atom:
            case Quantified():
                return self._trace_quantified(atom)
            case FullText():
                return self._in_spans(self._span_atom(atom))
            case Comparison(path=path) | Membership(path=path) | Exists(path=path):
                if "traces" not in FIELDS[path.name].owners:
                    return self._any_span(atom)
                return self._on_row(atom, path, "traces")
            case _:
                return self.traces(atom)

    def _trace_quantified(self, atom: Quantified) -> str:
        match atom:
            case Quantified(over="metadata"):
                return self._any_entry(atom, "metadata")
            case Quantified(over="input" | "output"):
                return self._in_spans(self._span_atom(atom))
            case Quantified(over="score", every=every, term=term):
                return self._any_score("trace_id", term, every=every)
            case Quantified(over="root"):
                return self._root(atom)
            case Quantified(over="trace", term=term):
                return self.traces(term)
            case Quantified(every=True, term=term):
                return f"NOT {self._any_span(Not(term))}"
        return self._any_span(atom.term)

    def _session_atom(self, atom: Expression) -> str:
        condition = f"max({self._trace_atom(atom)})"
        match atom:
            case Comparison(path=Path(name="scores")) | Membership(path=Path(name="scores")):
                pass
            case Exists(path=Path(name="scores")):
                pass
            case _:
                return condition
        scored = self._scores_where(atom)
        return f"{condition} OR max({self._in_scores('session_id', scored)})"

    def _any_span(self, term: Expression) -> str:
        """Whether one span of the trace of the row holds all of the term."""
        match term:
            case Or(terms=terms):
                return "(" + " OR ".join(self._any_span(t) for t in terms) + ")"
            case (
                Comparison(path=Path(name=name))
                | Membership(path=Path(name=name))
                | Exists(path=Path(name=name))
            ) if name in GATHERED:
                column = Column(GATHERED[name], "list")
                return f"({self._compared(term, column)})"
            case Comparison(path=Path(name="status"), operator="=", value=Text(text="error")):
                return "(error_count > 0)"
            case Quantified(over="span" | "trace" | "root"):
                return f"({self._trace_atom(term)})"
            case _:
                return f"({self._in_spans(self.spans(term))})"

    # ---- the other tables

    def _in_spans(self, condition: str) -> str:
        self.asked_spans = True
        return (
            "(project, trace_id) IN (SELECT project, trace_id FROM spans FINAL"
            f" WHERE {self.project_condition()}{self.spans_within} AND {condition})"
        )

    def _in_traces(self, condition: str) -> str:
        return (
            "(project, trace_id) IN (SELECT project, trace_id FROM traces FINAL"
            f" WHERE {self.project_condition()} AND ({condition}))"
        )

    def _in_scores(self, key: str, condition: str) -> str:
        known = " AND ".join(f"{name} != ''" for name in key.split(", "))
        return (
            f"(project, {key}) IN (SELECT project, {key} FROM scores FINAL"
            f" WHERE {self.project_condition()} AND {known} AND {condition})"
        )

    def _root(self, atom: Quantified) -> str:
        """Whether the span without one above it holds the term; of several, any or every."""
        if atom.every:
            return f"NOT {self._root(Quantified(False, Not(atom.term), 'root'))}"
        return self._in_spans(f"parent_span_id = '' AND {self.spans(atom.term)}")

    # ---- entries

    def _any_entry(self, atom: Quantified, of: entries.Of) -> str:
        def holds(key: str, value: str) -> str:
            return self._boolean(atom.term, lambda part: self._entry_part(part, of, key, value))

        if not atom.every:
            keys = entries.pinned_keys(atom.term) if of == "metadata" else []
            if keys:
                found = []
                for name in keys:
                    key = self.binds.text(name)
                    found.append(f"mapContains({of}, {key}) AND {holds(key, f'{of}[{key}]')}")
                return "(" + " OR ".join(f"({one})" for one in found) + ")"
            needed = entries.needed_texts(atom.term) if of != "metadata" else []
            early = [f"position({of}, {self.binds.text(text)}) > 0" for text in needed]
            any_of = f"arrayExists(e -> {holds('e.1', 'e.2')}, {entries.ENTRIES[of]})"
            return "(" + " AND ".join([*early, any_of]) + ")"
        return f"arrayAll(e -> {holds('e.1', 'e.2')}, {entries.ENTRIES[of]})"

    def _entry_part(self, atom: Expression, of: entries.Of, key: str, value: str) -> str:
        match atom:
            case Exists(path=Path(name="value")):
                return f"{value} != ''"
            case Exists():
                return "1"
            case Membership(path=Path(name="value"), values=values):
                return " OR ".join(self._open_comparison("=", v, value) for v in values)
            case Comparison(path=Path(name="value"), operator=operator, value=wanted):
                return self._open_comparison(operator, wanted, value)
            case Comparison(operator="=", value=wanted) if of != "metadata":
                return self._one_of([wanted], Column(f"[{key}, {entries.placeless(key)}]", "list"))
            case Membership(values=values) if of != "metadata":
                return self._one_of(values, Column(f"[{key}, {entries.placeless(key)}]", "list"))
            case Comparison() | Membership():
                return self._compared(atom, Column(key, "text"))
        raise AssertionError(atom)

    def _any_score(self, key: str, term: Expression, *, every: bool) -> str:
        """Whether one score of the row, or every one, holds all of a term."""
        if every:
            return f"NOT {self._any_score(key, Not(term), every=False)}"
        where = self._boolean(term, self._score_part)
        found = self._in_scores(key, where)
        if key == "trace_id":
            return found
        # What is said of a trace as a whole is said of its root.
        whole = self._in_scores("trace_id", f"span_id = '' AND {where}")
        return f"({found} OR (parent_span_id = '' AND {whole}))"

    def _score_part(self, atom: Expression) -> str:
        match atom:
            case Exists(path=Path(name="value")):
                return f"(value IS NOT NULL OR {entries.LABEL} != '')"
            case Membership(path=Path(name="value"), values=values):
                return " OR ".join(f"({self._verdict('=', v)})" for v in values)
            case Comparison(path=Path(name="value"), operator=operator, value=value):
                return self._verdict(operator, value)
            case Comparison(path=path) | Membership(path=path) | Exists(path=path):
                kind = "list" if path.name == "source" else "text"
                return self._compared(atom, Column(entries.SCORE_COLUMNS[path.name], kind))
        raise AssertionError(atom)

    # ---- one comparison

    def _on_row(self, atom: Expression, path: Path, table: str) -> str:
        if path.name == "scores":
            key = "trace_id, span_id" if table == "spans" else "trace_id"
            return self._in_scores(key, self._scores_where(atom))
        if FIELDS[path.name].type == "open":
            return self._open(atom, path)
        return self._compared(atom, COLUMNS[table][path.name])

    def _compared(self, atom: Expression, column: Column) -> str:
        match atom:
            case Exists():
                return _known(column)
            case Membership(values=values):
                return self._one_of(values, column)
            case Comparison(operator=operator, value=value):
                return self._comparison(operator, value, column)
        raise AssertionError(atom)

    def _comparison(self, operator: str, value: Value, column: Column) -> str:
        match column.kind:
            case "text":
                return self._text(operator, _text_of(value), column.sql)
            case "list":
                if operator in ("has", "="):
                    return f"has({column.sql}, {self.binds.text(_text_of(value))})"
                inner = self._text(operator, _text_of(value), "x")
                return f"arrayExists(x -> {inner}, {column.sql})"
            case "time":
                assert isinstance(value, Moment | Now)
                bound = self.binds.moment(value.resolve(self._now))
            case "boolean":
                assert isinstance(value, Truth)
                bound = str(int(value.value))
            case _:
                assert isinstance(value, Number)
                bound = self.binds.number(value.value * column.scale)
        condition = f"{column.sql} {operator} {bound}"
        return f"ifNull({condition}, 0)" if column.nullable else condition

    def _text(self, operator: str, text: str, sql: str) -> str:
        match operator:
            case "=" | "has":
                return f"{sql} = {self.binds.text(text)}"
            case "contains":
                pattern = self.binds.text(like(text))
                return (
                    f"{sql} != '' AND lowerUTF8({sql}) LIKE concat('%', lowerUTF8({pattern}), '%')"
                )
            case "~":
                return f"{sql} != '' AND {self._glob(text, sql)}"
            case "matches":
                return f"{sql} != '' AND match({sql}, {self.binds.text(text)})"
            case _:
                return f"{sql} != '' AND {sql} {operator} {self.binds.text(text)}"

    def _glob(self, pattern: str, sql: str) -> str:
        if "[" not in pattern:
            plain = like(pattern).replace("*", "%").replace("?", "_")
            return f"{sql} LIKE {self.binds.text(plain)}"
        return f"match({sql}, {self.binds.text(glob_pattern(pattern))})"

    def _one_of(self, values: Sequence[Value], column: Column) -> str:
        if column.kind == "list":
            return f"hasAny({column.sql}, {self.binds.texts(map(_text_of, values))})"
        if column.kind == "text":
            bound = [self.binds.text(_text_of(v)) for v in values[:100]]
            few = f"{column.sql} IN ({', '.join(bound)})"
            if len(values) <= 100:
                return few
            return f"has({self.binds.texts(map(_text_of, values))}, {column.sql})"
        return " OR ".join(self._comparison("=", v, column) for v in values)

    # ---- keys of the user's own

    def _open(self, atom: Expression, path: Path) -> str:
        name = path.name
        if not path.key:
            assert isinstance(atom, Comparison)
            key = self.binds.text(_text_of(atom.value))
            inside = f"mapContains({name}, {key})"
            if name == "attributes":
                inside += f" OR input_key = {key} OR output_key = {key} OR JSONHas(content, {key})"
            return inside
        sql = self._open_text(atom, path)
        if sql.startswith("trimLeft(attributes[") and not _may_be_empty(atom):
            # There is an index of the keys.
            there = f"mapContains(attributes, {self.binds.text(path.key)})"
            return f"{there} AND ({self._open_known(atom, sql)})"
        return self._open_known(atom, sql)

    def _open_known(self, atom: Expression, sql: str) -> str:
        match atom:
            case Exists():
                return f"{sql} != ''"
            case Membership(values=values):
                return " OR ".join(self._open_comparison("=", v, sql) for v in values)
            case Comparison(operator="has", value=value):
                raw = orjson.dumps(_text_of(value)).decode()
                return f"has(JSONExtractArrayRaw({sql}), {self.binds.text(raw)})"
            case Comparison(operator=operator, value=value):
                return self._open_comparison(operator, value, sql)
        raise AssertionError(atom)

    def _open_text(self, atom: Expression, path: Path) -> str:
        key = self.binds.text(path.key)
        if path.name == "metadata":
            return f"metadata[{key}]"
        # A value that is not a string stands as JSON behind the mark 0x01 (rows.encode_value).
        small = f"trimLeft({path.name}[{key}], char(1))"
        if path.name == "resource" or not _may_be_long(atom, path.key):
            return small
        return (
            f"multiIf(mapContains(attributes, {key}), {small},"
            f" input_key = {key}, input, output_key = {key}, output,"
            f" JSONType(content, {key}) = 'String', JSONExtractString(content, {key}),"
            f" JSONExtractRaw(content, {key}))"
        )

    def _open_comparison(self, operator: str, value: Value, sql: str) -> str:
        match value:
            case Number():
                return (
                    f"ifNull(toFloat64OrNull({sql}) {operator} {self.binds.number(value.value)}, 0)"
                )
            case Truth(value=truth):
                known = "" if operator == "=" else f"{sql} != '' AND "
                return f"{known}{sql} {operator} '{'true' if truth else 'false'}'"
            case Moment() | Now():
                at = self.binds.moment(value.resolve(self._now))
                parsed = f"parseDateTime64BestEffortOrNull({sql}, 6, 'UTC')"
                return f"ifNull({parsed} {operator} {at}, 0)"
            case Text(text=text):
                return self._text(operator, text, sql)

    # ---- scores

    def _scores_where(self, atom: Expression) -> str:
        """The condition on a row of `scores`."""
        match atom:
            case Comparison(path=Path(key=""), value=value):
                return f"name = {self.binds.text(_text_of(value))}"
            case Comparison(path=path, operator=operator, value=value):
                return f"{self._named(path)} AND ({self._verdict(operator, value)})"
            case Membership(path=path, values=values):
                one = " OR ".join(f"({self._verdict('=', v)})" for v in values)
                return f"{self._named(path)} AND ({one})"
            case Exists(path=path):
                return self._named(path)
        raise AssertionError(atom)

    def _named(self, path: Path) -> str:
        return f"name = {self.binds.text(path.key)}"

    def _verdict(self, operator: str, value: Value) -> str:
        match value:
            case Truth(value=truth):
                return f"ifNull(value {operator} {int(truth)}, 0)"
            case Number():
                return f"ifNull(value {operator} {self.binds.number(value.value)}, 0)"
            case _:
                return self._text(operator, _text_of(value), "label")


def _known(column: Column) -> str:
    match column.kind:
        case "text":
            return f"{column.sql} != ''"
        case "list":
            return f"notEmpty({column.sql})"
        case _:
            return f"{column.sql} IS NOT NULL" if column.nullable else "1"


def _text_of(value: Value) -> str:
    assert isinstance(value, Text), value
    return value.text


def _may_be_empty(atom: Expression) -> bool:
    """Whether a value that is not there can be what is asked for."""
    match atom:
        case Comparison(value=Text(text="")):
            return True
        case Membership(values=values):
            return any(isinstance(v, Text) and not v.text for v in values)
    return False


def _may_be_long(atom: Expression, key: str) -> bool:
    """Whether the attribute may stand outside the Map, so that the payload has to be read."""
    if _INDEXED.search(key) or _PAYLOAD.search(key):
        return True
    match atom:
        case Comparison(operator="=", value=Text(text=text)):
            return len(text) > _LONG
        case Comparison(operator="=" | "<" | "<=" | ">" | ">=", value=Number() | Truth()):
            return False
        case Membership(values=values):
            return any(isinstance(v, Text) and len(v.text) > _LONG for v in values)
        case _:
            return True


def glob_pattern(pattern: str) -> str:
    """A glob with character sets as an RE2 expression."""
    out, i = [r"(?s)\A"], 0
    while i < len(pattern):
        char, i = pattern[i], i + 1
        if char == "*":
            out.append(".*")
        elif char == "?":
            out.append(".")
        elif char == "[" and (end := pattern.find("]", i + 1)) > 0:
            inside, i = pattern[i:end], end + 1
            negated = inside[0] in "!^"
            members = re.sub(r"([\\\[\]^])", r"\\\1", inside[negated:])
            if not _ordered_ranges(members):
                members = members.replace("-", r"\-")
            out.append(f"[{'^' if negated else ''}{members}]")
        else:
            out.append(re.escape(char))
    return "".join([*out, r"\z"])


def _ordered_ranges(members: str) -> bool:
    return all(a <= b for a, b in re.findall(r"(.)-(.)", members))
