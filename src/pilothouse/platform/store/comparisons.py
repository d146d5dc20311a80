"""One comparison of a filter as a condition in ClickHouse SQL, with its value bound.

A comparison with an unknown value does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson

from pilothouse.filters import (
    Comparison,
    Exists,
    Expression,
    Membership,
    Moment,
    Now,
    Number,
    Path,
    Text,
    Truth,
)
from pilothouse.filters.tree import Value
from pilothouse.platform.store.binds import Binds, like
from pilothouse.platform.store.columns import Column

LONG: Final = 200  # characters above which an attribute lies in `content`, see rows.py
INDEXED: Final = re.compile(r"\.\d+(\.|$)")
PAYLOAD: Final = re.compile(
    r"input|output|prompt|completion|message|content|request|response|result|query|argument"
    r"|answer|question|document|body",
    re.IGNORECASE,
)
"""Keys that may have become `input` or `output`; of others an equality reads no payload."""


class Comparisons:
    """Compiles the comparisons of one request: its bound values, its present moment."""

    def __init__(self, binds: Binds, now: datetime) -> None:
        self.binds, self._now = binds, now

    def compared(self, atom: Expression, column: Column) -> str:
        """Whether a column is to the value as the atom says."""
        match atom:
            case Exists():
                return _known(column)
            case Membership(values=values):
                return self.one_of(values, column)
            case Comparison(operator=operator, value=value):
                return self._comparison(operator, value, column)
        raise AssertionError(atom)

    def _comparison(self, operator: str, value: Value, column: Column) -> str:
        match column.kind:
            case "text":
                return self._text(operator, text_of(value), column.sql)
            case "list":
                if operator in ("has", "="):
                    return f"has({column.sql}, {self.binds.text(text_of(value))})"
                inner = self._text(operator, text_of(value), "x")
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

    def one_of(self, values: Sequence[Value], column: Column) -> str:
        """Whether a column is one of some values."""
        if column.kind == "list":
            return f"hasAny({column.sql}, {self.binds.texts(map(text_of, values))})"
        if column.kind == "text":
            bound = [self.binds.text(text_of(v)) for v in values[:100]]
            few = f"{column.sql} IN ({', '.join(bound)})"
            if len(values) <= 100:
                return few
            return f"has({self.binds.texts(map(text_of, values))}, {column.sql})"
        return " OR ".join(self._comparison("=", v, column) for v in values)

    # ---- keys of the user's own

    def open(self, atom: Expression, path: Path) -> str:
        """The same for a key of the user's own: of metadata, attributes, the resource."""
        name = path.name
        if not path.key:
            assert isinstance(atom, Comparison)
            key = self.binds.text(text_of(atom.value))
            inside = f"mapContains({name}, {key})"
            if name == "attributes":
                inside += f" OR input_key = {key} OR output_key = {key} OR JSONHas(content, {key})"
            return inside
        sql = self._open_text(atom, path)
        if sql.startswith("trimLeft(attributes[") and not _may_be_empty(atom):
            # There is an index of the keys.
            there = f"mapContains(attributes, {self.binds.text(path.key)})"
            return f"{there} AND ({self.open_known(atom, sql)})"
        return self.open_known(atom, sql)

    def open_known(self, atom: Expression, sql: str) -> str:
        """The same for a text that a row has, "" for unknown."""
        match atom:
            case Exists():
                return f"{sql} != ''"
            case Membership(values=values):
                return " OR ".join(self.open_comparison("=", v, sql) for v in values)
            case Comparison(operator="has", value=value):
                raw = orjson.dumps(text_of(value)).decode()
                return f"has(JSONExtractArrayRaw({sql}), {self.binds.text(raw)})"
            case Comparison(operator=operator, value=value):
                return self.open_comparison(operator, value, sql)
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

    def open_comparison(self, operator: str, value: Value, sql: str) -> str:
        """A comparison with a value that is stored as text, whatever it is."""
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

    def verdict(self, operator: str, value: Value) -> str:
        """A comparison with the value of a score, or its label."""
        match value:
            case Truth(value=truth):
                return f"ifNull(value {operator} {int(truth)}, 0)"
            case Number():
                return f"ifNull(value {operator} {self.binds.number(value.value)}, 0)"
            case _:
                return self._text(operator, text_of(value), "label")


def _known(column: Column) -> str:
    match column.kind:
        case "text":
            return f"{column.sql} != ''"
        case "list":
            return f"notEmpty({column.sql})"
        case _:
            return f"{column.sql} IS NOT NULL" if column.nullable else "1"


def text_of(value: Value) -> str:
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
    if INDEXED.search(key) or PAYLOAD.search(key):
        return True
    match atom:
        case Comparison(operator="=", value=Text(text=text)):
            return len(text) > LONG
        case Comparison(operator="=" | "<" | "<=" | ">" | ">=", value=Number() | Truth()):
            return False
        case Membership(values=values):
            return any(isinstance(v, Text) and len(v.text) > LONG for v in values)
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
