"""Which operators and values go with a field of a filter, by its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from lark import Token

from pilothouse.filters.errors import FilterError
from pilothouse.filters.fields import ENTRY_FIELDS, FIELDS, Field
from pilothouse.filters.tokens import At, column_of, moment_of
from pilothouse.filters.tree import (
    And,
    Comparison,
    Exists,
    Expression,
    Membership,
    Moment,
    Not,
    Now,
    Number,
    Operator,
    Or,
    Path,
    Text,
    Truth,
    Value,
    Whole,
)

_ORDERED: Final = ("=", "!=", "<", "<=", ">", ">=")
_PATTERNS: Final = ("~", "contains", "matches")
OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    "text": (*_ORDERED, *_PATTERNS, "in"),
    "number": (*_ORDERED, "in"),
    "duration": (*_ORDERED, "in"),
    "money": (*_ORDERED, "in"),
    "time": _ORDERED,
    "boolean": ("=", "!="),
    "list": ("has", "=", "!=", *_PATTERNS, "in"),
    "open": (*_ORDERED, *_PATTERNS, "in", "has"),
    "scores": (*_ORDERED, *_PATTERNS, "in"),
    "value": (*_ORDERED, *_PATTERNS, "in"),
}
"""Which operators a type knows; `exists` goes with all."""

WANTED: Final = {
    "text": "a text in quotes",
    "number": "a number",
    "duration": "a duration such as 1500 or 1.5s",
    "money": "a number of dollars",
    "time": "a time such as now - 2h or 2026-11-21T09:00:00Z",
    "boolean": "true or false",
    "list": "a text in quotes",
    "open": "a text in quotes or a number",
    "scores": "a number, or a label in quotes",
    "value": "a text in quotes or a number",
}

_VALUES: Final[dict[str, tuple[type, ...]]] = {
    "text": (Text,),
    "number": (Number,),
    "duration": (Number,),
    "money": (Number,),
    "time": (Moment, Now),
    "boolean": (Truth,),
    "list": (Text,),
    "open": (Text, Number, Truth, Moment, Now),
    "scores": (Text, Number, Truth),
    "value": (Text, Number, Truth, Moment, Now),
}
"""What a type is compared with."""
_UNITLESS: Final = ("number", "money")


def check_entry(term: Expression, over: Whole) -> None:
    """Refuse fields that entries of another kind have. Raises FilterError."""
    known = ENTRY_FIELDS[over]
    waiting = [term]
    while waiting:
        match waiting.pop():
            case Comparison(path=path) | Membership(path=path) | Exists(path=path):
                if path.name not in known:
                    what = "a score" if over == "score" else f"an entry of {over}"
                    raise FilterError(
                        f"{what} has no {path.name!r}", column=path.column, expected=tuple(known)
                    )
            case And(terms=terms) | Or(terms=terms):
                waiting += terms
            case Not(term=inner):
                waiting.append(inner)


def membership(path: Path, values: tuple[At, ...], fields: Mapping[str, Field]) -> Expression:
    field = fields[path.name]
    _check_operator(path, field, "in", path.column)
    return Membership(path, tuple(_typed(path, field, "in", value) for value in values))


def compared(
    path: Path, operator: Token, value: At, fields: Mapping[str, Field] = FIELDS
) -> Expression:
    """The comparison, its operator and value checked against the type of the field."""
    field = fields[path.name]
    sign = "=" if operator == "==" else operator.lower()
    column = column_of(operator)
    if value.value is None:
        if sign not in ("=", "!="):
            raise FilterError("null is only equal or not", column=column, expected=("=", "!="))
        return Not(Exists(path)) if sign == "=" else Exists(path)
    _check_operator(path, field, sign, column)
    return Comparison(path, cast("Operator", sign), _typed(path, field, sign, value))


def _check_operator(path: Path, field: Field, operator: str, column: int) -> None:
    if field.type in ("open", "scores") and not path.key:
        if operator != "has":
            raise FilterError(
                f"{field.name} holds many values",
                column=path.column,
                expected=(f"{field.name}.<name>", f'{field.name} has "<name>"'),
            )
        return
    known = OPERATORS[field.type]
    if operator not in known:
        raise FilterError(
            f"{operator!r} does not go with {field.name}, which is a {field.type}"
            if field.type not in ("open", "scores")
            else f"{operator!r} does not go with {field.name}.{path.key}",
            column=column,
            expected=known,
        )


def _typed(path: Path, field: Field, operator: str, at: At) -> Value:
    """The value, if the field can be compared with it. Raises FilterError."""
    value = at.value
    wanted = WANTED[field.type]
    if operator in _PATTERNS or operator == "has":
        kinds: tuple[type, ...] = (Text,)
        wanted = "a text in quotes"
    else:
        kinds = _VALUES[field.type]
        if field.type == "time" and isinstance(value, Text):
            moment = moment_of(value.text)
            value = None if moment is None else Moment(moment)
    out_of_unit = isinstance(value, Number) and value.is_duration and field.type in _UNITLESS
    if value is None or out_of_unit or not isinstance(value, kinds):
        where = field.name if not path.key else f"{field.name}.{path.key}"
        raise FilterError(
            f"{where} cannot be compared with that", column=at.column, expected=(wanted,)
        )
    if operator == "matches" and isinstance(value, Text):
        _check_pattern(value.text, at.column)
    return value


def _check_pattern(pattern: str, column: int) -> None:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as e:
        reason = e.args[0] if e.args else ""
        reason = reason.decode() if isinstance(reason, bytes) else str(reason)
        raise FilterError(
            f"broken pattern: {reason}", column=column, expected=("an RE2 pattern",)
        ) from None
