"""What single words of a filter say: a field, a number, a moment, a text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from lark import Token

from pilothouse.filters.errors import FilterError
from pilothouse.filters.fields import ENTRY_FIELDS, FIELDS, nearest
from pilothouse.filters.tree import (
    Number,
    Path,
    Value,
)

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_NUMBER: Final = re.compile(r"([+-]?[\d.eE+_-]*?)(ms|s|m|h|d|k|M)?")
_SEGMENT: Final = re.compile(r'"(?:\\.|[^"\\])*"|[^."]+')


class At:
    """A value with the column that it stands at; None is null."""

    __slots__ = ("column", "value")

    def __init__(self, value: Value | None, column: int) -> None:
        self.value, self.column = value, column


def column_of(token: Token) -> int:
    return (token.start_pos or 0) + 1


def path_of(token: Token) -> Path:
    """The field that a token names. Raises FilterError."""
    word, column = str(token), column_of(token)
    if word in FIELDS:
        return Path(word, column=column)
    head, _, rest = word.partition(".")
    field = FIELDS.get(head)
    if field is not None and field.type in ("open", "scores") and rest:
        segments = _SEGMENT.findall(rest)
        key = ".".join(unquote(s) if s.startswith('"') else s for s in segments)
        if key:
            return Path(head, key, column)
    raise FilterError(
        f"there is no field {word!r}",
        column=column,
        expected=("a field",),
        suggestion=nearest(word),
    )


ENTRY: Final = {name: field for known in ENTRY_FIELDS.values() for name, field in known.items()}


def entry_path(token: Token) -> Path:
    """The field of an entry that a token names. Raises FilterError."""
    if token not in ENTRY:
        raise FilterError(
            f"an entry has no {str(token)!r}", column=column_of(token), expected=tuple(ENTRY)
        )
    return Path(str(token), column=column_of(token))


def unquote(token: str) -> str:
    """The text between quotes. An escape that is none stays as written, so "\\d+" is a pattern."""
    return _ESCAPE.sub(lambda m: _ESCAPED.get(m[1], m[0]), token[1:-1])


def number_of(token: Token) -> Number:
    match = _NUMBER.fullmatch(token)
    if match is None:  # the terminal NUMBER says otherwise
        raise AssertionError(token)
    digits, suffix = match[1].replace("_", ""), match[2] or ""
    try:
        number: int | float = int(digits)
    except ValueError:
        number = float(digits)
    if not abs(Number(number, suffix).value) < 1e300:
        raise FilterError("that number is too large", column=column_of(token))
    if isinstance(number, int) and abs(number) >= 2**53:
        number = float(number)
    return Number(number, suffix)


def moment_of(text: str) -> datetime | None:
    """An RFC 3339 time, or a date, in UTC; None if the text is none."""
    if not re.match(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.strip().upper()))
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
