"""What a filter means, written down a second time: in Python, for one row as the API gives it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pilothouse.filters import (
    And,
    Comparison,
    Exists,
    Expression,
    Membership,
    Moment,
    Not,
    Number,
    Or,
    Path,
    Text,
    Truth,
)


def boolean(tree: Expression, atom: Callable[[Expression], bool]) -> bool:
    match tree:
        case And(terms=terms):
            return all(boolean(term, atom) for term in terms)
        case Or(terms=terms):
            return any(boolean(term, atom) for term in terms)
        case Not(term=term):
            return not boolean(term, atom)
    return atom(tree)


def value_of(path: Path, row: dict[str, Any]) -> Any:
    if path.name in ("metadata", "attributes"):
        return row[path.name].get(path.key) if path.key else row[path.name]
    value: Any = row
    for part in path.name.split("."):
        value = value[part]
    return datetime.fromisoformat(value) if value and path.name.endswith("_time") else value


def compare(node: Expression, row: dict[str, Any]) -> bool:
    assert isinstance(node, Comparison | Membership | Exists)
    value = value_of(node.path, row)
    match node:
        case Exists():
            return value not in (None, "", [])
        case Membership(values=values):
            return any(one("=", plain(v), value) for v in values)
        case Comparison(operator=operator, value=given):
            return one(operator, plain(given), value)


def plain(value: Any) -> Any:
    match value:
        case Text(text=text):
            return text
        case Moment(at=at):
            return at
        case Number() | Truth():
            return value.value
    raise AssertionError(value)


def one(operator: str, wanted: Any, value: Any) -> bool:  # noqa: C901 - it is a table
    """One comparison; with an unknown value it never holds."""
    if isinstance(value, list):
        return any(one("=" if operator == "has" else operator, wanted, each) for each in value)
    if isinstance(value, dict):
        return wanted in value
    if value is None or value == "":
        return False
    if isinstance(wanted, bool) and isinstance(value, str):
        wanted = str(wanted).lower()
    elif isinstance(wanted, int | float) and isinstance(value, str):
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            return False
        value = float(value)
    elif isinstance(wanted, int | float) and isinstance(value, bool) is not isinstance(
        wanted, bool
    ):
        return False
    match operator:
        case "=":
            return bool(value == wanted)
        case "!=":
            return bool(value != wanted)
        case "<":
            return bool(value < wanted)
        case "<=":
            return bool(value <= wanted)
        case ">":
            return bool(value > wanted)
        case ">=":
            return bool(value >= wanted)
        case "contains":
            return wanted.lower() in str(value).lower()
        case "matches":
            return re.search(wanted, value) is not None
        case "~":
            pattern = re.escape(wanted).replace(r"\*", ".*").replace(r"\?", ".")
            return re.fullmatch(pattern, value, re.DOTALL) is not None
    raise AssertionError(operator)
