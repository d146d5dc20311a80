"""Filters of projects: the protocol's grammar, held to one project after the other.

Projects are few and in memory, so that a filter of them is no SQL.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import re2

from pilothouse.filters import FilterError, moment_of
from pilothouse.platform.compat.langsmith.filter_text import Argument, Call, Literal, Name, read
from pilothouse.platform.compat.langsmith.filter_values import (
    ORDERED,
    PATTERNS,
    literal,
    literals,
    plain,
)
from pilothouse.platform.datasets.matching import contains
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.projects.models import Project

Matches = Callable[[Project], bool]
_Test = Callable[[str], bool]
_FIELDS: Final[Mapping[str, Callable[[Project], str]]] = {
    "id": lambda project: project.uuid,
    "name": lambda project: project.name,
    "description": lambda project: project.description,
    "type": lambda project: project.kind.upper(),
}
_TIMES: Final[Mapping[str, Callable[[Project], datetime | None]]] = {
    "start_time": lambda project: project.started_at or project.created_at,
    "end_time": lambda project: project.ended_at,
}
_KEY: Final = "metadata_key"
_VALUE: Final = "metadata_value"
_POSITIVE: Final = {"neq": "eq", "nin": "in"}


def session_filter(text: str | None) -> Matches:
    """Whether a project is what a filter asks for. Raises BadRequest."""
    if text is None or not text.strip():
        return lambda _project: True
    try:
        return _matches(read(text))
    except FilterError as e:
        raise BadRequest(f"filter: {e}", {"parameter": "filter", **e.details()}) from e


def _matches(call: Call) -> Matches:
    if call.name not in ("and", "or", "not"):
        return _all([call])
    calls = [one for one in call.arguments if isinstance(one, Call)]
    if not calls or len(calls) < len(call.arguments) or (call.name == "not" and len(calls) > 1):
        raise FilterError(f"{call.name} joins conditions", column=call.column)
    if call.name == "and":
        return _all(calls)
    parts = [_matches(one) for one in calls]
    if call.name == "or":
        return lambda project: any(part(project) for part in parts)
    return lambda project: not parts[0](project)


def _all(calls: list[Call]) -> Matches:
    """All of some conditions; those about entries of the metadata mean the same entry."""
    about = {call: _name(call) for call in calls if call.name not in ("and", "or", "not")}
    keys = [call for call, name in about.items() if name == _KEY]
    values = [call for call, name in about.items() if name == _VALUE]
    rest = [_condition(call) for call in calls if call not in keys and call not in values]
    rest += [_matches(call) for call in calls if call not in about]
    entries = _entries(keys, values) if keys or values else None

    def all_hold(project: Project) -> bool:
        if entries is not None and not entries(_metadata(project)):
            return False
        return all(part(project) for part in rest)

    return all_hold


def _entries(keys: list[Call], values: list[Call]) -> Callable[[Mapping[str, Any]], bool]:
    named = [_text_test(call) for call in keys if call.name not in _POSITIVE]
    absent = [_text_test(_turned(call)) for call in keys if call.name in _POSITIVE]
    of_value = [
        (call.name in _POSITIVE, _text_test(call), _text_test(_turned(call))) for call in values
    ]

    def hold(metadata: Mapping[str, Any]) -> bool:
        if any(test(key) for test in absent for key in metadata):
            return False
        said = [(key, _said(value)) for key, value in metadata.items()]
        if named:
            return any(
                all(test(key) for test in named) and all(test(value) for _, test, _ in of_value)
                for key, value in said
            )
        return all(
            not any(has(value) for _, value in said)
            if negative
            else any(test(value) for _, value in said)
            for negative, test, has in of_value
        )

    return hold


def _condition(call: Call) -> Matches:
    name = _name(call)
    if name == "metadata":
        return _of_metadata(call)
    if name in _TIMES:
        return _of_time(call, _TIMES[name])
    field = _FIELDS.get(name)
    if field is None:
        known = ", ".join((*_FIELDS, *_TIMES, "metadata", _KEY, _VALUE))
        raise FilterError(f"projects have no field {name!r}; known are {known}", column=call.column)
    test = _text_test(call)
    return lambda project: test(field(project))


def _of_metadata(call: Call) -> Matches:
    said = plain(literal(_second(call)))
    if call.name == "exists":
        return lambda project: said in _metadata(project)
    if call.name != "has":
        raise FilterError("metadata takes has and exists", column=call.column)
    try:
        part = json.loads(said)
    except ValueError:
        raise FilterError("has(metadata, …) takes a JSON object", column=call.column) from None
    return lambda project: contains(_metadata(project), part)


def _of_time(call: Call, field: Callable[[Project], datetime | None]) -> Matches:
    value = literal(_second(call))
    if value.value is None and call.name in ("eq", "neq"):
        wanted = call.name == "eq"
        return lambda project: (field(project) is None) == wanted
    at = moment_of(plain(value))
    compare = _COMPARE.get(call.name)
    if at is None or compare is None:
        raise FilterError(f"{call.name} of a time takes a time", column=call.column)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return lambda project: (there := field(project)) is not None and compare(there, at)


_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {  # Any: two texts or two times
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}


def _text_test(call: Call) -> _Test:
    """What a condition asks of a text."""
    operator = call.name
    if operator in ("in", "nin"):
        several = {plain(one) for one in literals(_second(call), operator)}
        return lambda text: (text in several) == (operator == "in")
    said = plain(literal(_second(call)))
    if operator in PATTERNS:
        pattern = _pattern(operator, said)
        return lambda text: pattern.search(text) is not None
    if operator not in _COMPARE:
        known = ", ".join(("eq", "neq", *ORDERED, "in", "nin", *PATTERNS))
        raise FilterError(f"{operator} is not for texts; known are {known}", column=call.column)
    compare = _COMPARE[operator]
    return lambda text: compare(text, said)


def _pattern(operator: str, said: str) -> Any:  # Any: re2 has no types
    if operator in ("search", "contains"):
        return re2.compile(("(?i)" if operator == "search" else "") + re2.escape(said))
    signs = {"%": ".*", "_": "."}
    body = "".join(signs.get(sign) or re2.escape(sign) for sign in said)
    return re2.compile(rf"(?s{'i' if operator == 'ilike' else ''})\A{body}\z")


def _turned(call: Call) -> Call:
    """The positive form of a condition."""
    return Call(_POSITIVE.get(call.name, call.name), call.arguments, call.column, call.depth)


def _name(call: Call) -> str:
    """The field that a condition is about. Raises FilterError."""
    if call.name == "search" and len(call.arguments) == 1:
        return "name"
    first = call.arguments[0] if call.arguments else None
    if isinstance(first, Name):
        return first.text
    if isinstance(first, Literal) and isinstance(first.value, str):
        return first.value
    raise FilterError(f"{call.name} begins with the name of a field", column=call.column)


def _second(call: Call) -> Argument:
    if call.name == "search" and len(call.arguments) == 1:
        return call.arguments[0]
    if len(call.arguments) != 2:
        raise FilterError(f"{call.name} takes a field and a value", column=call.column)
    return call.arguments[1]


def _metadata(project: Project) -> Mapping[str, Any]:
    found = project.extra.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
